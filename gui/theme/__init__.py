"""Colours, spacing, text sizes, fonts and icons: the one place that decides how things look."""

from gui.theme.icons import icon, pixmap, set_icon
from gui.theme.theme import Theme, theme
from gui.theme.tokens import DARK, LIGHT, RADIUS, SPACE, Colours, TextSizes

__all__ = [
    "DARK",
    "LIGHT",
    "RADIUS",
    "SPACE",
    "Colours",
    "TextSizes",
    "Theme",
    "icon",
    "pixmap",
    "set_icon",
    "theme",
]
