"""What the finished runtime asks of Windows: nothing that the recipe does not know."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from common.commands import BuildError, files
from windows import pe
from windows.recipe import (
    CXX_RUNTIME,
    DLL_FOLDERS,
    DRIVER,
    LONGEST_PATH,
    SITE,
    SYSTEM,
    SYSTEM_SETS,
    USER_FOLDER,
)

_BAD_NAME = frozenset('<>:"|?*\\$')  # NSIS has $ for itself


def check_libraries(libraries: dict[Path, pe.Pe], runtime: Path) -> None:
    """Raises BuildError unless every DLL asked for is Windows' own, or carried where it is found.

    ``libraries`` are those of ``runtime``. Also: all are for x64, and none is linked with a newer
    C++ library than the one that it will meet.
    """
    wrong = []
    by_folder: dict[str, set[str]] = {}
    for path in libraries:
        folder = path.parent.relative_to(runtime).as_posix()
        by_folder.setdefault(folder, set()).add(path.name.lower())
    everywhere = _everywhere(by_folder)
    for path, facts in libraries.items():
        name = path.relative_to(runtime).as_posix()
        if facts.machine != pe.X64:
            wrong.append(f"{name} is made for {pe.MACHINES.get(facts.machine, 'another machine')}")
        beside = by_folder[path.parent.relative_to(runtime).as_posix()]
        for dll in (*facts.needed, *facts.delayed):
            if dll.lower() not in beside | everywhere and not of_windows(dll):
                wrong.append(f"{name} needs {dll}")
    wrong += _too_new(libraries, runtime)
    if wrong:
        raise BuildError("Windows may not have what is needed:\n" + "\n".join(wrong))


def of_windows(dll: str) -> bool:
    """Whether Windows itself, or the driver of a graphics card, brings a DLL."""
    name = dll.lower()
    stem = name[: -len(".dll")] if name.endswith(".dll") else name
    return stem in SYSTEM or name in DRIVER or bool(SYSTEM_SETS.search(name))


def check_paths(tree: Path) -> int:
    """The length of the longest path when installed by a user with a long name, in characters.

    Raises BuildError for one that Windows does not open, and for names that it cannot have.
    """
    wrong, seen, longest = [], {}, 0
    for path in files(tree):
        name = path.relative_to(tree).as_posix()
        longest = max(longest, len(USER_FOLDER) + len(name))
        if len(USER_FOLDER) + len(name) > LONGEST_PATH:
            wrong.append(f"{name} makes a path of {len(USER_FOLDER) + len(name)} characters")
        if not name.isascii() or _BAD_NAME & set(name) or name.endswith((".", " ")):
            wrong.append(f"{name} is no name for Windows' installer")
        if seen.setdefault(name.lower(), name) != name:
            wrong.append(f"{name} and {seen[name.lower()]} are one file for Windows")
    if wrong:
        raise BuildError("Windows cannot hold these files:\n" + "\n".join(wrong))
    return longest


def _everywhere(by_folder: dict[str, set[str]]) -> set[str]:
    """The DLLs that every library finds: beside python.exe, and in folders that are added."""
    found = set(by_folder.get(".", set()))
    for folder, names in by_folder.items():
        inside = PurePosixPath(folder)
        if SITE in (parent.as_posix() for parent in inside.parents):
            below = inside.relative_to(SITE).as_posix()
            if any(fnmatch(below, pattern) for pattern in DLL_FOLDERS):
                found |= names
    return found


def _too_new(libraries: dict[Path, pe.Pe], runtime: Path) -> list[str]:
    """What is linked with a newer C++ library than is carried, unless it brings its own."""
    carried = libraries.get(runtime / "msvcp140.dll")
    if carried is None:
        return []
    found = []
    own = {path.parent for path in libraries if path.name.lower() == "msvcp140.dll"}
    own = {folder.parent for folder in own if folder.name == ".libs"}
    for path, facts in libraries.items():
        if facts.linker <= carried.version[:2] or path.name.lower() in CXX_RUNTIME:
            continue
        asks = any(name.lower() == "msvcp140.dll" for name in facts.needed)
        if asks and not own & set(path.parents):
            name = path.relative_to(runtime).as_posix()
            found.append(f"{name} needs the C++ runtime {facts.linker[0]}.{facts.linker[1]}")
    return found
