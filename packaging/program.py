"""The small part of the packages: Fovea itself, its launchers, and what a desktop shows of it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from commands import BuildError, fresh, lay, run
from environment import ROOT
from recipe import PYTHON

PIECES = ROOT / "packaging" / "linux"
ICONS = ROOT / "resources" / "program"
LAUNCHERS = {"fovea": "gui.app", "fovea-engine": "engine"}
# Pictures are the README's.
_SHIPPED = re.compile(r"^(engine|gui)/.+\.(py|json|j2)$|^resources/(?!pictures/).+$|^LICENSE$")


def version() -> str:
    """Fovea's version, read without importing it. Raises BuildError."""
    text = (ROOT / "engine" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, flags=re.MULTILINE)
    if found is None:
        raise BuildError("engine/__init__.py names no version")
    return found[1]


def source_files() -> list[str]:
    """The paths in the project that are shipped: those that git knows, or, without git, all."""
    done = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    names = done.stdout.splitlines()
    if done.returncode != 0:
        rooms = [p for room in ("engine", "gui", "resources") for p in (ROOT / room).rglob("*")]
        names = [p.relative_to(ROOT).as_posix() for p in [*rooms, ROOT / "LICENSE"] if p.is_file()]
    return sorted(name for name in names if _SHIPPED.search(name) and "__pycache__" not in name)


def lay_program(folder: Path) -> None:
    """Fill the new ``folder`` with ``app/`` and ``bin/``."""
    fresh(folder)
    for name in source_files():
        target = folder / "app" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    for name, module in LAUNCHERS.items():
        lay(folder / "bin" / name, piece("launcher.sh", MODULE=module, PYTHON=PYTHON), 0o755)


def lay_inventory(folder: Path, python: Path) -> None:
    """Write into the laid program what the source tree has, for its self-test to count against.

    ``python`` is the runtime's; a module that a later step loses is then missed. Raises BuildError.
    """
    app = (folder / "app").resolve()
    target = app / "engine" / "selftest" / "inventory.json"
    words = "import sys, pathlib; from engine.selftest.inventory import write; "
    words += "write(*map(pathlib.Path, sys.argv[1:]))"
    run([str(python), "-B", "-E", "-c", words, str(target), str(ROOT)], cwd=app)


def lay_share(folder: Path, command: str) -> None:
    """Fill ``folder`` as ``share`` of a prefix: menu entry, MIME type, icons, manual page.

    ``command`` is what the menu entry starts.
    """
    lay(folder / "applications/fovea.desktop", piece("fovea.desktop", EXEC=command))
    lay(folder / "mime/packages/fovea.xml", piece("fovea.xml"))
    lay(folder / "man/man1/fovea.1", piece("fovea.1", VERSION=version()))
    icons = folder / "icons/hicolor"
    for path in sorted(ICONS.glob("fovea-*.png")):
        size = path.stem.split("-")[1]
        lay_file(path, icons / f"{size}x{size}/apps/fovea.png")
    lay_file(ICONS / "fovea.svg", icons / "scalable/apps/fovea.svg")


def lay_file(source: Path, target: Path) -> None:
    """Copy a file with the folders that it needs."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def piece(name: str, **values: str) -> str:
    """A file of ``packaging/linux`` with each ``@NAME@`` replaced. Raises BuildError."""
    text = (PIECES / name).read_text(encoding="utf-8")
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    left = re.search(r"@[A-Z]+@", text)
    if left is not None:
        raise BuildError(f"packaging/linux/{name} has {left[0]}, which nobody fills")
    return text
