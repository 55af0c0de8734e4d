"""Looks at the finished runtime: whole, unmodified, content with the systems it is meant for."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import elf
from commands import BuildError, files
from recipe import GLIBC, MAY_LACK, SYSTEM
from trim import recorded


def unmodified(site: Path) -> int:
    """Compare every kept file with the hash in its distribution's RECORD; how many were compared.

    Raises BuildError with the files that differ: what others made is passed on as it came.
    """
    compared, changed = 0, []
    for info in sorted(site.glob("*.dist-info")):
        for name, expected in recorded(info).items():
            path = site / name
            if expected and path.is_file():
                compared += 1
                if _record_hash(path) != expected:
                    changed.append(name)
    if changed:
        raise BuildError("files differ from their wheels: " + ", ".join(changed))
    return compared


def _record_hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return "sha256=" + base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode("ascii")


def system_packages(runtime: Path) -> list[str]:
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
