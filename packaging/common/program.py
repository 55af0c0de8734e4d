"""The small part of the packages: Fovea itself, and the inventory that its self-test counts."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from common.commands import BuildError, run
from environment import ROOT

ICONS = ROOT / "resources" / "program"
# The programs, and the module that each starts.
PROGRAMS = {"fovea": "gui.app", "fovea-engine": "engine"}
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
    try:
        names = run(["git", "ls-files"], cwd=ROOT).splitlines()
    except BuildError:
        rooms = [p for room in ("engine", "gui", "resources") for p in (ROOT / room).rglob("*")]
        names = [p.relative_to(ROOT).as_posix() for p in [*rooms, ROOT / "LICENSE"] if p.is_file()]
    return sorted(name for name in names if _SHIPPED.search(name) and "__pycache__" not in name)


def lay_app(app: Path) -> None:
    """Copy the program's files into the folder ``app``."""
    for name in source_files():
        lay_file(ROOT / name, app / name)


def lay_inventory(app: Path, python: Path) -> None:
    """Write into the laid ``app`` what the source tree has, for its self-test to count against.

    ``python`` is the runtime's; a module that a later step loses is then missed. Raises BuildError.
    """
    app = app.resolve()
    target = app / "engine" / "selftest" / "inventory.json"
    words = "import sys, pathlib; from engine.selftest.inventory import write; "
    words += "write(*map(pathlib.Path, sys.argv[1:]))"
    run([str(python), "-B", "-E", "-c", words, str(target), str(ROOT)], cwd=app)


def lay_file(source: Path, target: Path) -> None:
    """Copy a file with the folders that it needs."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def fill(path: Path, **values: str) -> str:
    """The text of a file with each ``@NAME@`` replaced. Raises BuildError when one is left."""
    text = path.read_text(encoding="utf-8")
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    left = re.search(r"@[A-Z]+@", text)
    if left is not None:
        name = path.relative_to(ROOT).as_posix()
        raise BuildError(f"{name} has {left[0]}, which nobody fills")
    return text
