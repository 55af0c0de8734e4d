"""How the palette draws its rows."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
)

from engine.transforms.base import TRANSFORMS, Transform
from gui.theme import pixmap, theme
from gui.theme.tokens import SPACE

__all__ = ["KIND", "REASON", "EntryLook"]

KIND = Qt.ItemDataRole.UserRole
REASON = KIND + 1
_PAD = SPACE
_ICON = 18
_SMALL = 12
_INDENT = _PAD + _ICON + SPACE
_PLUS = 3 * SPACE
_WRAP = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
Index = QModelIndex | QPersistentModelIndex


class EntryLook(QStyledItemDelegate):
    """A family is a heading with a chevron; a transform has icon, title, use, danger and plus."""

    def __init__(self, view: QTreeView) -> None:
        super().__init__(view)
        self._view = view

    def plus(self, area: QRect) -> QRect:
        """Where the plus of the row in ``area`` is."""
        return QRect(area.right() - _PLUS - SPACE // 2, area.top() + 4, _PLUS, _PLUS)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        width = self._view.viewport().width()
        kind = index.data(KIND)
        if not kind:
            return QSize(width, 4 * SPACE + 2)
        height = _PAD + self._title_height() + 2
        height += _height(TRANSFORMS.get(kind).summary, width - _PAD - _INDENT) + 3
        last, _ = _last_words(TRANSFORMS.get(kind), index)
        height += _height(last, width - _PAD - _INDENT - _SMALL - 6)
        return QSize(width, height + _PAD)

    def _title_height(self) -> int:
        return max(QFontMetrics(theme().font("body", bold=True)).height(), _ICON)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, option)
        if index.data(KIND):
            self._entry(painter, option, index)
        else:
            self._family(painter, option, index)
        painter.restore()

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        state: QStyle.StateFlag = option.state
        focused = self._view.hasFocus() and self._view.currentIndex() == option.index
        chosen = bool(state & QStyle.StateFlag.State_Selected) and self._view.hasFocus()
        over = bool(state & QStyle.StateFlag.State_MouseOver)
        enabled = bool(state & QStyle.StateFlag.State_Enabled)
        area = option.rect.adjusted(1, 1, -1, -1)
        painter.setPen(QPen(theme().colour("link"), 1) if focused else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if enabled and (chosen or over):
            painter.setBrush(theme().colour("accent_soft" if chosen else "raised"))
        painter.drawRoundedRect(area, 6, 6)

    def _family(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        area = option.rect
        chevron = "chevron-down" if self._view.isExpanded(index) else "chevron-right"
        middle = area.center().y() + 1
        painter.drawPixmap(_PAD + 2, middle - 7, pixmap(chevron, 14, "muted"))
        painter.setFont(theme().font("small", bold=True))
        painter.setPen(theme().colour("muted"))
        words = area.adjusted(_INDENT, 0, -_PAD, 0)
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), str(index.data()))
        count = self._shown(index)
        right = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        painter.setFont(theme().font("small"))
        painter.drawText(words, right, str(count))

    def _shown(self, family: Index) -> int:
        """How many rows of a family the search has left."""
        parent = QModelIndex(family)  # type: ignore[arg-type]  # a QPersistentModelIndex converts
        rows = range(family.model().rowCount(family))
        return sum(not self._view.isRowHidden(row, parent) for row in rows)

    def _entry(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        kind, area = TRANSFORMS.get(index.data(KIND)), option.rect
        grey = bool(index.data(REASON))
        top, left, right = area.top() + _PAD, area.left() + _INDENT, area.right() - _PAD
        height = self._title_height()
        mark = pixmap(kind.icon, _ICON, "disabled" if grey else "link")
        painter.drawPixmap(area.left() + _PAD, top + (height - _ICON) // 2, mark)
        font = theme().font("body", bold=True)
        painter.setFont(font)
        painter.setPen(theme().colour("muted" if grey else "text"))
        room = self.plus(area).left() - left - 4
        title = QFontMetrics(font).elidedText(kind.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(left, top, room, height, int(Qt.AlignmentFlag.AlignVCenter), title)
        if not grey:
            painter.drawPixmap(self.plus(area).topLeft() + QPoint(4, 4), pixmap("plus", 16, "link"))
        painter.setFont(theme().font("small"))
        painter.setPen(theme().colour("muted" if grey else "text"))
        line = QRect(left, top + height + 2, right - left, area.height())
        used = painter.drawText(line, _WRAP, kind.summary)
        text, icon = _last_words(kind, index)
        below = used.bottom() + 4
        painter.drawPixmap(left, below + 1, pixmap(icon, _SMALL, "muted"))
        painter.setPen(theme().colour("muted"))
        shift = _SMALL + 6
        last = QRect(left + shift, below, right - left - shift, area.height())
        painter.drawText(last, _WRAP, text)


def _last_words(kind: type[Transform], index: Index) -> tuple[str, str]:
    """The reason why it cannot be used, or when it hurts; and the icon for it."""
    reason = str(index.data(REASON) or "")
    return (reason, "ban") if reason else (kind.danger, "triangle-alert")


def _height(text: str, width: int) -> int:
    metrics = QFontMetrics(theme().font("small"))
    return metrics.boundingRect(QRect(0, 0, max(width, 40), 10_000), _WRAP, text).height()
