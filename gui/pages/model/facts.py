"""What is known about a node or the whole model, as rows of label and value."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from engine.compile.demand import Demand
from engine.compile.memory import Machine
from engine.graph.facts import Analysis, NodeFacts
from engine.layers.base import show
from gui.numbers import compact
from gui.theme.tokens import SPACE
from gui.widgets import label

__all__ = ["FactTable", "memory_rows", "model_rows", "node_rows", "size"]

Row = tuple[str, str, str]
"""A label, a short value, and the tooltip (the value in full, or what it means)."""


class FactTable(QWidget):
    """Rows of label and value; values can be selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()
        self._labels: list[tuple[QLabel, QLabel]] = []
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
        while len(self._labels) < len(rows):
            self._add_labels()
        for (left, right), (name, value, tip) in zip(self._labels, rows, strict=False):
            left.setText(name)
            right.setText(value)
            right.setAccessibleName(f"{name}: {value}")
            for part in (left, right):
                part.setToolTip(tip)
        for number, pair in enumerate(self._labels):
            for part in pair:
                part.setVisible(number < len(rows))

    def _add_labels(self) -> None:
        left, right = label("", "muted"), label("", select=True)
        right.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._grid.addWidget(left, len(self._labels), 0)
        self._grid.addWidget(right, len(self._labels), 1)
        self._labels.append((left, right))

    def value(self, name: str) -> str:
        """The value shown at a label; raises KeyError when there is no such row."""
        return {row[0]: row[1] for row in self._rows}[name]


def node_rows(
    facts: NodeFacts | None, kept: int | None = None, batch: int = 0, *, inside: bool = False
) -> list[Row]:
    """The facts of one node; a dash for what is not known while something is wrong.

    ``kept`` are the bytes per image that its part of the activations takes in training, told for
    ``batch`` images. ``inside`` of a block fields and strides are counted in rows and columns of
    its input, which is no image.
    """
    unit, whole = ("", "input") if inside else (" px", "image")
    if facts is None or facts.shape is None:
        return [("Output", "–", "Known once everything before it is right.")]
    rows = [("Output", show(facts.shape), "Channels × height × width, or the number of features.")]
    rows.append(_count("Parameters", facts.parameters, "trainable values"))
    rows.append(_count("Multiply-adds", facts.macs, "per image"))
    if facts.field is None:
        rows.append(("Receptive field", f"whole {whole}", "Each output sees every pixel."))
    else:
        tall, wide = facts.field
        tip = "The part of the image that one output sees, in pixels."
        if inside:
            tip = "The part of the block's input that one output sees, in its rows and columns."
        rows.append(("Receptive field", f"{tall} × {wide}{unit}", tip))
    if facts.stride is not None and len(facts.shape) > 1:
        tip = "How many pixels of the image lie between two neighbouring outputs."
        if inside:
            tip = "How many rows or columns of the block's input one step of the output takes."
        rows.append(("Effective stride", f"{facts.stride}{unit}", tip))
    if kept is not None and batch:
        why = "" if kept else " Nothing: it is overwritten in place, or not needed again."
        tip = f"{kept * batch:,} bytes in a batch of {batch:,}, kept for the backward pass.{why}"
        rows.append(("Activation memory", size(kept * batch), tip))
    return rows


def model_rows(analysis: Analysis, nodes: int) -> list[Row]:
    """The sums over the whole model."""
    return [
        ("Nodes", str(nodes), ""),
        _count("Parameters", analysis.parameters, "trainable values"),
        _count("Multiply-adds", analysis.macs, "per image"),
    ]


def memory_rows(need: Demand, machine: Machine | None, data: int) -> list[Row]:
    """What training takes, and the largest batch that fits; ``data`` are the images' bytes."""
    kept = sum(need.kept.values()) * need.batch
    tip = (
        "An estimate for training:\n"
        f"weights {size(need.weights + need.copies)}, gradients {size(need.gradients)}, optimizer "
        f"{size(need.averages)}, activations {size(kept)},\nimages and what is in work "
        f"{size(need.per_image * need.batch - kept)}."
    )
    rows = [
        ("Activation memory", size(kept), f"{kept:,} bytes in a batch of {need.batch:,}."),
        (f"Memory at batch {need.batch:,}", size(need.total), tip),
    ]
    most = need.largest_batch(machine, data) if machine is not None else None
    if machine is None or machine.memory is None or most is None:
        return rows
    where = "this GPU" if machine.graphics else "main memory"
    answer = f"up to batch {most:,}" if most else "not even one image"
    if most and most < need.batch:
        answer = f"no, up to batch {most:,}"
    tip = f"An estimate for {machine.name} with {size(machine.memory)}."
    return [*rows, (f"Fits in {where}", answer, tip)]


def size(count: int) -> str:
    """A number of bytes for reading: ``1.2 GB``."""
    return f"{compact(count)}B" if count >= 1000 else f"{count}\u202fB"


def _count(name: str, value: int, unit: str) -> Row:
    return (name, compact(value), f"{value:,} {unit}")
