"""What is known about a node or the whole model, as rows of label and value."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from engine.graph.facts import Analysis, NodeFacts
from engine.layers.base import show
from gui.numbers import compact
from gui.theme.tokens import SPACE
from gui.widgets import clear, label

__all__ = ["FactTable", "model_rows", "node_rows"]

Row = tuple[str, str, str]
"""A label, a short value, and the tooltip (the value in full, or what it means)."""


class FactTable(QWidget):
    """Rows of label and value; values can be selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE)
        self._grid.setVerticalSpacing(SPACE // 2)
        self._grid.setColumnStretch(1, 1)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Shows other rows."""
        if tuple(rows) == self._rows:
            return
        self._rows = tuple(rows)
        clear(self._grid)
        for number, (name, value, tip) in enumerate(rows):
            left, right = label(name, "muted"), label(value, select=True)
            right.setAlignment(Qt.AlignmentFlag.AlignRight)
            right.setAccessibleName(f"{name}: {value}")
            for part in (left, right):
                part.setToolTip(tip)
            self._grid.addWidget(left, number, 0)
            self._grid.addWidget(right, number, 1)

    def value(self, name: str) -> str:
        """The value shown at a label; raises KeyError when there is no such row."""
        return {row[0]: row[1] for row in self._rows}[name]


def node_rows(facts: NodeFacts | None) -> list[Row]:
    """The facts of one node; a dash for what is not known while something is wrong."""
    if facts is None or facts.shape is None:
        return [("Output", "–", "Known once everything before it is right.")]
    rows = [("Output", show(facts.shape), "Channels × height × width, or the number of features.")]
    rows.append(_count("Parameters", facts.parameters, "trainable values"))
    rows.append(_count("Multiply-adds", facts.macs, "per image"))
    if facts.field is None:
        rows.append(("Receptive field", "whole image", "Each output sees every pixel."))
    else:
        tall, wide = facts.field
        tip = "The part of the image that one output sees, in pixels."
        rows.append(("Receptive field", f"{tall} × {wide} px", tip))
    if facts.stride is not None and len(facts.shape) > 1:
        tip = "How many pixels of the image lie between two neighbouring outputs."
        rows.append(("Stride", f"{facts.stride} px", tip))
    return rows


def model_rows(analysis: Analysis, nodes: int) -> list[Row]:
    """The sums over the whole model."""
    memory = analysis.activations * 4
    return [
        ("Nodes", str(nodes), ""),
        _count("Parameters", analysis.parameters, "trainable values"),
        _count("Multiply-adds", analysis.macs, "per image"),
        (
            "Activations",
            f"{compact(memory)}B",
            f"{memory:,} bytes per image in single precision, kept for the backward pass.",
        ),
    ]


def _count(name: str, value: int, unit: str) -> Row:
    return (name, compact(value), f"{value:,} {unit}")
