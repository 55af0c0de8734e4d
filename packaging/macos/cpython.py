"""CPython as python.org's installer puts it on a Mac, made to run from wherever the bundle lies.

Of the framework three things are taken: the interpreter (the one in Python.app, since the command
``python3.11`` only starts that), the library ``Python``, the standard library. They ask for each
other by absolute names, which become names relative to the interpreter; the interpreter lies in
``Contents/MacOS``, so that macOS takes the running program for Fovea and not for Python.

``Python._pth`` beside the library has all of ``sys.path``, and shuts out PYTHONHOME, PYTHONPATH,
the packages in a user's folder and the current folder: for the program and for every process that
it starts by ``sys.executable``. That is CPython's own way (``Modules/getpath.py``: the folder of
the file is the prefix; names are relative to it). It does not say ``import site``: that would add
the packages in the user's folder again.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterable

from common import trim
from common.commands import BuildError, lay
from common.recipe import PYTHON
from macos import edit, macho
from macos.recipe import FRAMEWORK, STDLIB_LEFT_OUT

PROGRAM = f"MacOS/python{PYTHON}"
RUNTIME = "Resources/runtime"
STDLIB = f"lib/python{PYTHON}"
SITE = f"{STDLIB}/site-packages"
COMMAND = f"bin/python{PYTHON}"
_INTERPRETER = "Resources/Python.app/Contents/MacOS/Python"
PATHS = f"""{STDLIB}
{STDLIB}/lib-dynload
{SITE}
../app
"""


def version(framework: Path) -> str:
    """The version of the CPython in a folder ``Versions/3.11``. Raises BuildError."""
    header = framework / f"include/python{PYTHON}/patchlevel.h"
    lacking = [p for p in (_INTERPRETER, COMMAND, "Python", STDLIB) if not (framework / p).exists()]
    if lacking or not header.is_file():
        raise BuildError(
            f"{framework} is no CPython of python.org (no {', '.join(lacking) or header.name}): "
            f"install Python {PYTHON} for macOS from there, or name its folder by --python DIR"
        )
    found = re.search(r'^#define PY_VERSION\s+"([^"]+)"', header.read_text("utf-8"), re.MULTILINE)
    if found is None or not found[1].startswith(f"{PYTHON}."):
        raise BuildError(f"{header} names no version {PYTHON}: the pins are for that one")
    return found[1]


def lay_python(framework: Path, contents: Path) -> None:
    """Add CPython to a bundle's folder ``Contents``. Raises BuildError."""
    version(framework)
    runtime = contents / RUNTIME
    program, library = contents / PROGRAM, runtime / "Python"
    edit.copy(framework / _INTERPRETER, program, renamed)
    edit.copy(framework / "Python", library, renamed)
    trim.copy(framework / STDLIB, runtime / STDLIB, STDLIB_LEFT_OUT)
    modules = sorted((runtime / STDLIB / "lib-dynload").glob("*.so"))
    for module in modules:
        edit.copy(module, module, renamed)
    _lay_libraries(framework, runtime, [program, library, *modules])
    lay(runtime / "Python._pth", PATHS)


def renamed(name: str) -> str:
    """An install name within the framework, as it is in the bundle; others as they are."""
    if name.startswith(f"{FRAMEWORK}/"):
        return f"@executable_path/../{RUNTIME}{name[len(FRAMEWORK) :]}"
    return name


def own(contents: Path) -> list[Path]:
    """The files of CPython that have to be signed, those that others load first."""
    runtime = contents / RUNTIME
    inside = [p for p in runtime.rglob("*") if runtime / SITE not in p.parents and p.is_file()]
    return [*sorted(p for p in inside if macho.read(p)), contents / PROGRAM]


def _lay_libraries(framework: Path, runtime: Path, users: Iterable[Path]) -> None:
    """Lay the framework's own libraries (OpenSSL's) that ``users`` ask for, and what these do."""
    ahead = list(users)
    while ahead:
        for name in _of_the_framework(ahead.pop()):
            target = runtime / name
            if not target.exists():
                if not (framework / name).is_file():
                    raise BuildError(f"{framework} brings no {name}")
                edit.copy(framework / name, target, renamed)
                ahead.append(target)


def _of_the_framework(path: Path) -> Iterable[str]:
    """The libraries that a laid file asks for, as paths in the runtime."""
    begin = renamed(f"{FRAMEWORK}/")
    names = [needed.name for part in macho.read(path) for needed in part.needed]
    return [name[len(begin) :] for name in names if name.startswith(begin)]
