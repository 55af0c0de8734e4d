"""Fonts of the canvas: sized in canvas pixels, since the zoom, not the system, scales it."""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

__all__ = ["canvas_font"]


def canvas_font(pixels: int, *, bold: bool = False) -> QFont:
    """The application's font, ``pixels`` high at 100 %."""
    return _sized(QApplication.font().family(), pixels, bold)


@cache
def _sized(family: str, pixels: int, bold: bool) -> QFont:
    font = QFont(family)
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font
