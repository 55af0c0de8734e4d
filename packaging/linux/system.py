"""What the finished runtime asks of the system: nothing that the recipe does not know."""

from __future__ import annotations

from pathlib import Path

from common.commands import BuildError, files
from linux import elf
from linux.recipe import GLIBC, MAY_LACK, SYSTEM


def packages(runtime: Path) -> list[str]:
    """The Debian packages that the runtime's libraries rely on.

    Raises BuildError for a library that is neither carried nor known to the recipe, and for one
    that needs a newer glibc than promised.
    """
    libraries = _libraries(runtime)
    carried = {path.name for path in libraries}
    unknown, too_new = [], []
    wanted: set[str] = set()
    for path, facts in libraries.items():
        name = path.relative_to(runtime).as_posix()
        lacking = [s for s in facts.needed if s not in carried]
        if not MAY_LACK.search(name):
            unknown += [f"{name} needs {soname}" for soname in lacking if soname not in SYSTEM]
            wanted |= {SYSTEM[soname] for soname in lacking if soname in SYSTEM}
        if facts.glibc > GLIBC:
            too_new.append(f"{name} needs glibc {facts.glibc[0]}.{facts.glibc[1]}")
    if unknown or too_new:
        raise BuildError("the system may not have what is needed:\n" + "\n".join(unknown + too_new))
    return sorted(wanted)


def newest_glibc(runtime: Path) -> tuple[int, int]:
    """The oldest glibc on which every library and program below ``runtime`` loads."""
    return max((facts.glibc for facts in _libraries(runtime).values()), default=(0, 0))


def _libraries(runtime: Path) -> dict[Path, elf.Elf]:
    found = {}
    for path in files(runtime):
        if not path.is_symlink() and (".so" in path.name or path.parent.name == "bin"):
            facts = elf.read(path)
            if facts is not None:
                found[path] = facts
    return found
