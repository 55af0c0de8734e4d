"""The pages of the window, in the order of the work.

A page is ``gui.pages.NAME.page.NamePage``. The window imports one when it is first needed, so that
starting stays quick. Pages do not import each other.
"""

from __future__ import annotations

import importlib

from gui.pages.base import Page

__all__ = ["PAGES", "page_class"]

PAGES: tuple[str, ...] = ()


def page_class(name: str) -> type[Page]:
    """The class of the page ``name``; importing it may take a moment."""
    module = importlib.import_module(f"gui.pages.{name}.page")
    found = getattr(module, f"{name.capitalize()}Page")
    assert issubclass(found, Page)
    return found
