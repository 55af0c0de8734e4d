"""The column that cards are dropped into, with a line that shows where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QScrollArea, QWidget

from gui.pages.augment.carrying import load_of
from gui.theme import theme

__all__ = ["DropColumn", "Gap", "Lying", "gaps"]

Lying = tuple[str, QRect, Sequence[QRect]]
"""A thing in the column: the group that it is (or ``""``), its frame, and its cards' frames."""

_LINE = 8
_EDGE = 28  # pixels from the end of the view in which a drag scrolls


@dataclass(frozen=True)
class Gap:
    """A place between cards: its index and group, and where its line is drawn."""

    index: int
    group: str
    left: int
    width: int
    y: int


def gaps(tops: Sequence[Lying]) -> list[Gap]:
    """The gaps between what lies from top to bottom."""
    found: list[Gap] = []
    index = 0
    for group, frame, cards in tops:
        found.append(Gap(index, "", frame.left(), frame.width(), frame.top() - 4))
        for card in cards if group else ():
            found.append(Gap(index, group, card.left(), card.width(), card.top() - 3))
            index += 1
        if group and cards:
            last = cards[-1]
            found.append(Gap(index, group, last.left(), last.width(), last.bottom() + 4))
        index += 0 if group else 1
    if tops:
        frame = tops[-1][1]
        found.append(Gap(index, "", frame.left(), frame.width(), frame.bottom() + 5))
    return found


class DropColumn(QWidget):
    """Takes drags of transforms, cards and groups; ``dropped(load, index, group)`` is the wish.

    ``lay`` tells what lies in the column now, as :func:`gaps` takes it.
    """

    dropped = Signal(object, int, str)

    def __init__(self, lay: Callable[[], Iterable[Lying]]) -> None:
        super().__init__()
        self._lay = lay
        self.area: QScrollArea | None = None
        self.line = _Line(self)
        self.setAcceptDrops(True)
        self.setAccessibleName("Cards")
        self._scroll = QTimer(self, interval=30)
        self._scroll.timeout.connect(self._on_scroll)
        self._pull = 0

    def gap_at(self, at: QPoint, *, whole: bool = False) -> Gap:
        """The gap nearest to a point; inside a group's frame its own, for a group (``whole``) none.

        Of an empty column the only gap is its top.
        """
        tops = list(self._lay())
        found = gaps(tops)
        if not found:
            return Gap(0, "", 0, self.width(), 4)
        inside = next((g for g, frame, _ in tops if g and frame.contains(at)), "")
        wanted = [gap for gap in found if gap.group == ("" if whole else inside)]
        return min(wanted, key=lambda gap: abs(gap.y - at.y()))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.dragMoveEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        load = load_of(event.mimeData())
        if load is None:
            event.ignore()
            return
        event.acceptProposedAction()
        at = event.position().toPoint()
        self.line.show_at(self.gap_at(at, whole=load.what == "group"))
        self._pull_towards(at)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._end()

    def dropEvent(self, event: QDropEvent) -> None:
        self._end()
        load = load_of(event.mimeData())
        if load is None:
            event.ignore()
            return
        event.acceptProposedAction()
        gap = self.gap_at(event.position().toPoint(), whole=load.what == "group")
        # after the drag has ended: what is dragged may be rebuilt by the edit
        QTimer.singleShot(0, self, lambda: self.dropped.emit(load, gap.index, gap.group))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A dotted frame while the empty column has the focus, to paste into."""
        if self.hasFocus() and self.focusPolicy() == Qt.FocusPolicy.StrongFocus:
            painter = QPainter(self)
            painter.setPen(QPen(theme().colour("link"), 1, Qt.PenStyle.DotLine))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _end(self) -> None:
        self.line.hide()
        self._scroll.stop()

    def _pull_towards(self, at: QPoint) -> None:
        if self.area is None:
            return
        y = self.mapTo(self.area.viewport(), at).y()
        self._pull = -8 if y < _EDGE else 8 if y > self.area.viewport().height() - _EDGE else 0
        if self._pull and not self._scroll.isActive():
            self._scroll.start()
        elif not self._pull:
            self._scroll.stop()

    def _on_scroll(self) -> None:
        if self.area is not None:
            bar = self.area.verticalScrollBar()
            bar.setValue(bar.value() + self._pull)


class _Line(QWidget):
    """The line that shows where a drop goes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_at(self, gap: Gap) -> None:
        """Shows the line in a gap."""
        top = max(0, gap.y - _LINE // 2)
        self.setGeometry(gap.left, top, gap.width, _LINE)
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour("link"))
        painter.drawRoundedRect(4, _LINE // 2 - 1, self.width() - 4, 3, 1.5, 1.5)
        painter.drawEllipse(0, 0, _LINE, _LINE)
