"""The large part of the packages: CPython, its libraries, and the pinned distributions, trimmed.

``runtime/python.exe`` runs from wherever the folder lies: ``python311._pth`` beside it names every
place where it looks, and shuts out all others. Children that start ``sys.executable`` find the
same.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Iterable

from common import trim, wheels
from common.commands import BuildError
from common.records import unmodified
from environment import ROOT
from windows import pe, qt
from windows.recipe import CXX_RUNTIME, FILES_LEFT_OUT, PLATFORMS, SITE

PINS = ROOT / "packaging" / "windows" / "requirements.txt"


def packages(wanted: Iterable[wheels.Pin], folder: Path, runtime: Path) -> int:
    """Add the distributions from the wheels in ``folder``, trimmed.

    Gives back how many files equal the hashes in their wheels. Raises BuildError.
    """
    site = runtime / SITE
    wheels.install(list(wanted), folder, site, PLATFORMS)
    trim.trim(site, FILES_LEFT_OUT, qt.kept(site / "PySide6"))
    unread = sorted(path.name for path in site.glob("*.pth"))
    if unread:
        raise BuildError("nobody reads these in site-packages: " + ", ".join(unread))
    return unmodified(site)


def cxx_runtime(folder: Path, runtime: Path) -> Path:
    """Lay Microsoft's C++ runtime beside python.exe, its ``.dist-info`` into site-packages.

    The wheel is for an environment, where it lays its files twice; one set is taken. Gives back the
    ``.dist-info``. Raises BuildError.
    """
    wheel = next(folder.glob("msvc_runtime-*.whl"))
    with tempfile.TemporaryDirectory() as place:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(place)
        unmodified(Path(place))
        scripts = next(Path(place).glob("*.data/data/Scripts"))
        missing = [name for name in CXX_RUNTIME if not (scripts / name).is_file()]
        if missing:
            raise BuildError(f"{wheel.name} brings no " + ", ".join(missing))
        for name in CXX_RUNTIME:
            shutil.copyfile(scripts / name, runtime / name)
        info = next(Path(place).glob("*.dist-info"))
        return Path(shutil.copytree(info, runtime / SITE / info.name))


def trains_on_gpu(runtime: Path) -> bool:
    """Whether the PyTorch in the runtime has its CUDA half."""
    return (runtime / SITE / "torch/lib/torch_cuda.dll").is_file()


def libraries(runtime: Path) -> dict[Path, pe.Pe]:
    """Every program and library below ``runtime``. Raises BuildError for a damaged one."""
    found = {}
    for path in sorted(runtime.rglob("*")):
        if path.suffix.lower() in (".dll", ".exe", ".pyd"):
            try:
                facts = pe.read(path)
            except ValueError as error:
                raise BuildError(str(error)) from error
            if facts is None:
                raise BuildError(f"{path.relative_to(runtime).as_posix()} is no PE file")
            found[path] = facts
    return found
