"""How one tile of a gallery is drawn."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui.gallery.tiles import Tile, TileModel
from gui.theme import theme

__all__ = ["TilePainter"]

_PAD = 6
_STRIPE = 3
_Index = QModelIndex | QPersistentModelIndex


class TilePainter(QStyledItemDelegate):
    """A picture in a well, a stripe in its classes' colours, and its caption below."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side
        self.captions = True

    def tile_size(self) -> QSize:
        """The size of every tile, in device-independent pixels."""
        words = QFontMetrics(theme().font("small")).height() + 4 if self.captions else 0
        return QSize(self.side + 2 * _PAD, self.side + _STRIPE + words + 2 * _PAD)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return self.tile_size()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        assert isinstance(model, TileModel)
        tile = model.tiles[index.row()]
        area = option.rect
        state = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area.adjusted(1, 1, -1, -1), theme().colour("accent_soft"))
        well = QRect(area.left() + _PAD, area.top() + _PAD, self.side, self.side)
        picture = model.picture(tile.key)
        if picture is None:
            painter.fillRect(well, theme().colour("sunken"))
        else:
            painter.fillRect(well, theme().colour("sunken"))
            longer = max(picture.width(), picture.height())
            shrinks = longer >= self.side  # enlarged pixels stay square
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrinks)
            size = picture.size() * (self.side / longer)
            place = QRect(QPoint(0, 0), size)
            place.moveCenter(well.center())
            painter.drawPixmap(place, picture)
        stripe = QRect(well.left(), well.bottom() + 1, well.width(), _STRIPE)
        for number, kind in enumerate(tile.colours):
            ends = [stripe.width() * at // len(tile.colours) for at in (number, number + 1)]
            part = stripe.adjusted(ends[0], 0, ends[1] - stripe.width(), 0)
            painter.fillRect(part, theme().series_colour(kind))
        if tile.mark:
            colour = "danger" if tile.mark == "wrong" else "success"
            self._frame(painter, well, theme().colour(colour))
        if state & QStyle.StateFlag.State_HasFocus:
            self._frame(painter, area.adjusted(1, 1, -2, -2), theme().colour("link"))
        if self.captions:
            self._caption(painter, QRect(well.left(), stripe.bottom() + 3, well.width(), 99), tile)
        painter.restore()

    def _frame(self, painter: QPainter, area: QRect, colour: QColor) -> None:
        painter.setPen(QPen(colour, 2))
        painter.drawRect(area)

    def _caption(self, painter: QPainter, area: QRect, tile: Tile) -> None:
        painter.setFont(theme().font("small"))
        painter.setPen(theme().colour("muted"))
        metrics = painter.fontMetrics()
        text = metrics.elidedText(tile.caption, Qt.TextElideMode.ElideMiddle, area.width())
        painter.drawText(area.left(), area.top() + metrics.ascent(), text)
