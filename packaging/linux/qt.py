"""What is kept of PySide6 on Linux."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable

from common.recipe import QT_MODULES
from common.trim import with_needed
from linux import elf
from linux.recipe import QT_PLUGINS


def kept(package: Path) -> set[Path]:
    """The modules and plugins of the recipe in the folder PySide6, and what these need."""
    keep = {package / f"{module}.abi3.so" for module in QT_MODULES}
    keep |= {p for p in package.glob("lib*.so.*") if "qml" not in p.name}
    plugins = package / "Qt/plugins"
    keep |= {
        p for p in plugins.rglob("*.so") if QT_PLUGINS.search(p.relative_to(plugins).as_posix())
    }
    keep = with_needed((p for p in keep if p.exists()), package / "Qt/lib", _needed)
    keep |= set(package.glob("*.py")) | set((package / "support").rglob("*.py"))
    return keep | {package / "py.typed"}


def _needed(library: Path) -> Iterable[str]:
    facts = elf.read(library)
    return facts.needed if facts else ()
