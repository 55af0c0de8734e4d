"""What is kept of PySide6 on Windows."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Iterable

from common import qt
from windows import pe
from windows.recipe import QT_PLUGINS


def kept(package: Path) -> set[Path]:
    """The modules and plugins of the recipe in the folder PySide6, and what these need."""
    plugins = (package / "plugins", "*.dll", QT_PLUGINS)
    return qt.kept(package, ".pyd", plugins, (), (package, needed_in(package)))


def needed_in(folder: Path) -> Callable[[Path], Iterable[str]]:
    """A function that gives the DLLs a library asks for, spelt as the files in ``folder`` are."""
    spelt = {path.name.lower(): path.name for path in folder.iterdir()}

    def needed(library: Path) -> Iterable[str]:
        facts = pe.read(library)
        names = (*facts.needed, *facts.delayed) if facts else ()
        return [spelt.get(name.lower(), name) for name in names]

    return needed
