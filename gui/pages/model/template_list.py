"""The templates in their groups, each with its use, parameters and cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from engine.templates import Template, grouped
from gui.numbers import compact
from gui.theme import theme
from gui.theme.tokens import SPACE

__all__ = ["Cost", "TemplateList"]

_NAME = Qt.ItemDataRole.UserRole
_SUMMARY = _NAME + 1
_PARAMETERS = _NAME + 2
_COST = _NAME + 3
_PAD = SPACE + 4
_FIGURES = 21 * SPACE
_HEAD = 4 * SPACE + 4
_WRAP = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
_LEFT_LOW = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Cost:
    """The size of a template's model: its parameters, and multiply-adds for an image."""

    parameters: int
    macs: int


class TemplateList(QListWidget):
    """One row per template under the headings of the groups.

    ``chosen(name)``: Enter or a double click on a row. Letters go to the row that begins with them.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setItemDelegate(_Look(self))
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Templates")
        self._rows: dict[str, QListWidgetItem] = {}
        for group, templates in grouped().items():
            head = QListWidgetItem(group)
            head.setFlags(Qt.ItemFlag.NoItemFlags)
            self.addItem(head)
            for template in templates:
                self._add(template)
        self.select(next(iter(self._rows)))
        self.itemDoubleClicked.connect(self._choose)

    def _add(self, template: Template) -> None:
        item = QListWidgetItem(template.title)
        item.setData(_NAME, template.name)
        item.setData(_SUMMARY, template.summary)
        item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, template.summary)
        self.addItem(item)
        self._rows[template.name] = item

    def show_costs(self, costs: Mapping[str, Cost]) -> None:
        """Fills in what templates would have in this project."""
        self.model().blockSignals(True)  # or the rows would be laid out anew for each of them
        for name, cost in costs.items():
            item = self._rows[name]
            item.setData(_PARAMETERS, f"{compact(cost.parameters)} parameters")
            item.setData(_COST, f"{compact(cost.macs)} multiply-adds")
            told = f"{item.data(_SUMMARY)} {item.data(_PARAMETERS)}, {item.data(_COST)} per image."
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, told)
        self.model().blockSignals(False)
        self.viewport().update()

    def select(self, name: str) -> None:
        """Makes a template's row the current one."""
        self.setCurrentItem(self._rows[name])

    def current(self) -> str:
        """The name of the current row's template, empty when none is."""
        item = self.currentItem()
        return str(item.data(_NAME) or "") if item is not None else ""

    def cost(self, name: str) -> tuple[str, str]:
        """What a row shows as its parameters and multiply-adds; empty until known."""
        item = self._rows[name]
        return str(item.data(_PARAMETERS) or ""), str(item.data(_COST) or "")

    def _choose(self, item: QListWidgetItem | None) -> None:
        name = item.data(_NAME) if item is not None else None
        if name:
            self.chosen.emit(name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.currentItem())
        else:
            super().keyPressEvent(event)


class _Look(QStyledItemDelegate):
    """A heading in small letters; a template with title and use at left, its size at right."""

    def __init__(self, view: QListWidget) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        width = self._view.viewport().width()
        if not index.data(_NAME):
            return QSize(width, _HEAD)
        words = QRect(0, 0, max(width - 2 * _PAD - _FIGURES, 80), 10_000)
        small = QFontMetrics(theme().font("small"))
        height = small.boundingRect(words, _WRAP, str(index.data(_SUMMARY))).height()
        title = QFontMetrics(theme().font("body", bold=True)).height()
        return QSize(width, title + 2 + max(height, small.height()) + 2 * SPACE)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.data(_NAME):
            self._ground(painter, option)
            self._template(painter, option.rect, index)
        else:
            painter.setFont(theme().font("small", bold=True))
            painter.setPen(theme().colour("muted"))
            words = option.rect.adjusted(_PAD, 0, -_PAD, -SPACE // 2)
            painter.drawText(words, _LEFT_LOW, str(index.data()))
        painter.restore()

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        focused = chosen and self._view.hasFocus()
        painter.setPen(QPen(theme().colour("link"), 1) if focused else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if chosen or over:
            painter.setBrush(theme().colour("accent_soft" if chosen else "raised"))
        painter.drawRoundedRect(option.rect.adjusted(1, 1, -1, -1), 6, 6)

    def _template(self, painter: QPainter, area: QRect, index: Index) -> None:
        inner = area.adjusted(_PAD, SPACE, -_PAD, -SPACE)
        words = inner.adjusted(0, 0, -_FIGURES, 0)
        painter.setFont(theme().font("body", bold=True))
        painter.setPen(theme().colour("text"))
        below = painter.drawText(words, _WRAP, str(index.data())).height() + 2
        painter.setFont(theme().font("small"))
        painter.drawText(inner, _RIGHT, str(index.data(_PARAMETERS) or ""))
        painter.setPen(theme().colour("muted"))
        painter.drawText(words.adjusted(0, below, 0, 0), _WRAP, str(index.data(_SUMMARY)))
        painter.drawText(inner.adjusted(0, below, 0, 0), _RIGHT, str(index.data(_COST) or ""))
