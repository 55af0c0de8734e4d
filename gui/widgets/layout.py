"""Rows and columns on the 8-pixel grid, so that a page reads as its layout."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gui.theme.tokens import SPACE

__all__ = ["STRETCH", "clear", "column", "row", "scroll"]

STRETCH = None
"""Stands in a row or column for room that stretches."""

Part = QWidget | QLayout | None


def _fill(box: QBoxLayout, parts: tuple[Part, ...], gap: int, margin: int) -> None:
    box.setSpacing(gap)
    box.setContentsMargins(margin, margin, margin, margin)
    for part in parts:
        if part is None:
            box.addStretch(1)
        elif isinstance(part, QLayout):
            box.addLayout(part)
        else:
            box.addWidget(part)


def row(*parts: Part, gap: int = SPACE, margin: int = 0) -> QHBoxLayout:
    """The parts side by side, centred in height; None stretches."""
    box = QHBoxLayout()
    _fill(box, parts, gap, margin)
    return box


def column(*parts: Part, gap: int = SPACE, margin: int = 0) -> QVBoxLayout:
    """The parts below each other; None stretches."""
    box = QVBoxLayout()
    _fill(box, parts, gap, margin)
    return box


def scroll(content: QWidget | QLayout) -> QScrollArea:
    """The content in an area that scrolls up and down and is as wide as there is room."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    if isinstance(content, QLayout):
        holder = QWidget()
        holder.setLayout(content)
        content = holder
    content.setProperty("look", "plain")
    if (inside := content.layout()) is not None:
        margins = inside.contentsMargins()
        margins.setRight(margins.right() + SPACE)  # keeps clear of the scroll bar
        inside.setContentsMargins(margins)
    area.setWidget(content)
    return area


def clear(layout: QLayout) -> None:
    """Takes everything out of a layout and lets its widgets be deleted."""
    while (item := layout.takeAt(0)) is not None:
        inner = item.layout()
        if inner is not None:
            clear(inner)
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
