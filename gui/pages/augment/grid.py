"""The live grid: the original, then what training will see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QFontMetrics,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.numbers import percent
from gui.theme import theme

__all__ = ["Part", "Tile", "VariantGrid"]

_GAP = 8
_LABEL = 18
_BAR = 5


@dataclass(frozen=True)
class Part:
    """A class's share of an image's label; ``index`` gives its colour."""

    name: str
    index: int
    share: float


@dataclass(frozen=True, eq=False)
class Tile:
    """One picture of the grid.

    Attributes:
        original: what is shown in its place while comparing.
        name: the line under it.
        parts: its label's shares where two classes are mixed, drawn as a bar; else empty.
        framed: whether it is the original among variants.
        short: what is written where the name does not fit; empty: the beginning of the name.
    """

    image: QImage
    original: QImage
    name: str
    parts: tuple[Part, ...] = ()
    framed: bool = False
    short: str = ""

    def name_within(self, width: int, metrics: QFontMetrics) -> str:
        """As much of the name as fits in ``width`` pixels, or its short form."""
        name = metrics.elidedText(self.name, Qt.TextElideMode.ElideRight, width)
        return self.short if self.short and name != self.name else name

    @property
    def words(self) -> str:
        """Name and shares, for a tooltip."""
        shares = " and ".join(f"{percent(part.share, 0)} {part.name}" for part in self.parts)
        return f"{self.name}: {shares}" if shares else self.name


class VariantGrid(QWidget):
    """Pictures in as large a grid as fits, each with its name and, where mixed, its label's bar.

    While Space or the mouse button is held, every place shows its original, to compare.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles: Sequence[Tile] = ()
        self._text = ""
        self._under = _LABEL  # room below each picture: its name, and a bar where any is mixed
        self.comparing = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Preview of augmented images")
        self.setAccessibleDescription("Hold Space to see the original in every place.")

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 200)

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        """Shows pictures."""
        self.tiles, self._text = tiles, ""
        self._under = _LABEL + (_BAR if any(tile.parts for tile in tiles) else 0)
        self.update()

    def show_text(self, text: str) -> None:
        """Shows words instead of pictures."""
        self.tiles, self._text = (), text
        self.update()

    @property
    def images(self) -> tuple[QImage, ...]:
        """What is shown."""
        return tuple(tile.image for tile in self.tiles)

    def cells(self) -> list[QRectF]:
        """Where each picture is drawn, in the widget's coordinates."""
        count = len(self.tiles)
        if not count:
            return []
        side, _empty, across = max(  # the largest pictures, then the fewest empty places
            (self._side(columns, count), -(-count % columns), -columns)
            for columns in range(1, count + 1)
        )
        across = -across
        left = (self.width() - across * side - (across - 1) * _GAP) / 2
        step = side + _GAP
        return [
            QRectF(left + i % across * step, i // across * (step + self._under), side, side)
            for i in range(count)
        ]

    def _side(self, columns: int, count: int) -> float:
        rows = -(-count // columns)
        wide = (self.width() - (columns - 1) * _GAP) / columns
        high = (self.height() - (rows - 1) * _GAP) / rows - self._under
        return max(8.0, float(int(min(wide, high))))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if not self.tiles:
            painter.setPen(theme().colour("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(24, 24, -24, -24), flags, self._text)
            return
        painter.setFont(theme().font("small"))
        cells = self.cells()
        names = self.names_within(int(cells[0].width()), painter.fontMetrics())
        for tile, cell, name in zip(self.tiles, cells, names, strict=True):
            self._draw(painter, tile, cell, name)
        if self.hasFocus():
            painter.setPen(QPen(theme().colour("link"), 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def names_within(self, width: int, metrics: QFontMetrics) -> list[str]:
        """The line under each picture: where one must be short, all that can be are."""
        names = [tile.name_within(width, metrics) for tile in self.tiles]
        if all(name == tile.name for tile, name in zip(self.tiles, names, strict=True)):
            return names
        return [tile.short or name for tile, name in zip(self.tiles, names, strict=True)]

    def _draw(self, painter: QPainter, tile: Tile, cell: QRectF, name: str) -> None:
        image = tile.original if self.comparing else tile.image
        shrinks = image.width() > cell.width() * self.devicePixelRatioF()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrinks)
        painter.drawImage(cell, image)
        if tile.framed:
            painter.setPen(QPen(theme().colour("link"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(cell)
        if tile.parts and not self.comparing:
            self._draw_bar(painter, tile.parts, cell)
        painter.setPen(theme().colour("text" if tile.framed else "muted"))
        place = QRectF(cell.left(), cell.bottom() + self._under - _LABEL, cell.width(), _LABEL)
        align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, align, name)

    def _draw_bar(self, painter: QPainter, parts: Sequence[Part], cell: QRectF) -> None:
        left = cell.left()
        for part in parts:
            width = cell.width() * part.share
            bar = QRectF(left, cell.bottom() + 2, width, _BAR)
            painter.fillRect(bar, theme().series_colour(part.index))
            left += width

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            tile = self.tile_at(event.pos())
            if tile is not None:
                QToolTip.showText(event.globalPos(), tile.words, self)
                return True
        return super().event(event)

    def tile_at(self, place: QPoint) -> Tile | None:
        """The picture under a point of the widget."""
        for tile, cell in zip(self.tiles, self.cells(), strict=True):
            if cell.adjusted(0, 0, 0, self._under).contains(QPointF(place)):
                return tile
        return None

    def _compare(self, on: bool) -> None:
        if on != self.comparing:
            self.comparing = on
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._compare(True)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._compare(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self._compare(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._compare(False)
        else:
            super().keyReleaseEvent(event)
