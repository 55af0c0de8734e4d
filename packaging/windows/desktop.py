"""What a terminal and the installer find beside the program: launchers and the icon."""

from __future__ import annotations

from pathlib import Path

from common.commands import lay
from common.program import ICONS, PROGRAMS, fill
from environment import ROOT
from windows.icon import ico

PIECES = ROOT / "packaging" / "windows" / "pieces"
ICON = "fovea.ico"
MANIFEST = "FILES"


def lay_launchers(tree: Path) -> None:
    """Fill ``bin/`` of the tree, and lay the icon into it."""
    for name, module in PROGRAMS.items():
        text = piece("launcher.cmd", MODULE=module)
        lay(tree / "bin" / f"{name}.cmd", text.replace("\n", "\r\n"))
    (tree / ICON).write_bytes(ico(sorted(ICONS.glob("fovea-*.png"))))


def manifest(tree: Path) -> str:
    """What is installed, for the removal: a line for each file, then for each folder from below."""
    names = sorted(p.relative_to(tree).as_posix() for p in tree.rglob("*") if not p.is_dir())
    folders = sorted(p.relative_to(tree).as_posix() for p in tree.rglob("*") if p.is_dir())
    lines = [f"f {name}" for name in names if name != MANIFEST]
    lines += [f"d {name}" for name in reversed(folders)]
    return "".join(line.replace("/", "\\") + "\r\n" for line in lines)


def piece(name: str, **values: str) -> str:
    """A file of ``pieces`` with each ``@NAME@`` replaced. Raises BuildError when one is left."""
    return fill(PIECES / name, **values)
