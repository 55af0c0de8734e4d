"""What is kept of PySide6 on Linux."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable

from common import qt
from linux import elf
from linux.recipe import QT_PLUGINS


def kept(package: Path) -> set[Path]:
    """The modules and plugins of the recipe in the folder PySide6, and what these need."""
    own = (p for p in package.glob("lib*.so.*") if "qml" not in p.name)
    plugins = (package / "Qt/plugins", "*.so", QT_PLUGINS)
    return qt.kept(package, ".abi3.so", plugins, own, (package / "Qt/lib", _needed))


def _needed(library: Path) -> Iterable[str]:
    facts = elf.read(library)
    return facts.needed if facts else ()
