"""The Model page: palette, canvas, inspector."""

from gui.pages.model.page import ModelPage

__all__ = ["ModelPage"]
