"""The large part of the packages: CPython, its libraries, and the pinned distributions, trimmed.

``runtime/bin/python3.11`` runs from wherever the folder lies: CPython finds its library beside
itself, DT_RPATH the carried libraries, ``pyvenv.cfg`` shuts out the user's own packages, and
``fovea.pth`` adds ``../app``. Children that start ``sys.executable`` find the same.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Iterable

from common import trim, wheels
from common.commands import BuildError, fresh, lay, run
from common.recipe import PYTHON
from linux import debian, qt
from linux.recipe import (
    CARRIED,
    FILES_LEFT_OUT,
    PLATFORMS,
    PYTHON_LIBRARIES,
    QT_LIBRARIES,
    STDLIB_LEFT_OUT,
    TOOLS,
)

SITE = "lib/python3/dist-packages"  # where Debian's CPython looks
CARRIED_FOLDER = "lib/carried"
INTERPRETER = f"bin/python{PYTHON}"


def unpack_debian(folder: Path, work: Path) -> dict[str, str]:
    """The Debian packages, unpacked into ``folder``; versions by name. Raises BuildError."""
    print("Fetching CPython and libraries from Debian", flush=True)
    try:
        return debian.unpack([*CARRIED, *TOOLS], fresh(folder), work)
    except debian.FetchError as error:
        raise BuildError(
            f"Debian's packages cannot be had: {error}. Build on Debian 12, whose CPython "
            f"{PYTHON} the packages carry."
        ) from error


def python(unpacked: Path, runtime: Path) -> None:
    """Lay CPython and its libraries into the new folder ``runtime``. Raises BuildError."""
    fresh(runtime)
    (runtime / "bin").mkdir()
    shutil.copy2(unpacked / f"usr/bin/python{PYTHON}", runtime / INTERPRETER)
    rpath = ["--force-rpath", "--set-rpath", f"$ORIGIN/../{CARRIED_FOLDER}"]
    run([str(unpacked / "usr/bin/patchelf"), *rpath, str(runtime / INTERPRETER)])
    stdlib = f"lib/python{PYTHON}"
    trim.copy(unpacked / "usr" / stdlib, runtime / stdlib, STDLIB_LEFT_OUT)
    copy_libraries(unpacked, PYTHON_LIBRARIES, runtime / CARRIED_FOLDER)
    lay(runtime / "pyvenv.cfg", "include-system-site-packages = false\n")
    lay(runtime / SITE / "fovea.pth", "../../../../app\n")


def packages(wanted: Iterable[wheels.Pin], folder: Path, unpacked: Path, runtime: Path) -> None:
    """Add the distributions from the wheels in ``folder``, trimmed. Raises BuildError."""
    site = runtime / SITE
    wheels.install(list(wanted), folder, site, PLATFORMS)
    trim.trim(site, FILES_LEFT_OUT, qt.kept(site / "PySide6"))
    copy_libraries(unpacked, QT_LIBRARIES, site / "PySide6/Qt/lib")


def copy_libraries(unpacked: Path, wanted: dict[str, tuple[str, ...]], target: Path) -> None:
    """Lay shared libraries, named by Debian package and soname, into ``target``.

    Raises BuildError for one that its package does not bring.
    """
    target.mkdir(parents=True, exist_ok=True)
    for package, sonames in wanted.items():
        for soname in sonames:
            found = next(unpacked.glob(f"**/x86_64-linux-gnu/{soname}"), None)
            if found is None:
                raise BuildError(f"the Debian package {package} brings no {soname}")
            shutil.copy2(found.resolve(), target / soname)
