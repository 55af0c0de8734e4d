"""What is kept of PySide6 on Windows."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Iterable

from common.recipe import QT_MODULES
from common.trim import with_needed
from windows import pe
from windows.recipe import QT_PLUGINS


def kept(package: Path) -> set[Path]:
    """The modules and plugins of the recipe in the folder PySide6, and what these need."""
    keep = {package / f"{module}.pyd" for module in QT_MODULES}
    plugins = package / "plugins"
    keep |= {
        p for p in plugins.rglob("*.dll") if QT_PLUGINS.search(p.relative_to(plugins).as_posix())
    }
    keep = with_needed((p for p in keep if p.exists()), package, needed_in(package))
    keep |= set(package.glob("*.py")) | set((package / "support").rglob("*.py"))
    return keep | {package / "py.typed"}


def needed_in(folder: Path) -> Callable[[Path], Iterable[str]]:
    """A function that gives the DLLs a library asks for, spelt as the files in ``folder`` are."""
    spelt = {path.name.lower(): path.name for path in folder.iterdir()}

    def needed(library: Path) -> Iterable[str]:
        facts = pe.read(library)
        names = (*facts.needed, *facts.delayed) if facts else ()
        return [spelt.get(name.lower(), name) for name in names]

    return needed
