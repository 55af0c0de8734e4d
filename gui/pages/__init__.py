"""The pages of the window, in the order of the work.

A page is ``gui.pages.NAME.page.NamePage``. The window imports one when it is first needed, so that
starting stays quick. Pages do not import each other.
"""

from __future__ import annotations

import importlib
from pathlib import Path

from gui.pages.base import Page

__all__ = ["PAGES", "page_class"]

_ORDER = (
    ("data", "Data", "images"),
    ("augment", "Augment", "wand-sparkles"),
    ("model", "Model", "workflow"),
    ("train", "Train", "chart-line"),
    ("tune", "Tune", "sliders-vertical"),
    ("evaluate", "Evaluate", "target"),
)

PAGES: tuple[tuple[str, str, str], ...] = tuple(
    entry for entry in _ORDER if (Path(__file__).parent / entry[0] / "page.py").exists()
)
"""Name, title and icon of every page on the rail; a page joins by being there."""


def page_class(name: str) -> type[Page]:
    """The class of the page ``name``; importing it may take a moment."""
    module = importlib.import_module(f"gui.pages.{name}.page")
    found = getattr(module, f"{name.capitalize()}Page")
    assert issubclass(found, Page)
    return found
