"""CPython for Windows: looked at, then copied from where it is installed or unpacked."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from common import trim
from common.commands import BuildError, fresh, lay
from common.licences import Notice
from common.recipe import PYTHON
from windows import pe, qt
from windows.recipe import (
    DLL,
    EXTENSIONS_LEFT_OUT,
    PYTHON_DLLS,
    PYTHON_FILES,
    SEARCHED,
    STDLIB_LEFT_OUT,
)

_ADVICE = (
    f"Install CPython {PYTHON} (64-bit) from python.org and run build.py with it, or name such a "
    "folder with --python DIR."
)


def find(given: Path | None) -> Path:
    """The folder of a CPython that can be carried: ``given``, else that of the running one.

    Raises BuildError, which says what is wrong with it.
    """
    if given is None and sys.platform != "win32":
        raise BuildError("this is not Windows, so there is no CPython to carry. " + _ADVICE)
    folder = given or Path(sys.base_prefix)
    wrong = problem(folder)
    if wrong:
        raise BuildError(f"the CPython in {folder} cannot be carried: {wrong}. {_ADVICE}")
    return folder


def problem(folder: Path) -> str:
    """What keeps the CPython in ``folder`` from being carried; '' when nothing does."""
    if not folder.is_dir():
        return "there is no such folder"
    if (folder / f"{DLL}.zip").exists():
        return "it is the embeddable package, whose standard library is not whole"
    if (folder / "pyvenv.cfg").exists():
        return "it is a virtual environment; name the Python that it was made with"
    others = sorted(p.name for p in folder.glob("python3[0-9]*.dll") if p.name != f"{DLL}.dll")
    missing = [name for name in PYTHON_FILES if not (folder / name).is_file()]
    missing += [f"{name}/" for name in ("DLLs", "Lib") if not (folder / name).is_dir()]
    if missing:
        return "it lacks " + ", ".join(missing) + (f" and has {others[0]}" if others else "")
    for name in ("python.exe", "pythonw.exe", f"{DLL}.dll"):
        facts = pe.read(folder / name)
        if facts is None:
            return f"{name} is no program or library of Windows"
        if facts.machine != pe.X64:
            made_for = pe.MACHINES.get(facts.machine, hex(facts.machine))
            return f"{name} is made for {made_for}, and Fovea's libraries for 64-bit x86"
        if name == f"{DLL}.dll" and facts.version[:2] != _wanted():
            return f"{name} is of version {_dotted(facts.version)}"
    return ""


def version(folder: Path) -> str:
    """The version of the CPython in ``folder``, from its library. Raises BuildError."""
    facts = pe.read(folder / f"{DLL}.dll")
    if facts is None:
        raise BuildError(f"{folder / DLL}.dll is no library of Windows")
    return _dotted(facts.version)


def copy(source: Path, runtime: Path) -> None:
    """Lay the CPython in ``source``, trimmed and shut off from any other, into ``runtime``."""
    fresh(runtime)
    for name in PYTHON_FILES:
        shutil.copyfile(source / name, runtime / name)
    _copy_extensions(source / "DLLs", runtime / "DLLs")
    trim.copy(source / "Lib", runtime / "Lib", STDLIB_LEFT_OUT)
    lay(runtime / f"{DLL}._pth", search_path())


def search_path() -> str:
    """The text of the ._pth file, which shuts out PYTHONPATH, registry, user's packages, site."""
    return "".join(line.replace("/", "\\") + "\n" for line in SEARCHED)


def notice(source: Path, carried: str) -> Notice:
    """CPython's notice; its licence file has those of the libraries in DLLs as well."""
    text = (source / "LICENSE.txt").read_text(encoding="utf-8", errors="replace")
    return Notice("cpython", carried, "PSF-2.0", (("LICENSE.txt", text.strip()),))


def _copy_extensions(source: Path, target: Path) -> None:
    """The extension modules that are kept, and what they need of the DLLs beside them."""
    target.mkdir(parents=True)
    modules = [p for p in source.glob("*.pyd") if not EXTENSIONS_LEFT_OUT.search(p.name)]
    for path in sorted(trim.with_needed(modules, source, qt.needed_in(source))):
        if path.suffix.lower() == ".dll" and not PYTHON_DLLS.search(path.name):
            raise BuildError(f"CPython's {path.name} is not known: no licence covers it")
        shutil.copyfile(path, target / path.name)


def _wanted() -> tuple[int, ...]:
    return tuple(int(part) for part in PYTHON.split("."))


def _dotted(version: pe.Version) -> str:
    """3.11.9 from 3.11.9150.1013: CPython counts its micro versions by the thousand."""
    return f"{version[0]}.{version[1]}.{version[2] // 1000}"
