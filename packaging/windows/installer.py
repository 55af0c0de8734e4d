"""The installer: setup.exe, and beside it the program in parts, each a silent NSIS program."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Iterable, Iterator, List, Tuple

from common.commands import BuildError, files, lay, run
from common.program import ICONS
from windows.desktop import ICON, MANIFEST, manifest, piece
from windows.picture import side_picture
from windows.recipe import PART_BYTES, USER_FOLDER

COMPRESSOR = "zlib"
# Every NSIS has this one, and it can tell a 32-bit Windows why it will not install.
TARGET = "x86-unicode"
_PICTURE = "side.bmp"
_CLUSTER = 4096
_MOST = 2_000_000_000  # what NSIS can address in one file

Sized = List[Tuple[str, int]]


def compiler() -> str:
    """NSIS's compiler, on the PATH or where its own installer puts it. Raises BuildError."""
    found = shutil.which("makensis")
    places = [os.environ.get(name, "") for name in ("ProgramFiles(x86)", "ProgramFiles")]
    for place in filter(None, places):
        path = Path(place, "NSIS", "makensis.exe")
        if found is None and path.is_file():
            found = str(path)
    if found is None:
        raise BuildError(
            "NSIS is not installed (makensis was not found): install NSIS 3.08 or later"
        )
    return found


def build(tree: Path, version: str, work: Path, out: Path, sign: str = "") -> list[Path]:
    """Write setup.exe and the parts of the finished ``tree`` into ``out``; gives them back.

    The scripts stay in ``work``. ``sign`` is a command that signs the program whose path follows:
    NSIS runs it for each part, the uninstaller and setup.exe. Raises BuildError.
    """
    stem = f"fovea-{version}-windows-x86_64"
    sized = [(path.relative_to(tree).as_posix(), path.stat().st_size) for path in files(tree)]
    parts = []
    for number, names in enumerate(fill_parts(sized, PART_BYTES), 1):
        target = out / f"{stem}-{number}.bin"
        script = lay(work / f"part-{number}.nsi", part_script(tree, names, version, target, sign))
        compile_script(script)
        if target.stat().st_size > _MOST:
            raise BuildError(f"{target.name} is larger than NSIS can read: lower PART_BYTES")
        parts.append(target)
    lay(work / MANIFEST, manifest(tree))
    (work / _PICTURE).write_bytes(side_picture(ICONS / "fovea-128.png"))
    setup = out / f"{stem}-setup.exe"
    script = lay(work / "setup.nsi", setup_script(tree, sized, parts, version, work, setup, sign))
    compile_script(script)
    return [setup, *parts]


def fill_parts(sized: Sized, limit: int) -> list[list[str]]:
    """The files in their order, in as few parts of at most ``limit`` bytes as that allows.

    Raises BuildError for a file that is larger by itself.
    """
    parts: list[list[str]] = []
    room = 0
    for name, size in sized:
        if size > limit:
            raise BuildError(f"{name} ({size / 1e6:.0f} MB) does not fit into a part")
        if not parts or size > room:
            parts.append([])
            room = limit
        parts[-1].append(name)
        room -= size
    return parts


def part_script(
    tree: Path, names: Iterable[str], version: str, target: Path, sign: str = ""
) -> str:
    """The script of a part that holds the files ``names`` of ``tree``."""
    lines = "\n".join(_file_lines(tree, names))
    return piece(
        "part.nsi",
        VERSION=version,
        TARGET=TARGET,
        OUT=str(target),
        COMPRESSOR=COMPRESSOR,
        FILES=lines,
        FINALIZE=_finalize("!finalize", sign),
    )


def setup_script(
    tree: Path,
    sized: Sized,
    parts: Iterable[Path],
    version: str,
    work: Path,
    target: Path,
    sign: str = "",
) -> str:
    """The script of setup.exe."""
    packed = list(parts)
    on_disk = sum(-(-size // _CLUSTER) * _CLUSTER for _, size in sized)
    checks = [f'  !insertmacro CheckPart "{path.name}" {path.stat().st_size}' for path in packed]
    unpacks = [
        f'  !insertmacro Unpack "{path.name}" "part {number} of {len(packed)}"'
        for number, path in enumerate(packed, 1)
    ]
    numbers = (re.findall(r"\d+", version) + ["0"] * 4)[:4]
    return piece(
        "setup.nsi",
        VERSION=version,
        TARGET=TARGET,
        NUMBERS=".".join(numbers),
        OUT=str(target),
        ICON=str(tree / ICON),
        MANIFEST=str(work / MANIFEST),
        PICTURE=str(work / _PICTURE),
        MEGABYTES=str(-(-on_disk // 1_048_576) + 50),
        KILOBYTES=str(on_disk // 1024),
        DEEPEST=str(max(len(name) for name, _ in sized)),
        ROOM=str(len(USER_FOLDER.rsplit("\\", 2)[1]) + 2),
        CHECKS="\n".join(checks),
        FINALIZE=_finalize("!uninstfinalize", sign) + _finalize("!finalize", sign),
        UNPACKS="\n".join(unpacks),
    )


def _finalize(step: str, sign: str) -> str:
    """The line that lets NSIS run ``sign`` on what it wrote; a failure of it is NSIS's too."""
    return f'{step} `{sign} "%1"` = 0\n' if sign else ""


def _file_lines(tree: Path, names: Iterable[str]) -> Iterator[str]:
    folder = None
    for name in names:
        inside = name.rpartition("/")[0]
        if inside != folder:
            folder = inside
            below = "\\" + inside.replace("/", "\\") if inside else ""
            yield f'  SetOutPath "$INSTDIR{below}"'
        yield f'  File "{tree / name}"'


def compile_script(script: Path, *options: str) -> None:
    """Let NSIS write what a script says; a warning is an error. Raises BuildError."""
    run([compiler(), "-V2", "-WX", "-INPUTCHARSET", "UTF8", *options, str(script)])
