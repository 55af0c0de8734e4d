"""The meter's tables: a line per card, and for one card a line per class."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from engine.meter import ClassReading, Estimate, Reading
from gui.pages.augment.meter_marks import draw_mark
from gui.pages.augment.meter_words import (
    CLASS_WORDS,
    FIGURES,
    NONE,
    estimate_of,
    verdict_words,
    with_interval,
)
from gui.theme import theme

__all__ = ["CardTable", "ClassTable"]

Head = tuple[str, str]
_CARDS: tuple[Head, ...] = (
    ("Card", "What was measured, alone; and all cards together."),
    ("Verdict", "What it does to a model."),
    *FIGURES.values(),
)
_CLASSES: tuple[Head, ...] = (
    ("Class", "The true class."),
    ("Verdict", "What the card does to this class."),
    ("Images", "Images of the class that were judged."),
    ("Clean", "Accuracy on unchanged images, trained without the card."),
    ("Changed", "Accuracy of the same models on images that the card changed."),
    ("Relearned", "Accuracy on changed images, trained with the card."),
    ("Fall", "Changed less clean, with its 95 % interval."),
    ("Trained with it", "Accuracy on unchanged images, trained with the card."),
    ("Gain", "Trained with it less clean, with its 95 % interval."),
)
_ROW = 28
_LEAST = 100  # pixels: room for most names of cards


class _Table(QTableWidget):
    """A table to read: no grid, whole lines are chosen."""

    def __init__(self, heads: Sequence[Head], name: str, parent: QWidget | None = None) -> None:
        super().__init__(0, len(heads), parent)
        self.setAccessibleName(name)
        for place, (text, tip) in enumerate(heads):
            head = QTableWidgetItem(text)
            head.setToolTip(tip)
            self.setHorizontalHeaderItem(place, head)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        line = self.horizontalHeader()
        line.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        line.setHighlightSections(False)
        line.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def fill_row(self, row: int, cells: Sequence[str]) -> None:
        """Writes a line."""
        for place, text in enumerate(cells):
            self.setItem(row, place, QTableWidgetItem(text))


class CardTable(_Table):
    """One line per reading; ``chosen(id)`` when another line becomes the current one."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_CARDS, "Readings of all cards", parent)
        self._readings: tuple[Reading, ...] = ()
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setMinimumSectionSize(_LEAST)
        self.setIconSize(QSize(14, 14))
        self.currentCellChanged.connect(self._on_current)
        theme().follow(self._draw_marks)

    def show_readings(self, readings: Sequence[Reading]) -> None:
        """Fills the table; the current line is not kept, see :meth:`choose`."""
        self.blockSignals(True)
        self._readings = tuple(readings)
        self.setRowCount(len(readings))
        for row, one in enumerate(readings):
            figures = [with_interval(figure, estimate_of(one, figure)) for figure in FIGURES]
            self.fill_row(row, (one.title, verdict_words(one), *figures))
        self.blockSignals(False)
        self._draw_marks()

    def choose(self, card: str) -> None:
        """Makes a card's line the current one, in silence."""
        row = next((i for i, one in enumerate(self._readings) if one.card == card), -1)
        if row != self.currentRow():
            self.blockSignals(True)
            self.setCurrentCell(row, 0)
            self.blockSignals(False)

    def _on_current(self, row: int, *_others: int) -> None:
        if 0 <= row < len(self._readings):
            self.chosen.emit(self._readings[row].card)

    def _draw_marks(self) -> None:
        for row, one in enumerate(self._readings):
            cell = self.item(row, 1)
            if cell is not None:
                cell.setIcon(_icon(one, self.devicePixelRatioF()))


class ClassTable(_Table):
    """One line per class of a single reading."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_CLASSES, "Effect on each class", parent)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def show_classes(self, classes: Sequence[ClassReading]) -> None:
        """Fills the table, the harmed classes first."""
        order = list(CLASS_WORDS)
        rows = sorted(classes, key=lambda one: order.index(one.verdict))
        self.setRowCount(len(rows))
        for row, one in enumerate(rows):
            self.fill_row(row, _cells(one))
            cell = self.item(row, 1)
            if cell is not None and one.verdict in ("destroyed", "hurt"):
                font = cell.font()
                font.setBold(True)
                cell.setFont(font)
        self.scrollToTop()


def _cells(one: ClassReading) -> tuple[str, ...]:
    if not one.n:
        return (one.name, CLASS_WORDS[one.verdict], "0", *[NONE] * 6)
    shares = [f"{share:.2f}" for share in (one.clean, one.augmented, one.relearned)]
    fall, gain = _change(one.fall), _change(one.gain)
    words = CLASS_WORDS[one.verdict]
    return (one.name, words, f"{one.n:,}", *shares, fall, f"{one.trained:.2f}", gain)


def _change(found: Estimate | None) -> str:
    return with_interval("gain", found)


def _icon(reading: Reading, ratio: float) -> QIcon:
    """A verdict's mark as an icon of 14 px."""
    picture = QPixmap(QSize(14, 14) * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = QRect(0, 0, 14, 14).toRectF().center()
    draw_mark(painter, middle, 5.5, reading.verdict, theme().colour("surface"))
    painter.end()
    found = QIcon(picture)
    found.addPixmap(picture, QIcon.Mode.Selected)  # or Qt would tint its colour
    return found
