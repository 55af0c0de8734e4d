"""What is kept of PySide6: the modules and plugins of the recipes, and what these need."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Callable, Iterable

from common.recipe import QT_MODULES
from common.trim import with_needed


def kept(
    package: Path,
    module: str,
    plugins: tuple[Path, str, re.Pattern[str]],
    libraries: Iterable[Path],
    needed: tuple[Path, Callable[[Path], Iterable[str]]],
) -> set[Path]:
    """The files of the folder PySide6 that stay.

    ``module`` is the ending of a module's file; ``plugins`` the folder of Qt's plugins, the pattern
    of their names, and which of them stay; ``libraries`` those of PySide6 itself; ``needed`` Qt's
    own folder, and a function that gives the names in it that a library asks for.
    """
    folder, names, wanted = plugins
    keep = {package / f"{name}{module}" for name in QT_MODULES} | set(libraries)
    keep |= {p for p in folder.rglob(names) if wanted.search(p.relative_to(folder).as_posix())}
    keep = with_needed((p for p in keep if p.exists()), *needed)
    keep |= set(package.glob("*.py")) | set((package / "support").rglob("*.py"))
    return keep | {package / "py.typed"}
