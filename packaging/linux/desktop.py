"""What a desktop and a terminal see of Fovea: launchers, menu entry, MIME type, icons, manual."""

from __future__ import annotations

from pathlib import Path

from common.commands import fresh, lay
from common.program import ICONS, PROGRAMS, fill, lay_app, lay_file, version
from common.recipe import PYTHON
from environment import ROOT

PIECES = ROOT / "packaging" / "linux" / "pieces"


def lay_program(folder: Path) -> None:
    """Fill the new ``folder`` with ``app/`` and ``bin/``."""
    lay_app(fresh(folder) / "app")
    for name, module in PROGRAMS.items():
        lay(folder / "bin" / name, piece("launcher.sh", MODULE=module, PYTHON=PYTHON), 0o755)


def lay_share(folder: Path, command: str) -> None:
    """Fill ``folder`` as ``share`` of a prefix: menu entry, MIME type, icons, manual, metainfo.

    ``command`` is what the menu entry starts.
    """
    lay(folder / "applications/fovea.desktop", piece("fovea.desktop", EXEC=command))
    lay(folder / "mime/packages/fovea.xml", piece("fovea.xml"))
    lay(folder / "metainfo/org.fovea.Fovea.metainfo.xml", piece("fovea.metainfo.xml"))
    lay(folder / "man/man1/fovea.1", piece("fovea.1", VERSION=version()))
    icons = folder / "icons/hicolor"
    for path in sorted(ICONS.glob("fovea-*.png")):
        size = path.stem.split("-")[1]
        lay_file(path, icons / f"{size}x{size}/apps/fovea.png")
    lay_file(ICONS / "fovea.svg", icons / "scalable/apps/fovea.svg")


def piece(name: str, **values: str) -> str:
    """A file of ``pieces`` with each ``@NAME@`` replaced. Raises BuildError when one is left."""
    return fill(PIECES / name, **values)
