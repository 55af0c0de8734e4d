"""The confusion matrix: what was true, what was said, and a way from a cell to its images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QMenu, QToolTip, QWidget
from typing_extensions import override

from gui.numbers import compact, percent
from gui.plots.saving import Saver, csv_text
from gui.theme import theme
from gui.theme.tokens import contrast

__all__ = ["ConfusionMatrix"]

_LEAST_CELL = 14.0
_MOST_CELL = 88.0
_MOST_NAME = 132.0
_GAP = 8.0

Cell = tuple[int, int]


class ConfusionMatrix(QWidget):
    """Rows are true classes, columns predicted ones; a cell is shaded by its share of the row.

    Click a cell, or walk with the arrow keys and press Enter: :attr:`cell_clicked` carries
    ``(true, predicted)`` as indices of the classes. Correct cells lie on the diagonal and are
    shaded in another hue than mistakes.
    """

    cell_clicked = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: tuple[tuple[int, ...], ...] = ()
        self._classes: tuple[str, ...] = ()
        self._current: Cell | None = None
        self._hovered: Cell | None = None
        self.saver = Saver(self, "Confusion matrix", self.csv, self.failed.emit)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Confusion matrix")

    def set_matrix(self, counts: Sequence[Sequence[int]], classes: Sequence[str]) -> None:
        """Shows ``counts[true][predicted]``; raises ValueError when a row or column is missing."""
        rows = tuple(tuple(int(count) for count in row) for row in counts)
        if any(len(row) != len(classes) for row in rows) or len(rows) != len(classes):
            raise ValueError(f"a matrix over {len(classes)} classes is expected")
        self._counts, self._classes = rows, tuple(classes)
        self._current = self._hovered = None
        self.setMinimumSize(self.minimumSizeHint())
        self.updateGeometry()
        self.update()

    def csv(self) -> str:
        """The counts as CSV, one row per true class."""
        rows = ((name, *row) for name, row in zip(self._classes, self._counts, strict=True))
        return csv_text(("true \\ predicted", *self._classes), rows)

    def save(self, path: Path) -> None:
        """Writes PNG, SVG or CSV by the file's suffix; raises FoveaError when it cannot."""
        self.saver.save(path)

    def reading(self, cell: Cell) -> str:
        """A cell in words, as the tooltip and screen readers say it."""
        true, predicted = cell
        count, total = self._counts[true][predicted], sum(self._counts[true])
        share = percent(count / total) if total else "none"
        said = "correct" if true == predicted else f"taken for {self._classes[predicted]}"
        return f"{self._classes[true]}: {count:,} of {total:,} {said} ({share})"

    def cell_rect(self, cell: Cell) -> QRectF:
        """Where a cell is drawn."""
        side, left, top = self._metrics()
        return QRectF(left + cell[1] * side, top + cell[0] * side, side, side)

    def _names_width(self) -> float:
        metrics = QFontMetricsF(theme().font("small"))
        widths = [metrics.horizontalAdvance(name) for name in self._classes]
        return min(max(widths, default=0.0), _MOST_NAME)

    def _rotated(self, side: float) -> bool:
        metrics = QFontMetricsF(theme().font("small"))
        return any(metrics.horizontalAdvance(name) > side - 6 for name in self._classes)

    def _metrics(self) -> tuple[float, float, float]:
        """The side of a cell, and the left and top edge of the first one."""
        count = max(len(self._classes), 1)
        line = QFontMetricsF(theme().font("small")).height()
        names = self._names_width()
        left = line + _GAP + names + _GAP
        flat = line + _GAP + line + _GAP
        wide = (self.width() - left - _GAP) / count
        side = min(wide, (self.height() - flat - _GAP) / count, _MOST_CELL)
        top = flat
        if self._rotated(side):
            top = line + _GAP + names + _GAP
            side = min(wide, (self.height() - top - _GAP) / count, _MOST_CELL)
        return max(side, _LEAST_CELL), left, top

    @override
    def minimumSizeHint(self) -> QSize:
        edge = self._names_width() + 48
        side = round(edge + _LEAST_CELL * max(len(self._classes), 4))
        return QSize(side, side)

    @override
    def sizeHint(self) -> QSize:
        side = round(self._names_width() + 48 + 44 * max(len(self._classes), 4))
        return QSize(side, side)

    def cell_at(self, position: QPointF) -> Cell | None:
        """The cell under a point, ``None`` beside the matrix."""
        side, left, top = self._metrics()
        row, column = int((position.y() - top) // side), int((position.x() - left) // side)
        count = len(self._classes)
        return (row, column) if 0 <= row < count and 0 <= column < count else None

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._classes:
            painter.setPen(theme().colour("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), flags, "The matrix appears after an evaluation.")
            return
        side, left, top = self._metrics()
        painter.setFont(theme().font("small"))
        for true in range(len(self._classes)):
            for predicted in range(len(self._classes)):
                self._paint_cell(painter, (true, predicted), side)
        self._paint_names(painter, side, left, top)
        for cell, name in ((self._hovered, "outline"), (self._current, "link")):
            if cell is not None and (name == "outline" or self.hasFocus()):
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(theme().colour(name), 2))
                painter.drawRoundedRect(self.cell_rect(cell).adjusted(1, 1, -1, -1), 3, 3)

    def _paint_cell(self, painter: QPainter, cell: Cell, side: float) -> None:
        count, total = self._counts[cell[0]][cell[1]], sum(self._counts[cell[0]])
        share = count / total if total else 0.0
        fill = _shade(share, right=cell[0] == cell[1])
        gap = 1.0 if side > 20 else 0.5
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(self.cell_rect(cell).adjusted(gap, gap, -gap, -gap), 3, 3)
        if side < 24 or (count == 0 and cell[0] != cell[1]):
            return
        painter.setPen(_ink(fill))
        box = self.cell_rect(cell)
        line = painter.fontMetrics().height()
        text = str(count) if count < 10_000 else compact(count)
        if side < line * 2.6:
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
            return
        upper = QRectF(box.left(), box.center().y() - line, side, line)
        painter.setFont(theme().font("body", bold=cell[0] == cell[1]))
        painter.drawText(upper, Qt.AlignmentFlag.AlignCenter, text)
        painter.setFont(theme().font("small"))
        painter.drawText(upper.translated(0, line), Qt.AlignmentFlag.AlignCenter, percent(share, 0))

    def _paint_names(self, painter: QPainter, side: float, left: float, top: float) -> None:
        metrics = painter.fontMetrics()
        line, width = metrics.height(), self._names_width()
        across = side * len(self._classes)
        elide = Qt.TextElideMode.ElideMiddle
        painter.setPen(theme().colour("text"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        rotated = self._rotated(side)
        for index, name in enumerate(self._classes):
            text = metrics.elidedText(name, elide, int(width) + 1)
            row = QRectF(left - _GAP - width, top + index * side, width, side)
            painter.drawText(row, right, text)
            column = left + index * side
            if rotated:
                painter.save()
                painter.translate(column + side / 2, top - _GAP)
                painter.rotate(-90)
                middle = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(QRectF(0, -side / 2, width, side), middle, text)
                painter.restore()
            else:
                box = QRectF(column, top - _GAP - line, side, line)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        painter.setPen(theme().colour("muted"))
        painter.drawText(
            QRectF(left, 0, max(across, 80), line), Qt.AlignmentFlag.AlignLeft, "Predicted →"
        )
        painter.save()
        painter.translate(0, top)
        painter.rotate(-90)
        painter.drawText(
            QRectF(-max(across, 80), 0, max(across, 80), line),
            Qt.AlignmentFlag.AlignRight,
            "← True",
        )
        painter.restore()

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if cell != self._hovered:
            self._hovered = cell
            self.update()
            self.setCursor(
                Qt.CursorShape.PointingHandCursor if cell else Qt.CursorShape.ArrowCursor
            )
            tip = self.reading(cell) if cell else ""
            QToolTip.showText(event.globalPosition().toPoint(), tip, self)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self._go(cell)
            self.cell_clicked.emit(cell)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = Qt.Key
        steps = {keys.Key_Left: (0, -1), keys.Key_Right: (0, 1)}
        steps |= {keys.Key_Up: (-1, 0), keys.Key_Down: (1, 0)}
        key = keys(event.key())
        if not self._classes:
            event.ignore()
        elif key in steps:
            row, column = self._current or (0, 0)
            last = len(self._classes) - 1
            down, across = steps[key] if self._current else (0, 0)
            self._go((min(max(row + down, 0), last), min(max(column + across, 0), last)))
        elif key in (keys.Key_Return, keys.Key_Enter, keys.Key_Space) and self._current:
            self.cell_clicked.emit(self._current)
        else:
            event.ignore()

    def _go(self, cell: Cell) -> None:
        self._current = cell
        self.setAccessibleDescription(self.reading(cell))
        self.update()

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.saver.fill(menu)
        menu.popup(event.globalPos())


def _shade(share: float, *, right: bool) -> QColor:
    """Nothing is the colour of a well, everything the full hue; mistakes take another hue."""
    empty, full = theme().colour("raised"), theme().series_colour(0 if right else 1)
    if share <= 0:
        return empty
    part = 0.12 + 0.88 * share**0.8
    return QColor(
        round(empty.red() + (full.red() - empty.red()) * part),
        round(empty.green() + (full.green() - empty.green()) * part),
        round(empty.blue() + (full.blue() - empty.blue()) * part),
    )


def _ink(fill: QColor) -> QColor:
    """Near-black or white, whichever is read more easily on ``fill``."""
    dark = "#10131a"
    return QColor(
        dark if contrast(fill.name(), dark) > contrast(fill.name(), "#ffffff") else "#ffffff"
    )
