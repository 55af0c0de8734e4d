"""The activation maps of one node as a grid of small pictures."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QHelpEvent, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from typing_extensions import override

from engine.runs.glimpses import MapsRead
from gui.numbers import decimal
from gui.theme import theme

__all__ = ["MapGrid"]

_GAP = 4
_SMALLEST = 44  # pixels of a map's side on screen, so that its pattern can be told
_VALUES = 26  # the same for single numbers


class MapGrid(QWidget):
    """Shows the maps of a ``MapsRead``, each in its own range of grey from lowest to highest.

    A map that has one value everywhere is crossed out. Tooltips tell channel and range. The height
    follows from the width.
    """

    def __init__(self) -> None:
        super().__init__()
        self.read: MapsRead | None = None
        self._pictures: list[QImage] = []
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Activation maps")

    def show_maps(self, read: MapsRead | None) -> None:
        """Shows other maps; None shows nothing."""
        if read is self.read:
            return
        self.read = read
        self._pictures = []
        if read is not None and read.shape[0]:
            count, height, width = read.shape
            one = height * width
            self._pictures = [
                QImage(
                    read.pixels[i * one : (i + 1) * one],
                    width,
                    height,
                    width,
                    QImage.Format.Format_Grayscale8,
                ).copy()
                for i in range(count)
            ]
            self.setAccessibleDescription(self.words())
        self._fit()
        self.update()

    def words(self) -> str:
        """All that is shown, in a sentence."""
        read = self.read
        if read is None or not read.shape[0]:
            return ""
        flat = sum(self._flat(i) for i in range(read.shape[0]))
        told = f"{read.shape[0]} of {read.channels} channels at step {read.step:,}"
        return told + (f", {flat} of them with one value everywhere" if flat else "")

    def tell(self, index: int) -> str:
        """A map in words, as its tooltip says it."""
        read = self.read
        assert read is not None
        low, high = read.lows[index], read.highs[index]
        if low == high:
            return f"Channel {index + 1}: {decimal(low)}" + (
                "" if self._single() else " everywhere"
            )
        return f"Channel {index + 1}: {decimal(low)} (black) to {decimal(high)} (white)"

    def cell(self, index: int) -> QRect:
        """Where a map is drawn."""
        across, side = self._places()
        line, place = divmod(index, across)
        return QRect(place * (side + _GAP), line * (side + _GAP), side, side)

    def _single(self) -> bool:
        return self.read is not None and self.read.shape[1:] == (1, 1)

    def _flat(self, index: int) -> bool:
        read = self.read
        return read is not None and not self._single() and read.lows[index] == read.highs[index]

    def _places(self) -> tuple[int, int]:
        """How many maps lie side by side, and how large one is."""
        smallest = _VALUES if self._single() else _SMALLEST
        across = max(1, (self.width() + _GAP) // (smallest + _GAP))
        return across, max(1, (self.width() + _GAP) // across - _GAP)

    def _fit(self) -> None:
        across, side = self._places()
        lines = -(-len(self._pictures) // across)
        self.setFixedHeight(max(0, lines * (side + _GAP) - _GAP))

    @override
    def sizeHint(self) -> QSize:
        return QSize(240, self.height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), theme()
        for index, picture in enumerate(self._pictures):
            cell = self.cell(index)
            if not cell.intersects(event.rect()):
                continue
            if self._single():
                self._paint_value(painter, cell, index)
            elif self._flat(index):
                painter.fillRect(cell, look.colour("sunken"))
                painter.setPen(QPen(look.colour("outline"), 1))
                painter.drawLine(cell.topLeft(), cell.bottomRight())
                painter.drawLine(cell.topRight(), cell.bottomLeft())
            else:
                painter.drawImage(self._inside(cell, picture), picture)

    def _paint_value(self, painter: QPainter, cell: QRect, index: int) -> None:
        """A single number as a bar from zero, up or down, against the largest of all."""
        read, look = self.read, theme()
        assert read is not None
        value, most = read.highs[index], max(1e-30, *map(abs, read.highs))
        painter.fillRect(cell, look.colour("sunken"))
        middle, half = cell.center().y() + 1, cell.height() / 2 - 2
        high = round(half * abs(value) / most)
        top = middle - high if value >= 0 else middle
        colour = look.series_colour(1 if value >= 0 else 0)
        painter.fillRect(QRect(cell.left() + 4, top, cell.width() - 8, high), colour)
        painter.setPen(look.colour("outline"))
        painter.drawLine(QPoint(cell.left(), middle), QPoint(cell.right(), middle))

    def _inside(self, cell: QRect, picture: QImage) -> QRect:
        """The picture in proportion, in the middle of its place."""
        size = picture.size().scaled(cell.size(), Qt.AspectRatioMode.KeepAspectRatio)
        inside = QRect(QPoint(0, 0), size.expandedTo(QSize(1, 1)))
        inside.moveCenter(cell.center())
        return inside

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            at = event.pos()
            found = [i for i in range(len(self._pictures)) if self.cell(i).contains(at)]
            if found:
                QToolTip.showText(event.globalPos(), self.tell(found[0]), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)
