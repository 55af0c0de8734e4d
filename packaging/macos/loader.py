"""What the finished bundle asks of macOS: nothing that is not there, and no newer macOS.

The rules are those of Apple's loader (``man dyld``), without its search in the folders of whoever
loads the library: what is found here is found by everybody.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Dict, Iterable, Iterator

from common.commands import BuildError, files
from macos import macho
from macos.macho import ARM64, MachO
from macos.recipe import FLOOR, LOADED_BEFORE

Found = Dict[Path, MachO]

# Every macOS has these. They lie in the loader's cache, not as files.
_OF_THE_SYSTEM = re.compile(r"^(/usr/lib/|/System/Library/(?!PrivateFrameworks/))")


def binaries(root: Path) -> Found:
    """The Mach-O files below ``root``, each with what its part for arm64 says.

    Raises BuildError for damaged ones and for those without such a part.
    """
    found: Found = {}
    wrong = []
    for path in files(root):
        if path.is_symlink():
            continue
        try:
            said = macho.read(path)
        except macho.MachOError as error:
            wrong.append(str(error))
            continue
        ours = [part for part in said if part.architecture == ARM64]
        if ours:
            found[path] = ours[0]
        elif said:
            wrong.append(f"{path.relative_to(root).as_posix()} has no part for {ARM64}")
    if wrong:
        raise BuildError("files cannot run on this kind of Mac:\n" + "\n".join(wrong))
    return found


def check(root: Path, site: Path, program: Path) -> Found:
    """The Mach-O files below ``root``, after all of them were found to load where it is promised.

    Args:
        root: the folder outside which nothing is but the system.
        site: site-packages, somewhere in it.
        program: the program that loads them, which ``@executable_path`` means.

    Raises BuildError for libraries that nobody brings, for files that need a newer macOS, and for
    others' files without a signature, which arm64 does not run.
    """
    found = binaries(root)
    wrong = []
    for path, facts in found.items():
        name = path.relative_to(root).as_posix()
        lacking = _lacking(path, found, root, site, program)
        wrong += [f"{name} needs {library}" for library in lacking]
        if facts.macos > FLOOR:
            wrong.append(f"{name} needs macOS {facts.macos[0]}.{facts.macos[1]}")
        if site in path.parents and not facts.signed:
            wrong.append(f"{name} has no signature")
    if wrong:
        raise BuildError("a Mac may not have what is needed:\n" + "\n".join(wrong))
    return found


def resolve(name: str, path: Path, facts: MachO, program: Path) -> Iterator[str]:
    """Where the loader looks for the library ``name``, for the file at ``path``, in order."""
    if name.startswith("@rpath/"):
        for rpath in facts.rpaths:
            yield _expanded(rpath, path, program) + name[len("@rpath") :]
    else:
        yield _expanded(name, path, program)


def newest_macos(found: Iterable[MachO]) -> tuple[int, int]:
    """The oldest macOS on which all of them run."""
    return max((facts.macos for facts in found), default=(0, 0))


def _lacking(path: Path, found: Found, root: Path, site: Path, program: Path) -> list[str]:
    """The libraries that a file asks for in vain, or would have from outside ``root``."""
    facts = found[path]
    lacking = []
    for name, weak in facts.needed:
        if weak or _OF_THE_SYSTEM.search(name) or _loaded_before(name, path, found, site):
            continue
        for place in resolve(name, path, facts, program):
            if Path(os.path.realpath(place)) in found:
                break
            if not place.startswith(str(root)):
                lacking.append(f"{name}, and looks for it in {os.path.dirname(place)}")
                break
        else:
            lacking.append(name)
    return lacking


def _loaded_before(name: str, path: Path, found: Found, site: Path) -> bool:
    """Whether the library is loaded by then, under the name by which it is asked for."""
    inside = path.relative_to(site).as_posix() if site in path.parents else ""
    folders = [site / f for pattern, f in LOADED_BEFORE.items() if re.search(pattern, inside)]
    known = {facts.install_name for other, facts in found.items() if other.parent in folders}
    return name in known


def _expanded(name: str, path: Path, program: Path) -> str:
    for word, folder in (("@loader_path", path.parent), ("@executable_path", program.parent)):
        if name == word or name.startswith(word + "/"):
            return str(folder) + name[len(word) :]
    return name
