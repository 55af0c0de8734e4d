"""The plane of affinity and diversity: a mark for every card, as in the paper of the two."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QMenu, QToolTip, QWidget
from typing_extensions import override

from engine.meter import VERDICTS, Reading
from gui.pages.augment.meter_drawing import SIDE, draw_plane, field_of, place_of
from gui.pages.augment.meter_sight import Sight
from gui.pages.augment.meter_words import verdict_words, with_interval
from gui.plots.saving import Saver, csv_text
from gui.theme import set_icon, theme

__all__ = ["MeterPlane"]

_NEAR = 14.0  # pixels around a mark in which the pointer means it
_CLOSER, _STEP = 0.8, 0.1  # a key's zoom, and the share of the view by which it moves
_WAYS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
_HEAD = ("card", "verdict", "affinity", "low", "high", "diversity", "low", "high", "gain")


class MeterPlane(QWidget):
    """Affinity to the right, diversity upwards; shape and colour of a mark are its verdict.

    Equal steps upwards multiply, as diversity is a ratio of losses that reaches from 1 to 15.
    Hover names a card; a click, or walking with the arrow keys, chooses it: ``chosen(id)``. Cards
    that only mix labels have no affinity and are left out. The wheel, ``+`` and ``-`` zoom, a drag
    or Shift and the arrow keys move, a double click, ``0`` or Home show everything again.
    """

    chosen = Signal(str)
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._readings: tuple[Reading, ...] = ()
        self._current = ""
        self.sight = Sight.of(())
        self._held: QPointF | None = None  # where the pointer was, while it may drag
        self._drags = False
        self.saver = Saver(self, "Affinity and diversity", self.csv, self.failed.emit)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Affinity and diversity of every card")

    @override
    def sizeHint(self) -> QSize:
        return QSize(340, 270)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(260, 176)

    # What it shows

    def show_readings(self, readings: Sequence[Reading]) -> None:
        """Shows a mark for each reading that has an affinity."""
        self._readings = tuple(one for one in readings if one.affinity is not None)
        whole = Sight.of(self._readings)
        if whole != self.sight.whole:  # other readings; where they are the same, the zoom stays
            self.sight = whole
        self.update()

    def choose(self, card: str) -> None:
        """Marks one card as the chosen one."""
        self._current = card
        reading = self._of(card)
        self.setAccessibleDescription(self.words(reading) if reading is not None else "")
        self.look(self.sight.over(reading) if reading is not None else self.sight)

    def _of(self, card: str) -> Reading | None:
        return next((one for one in self._readings if one.card == card), None)

    def words(self, reading: Reading) -> str:
        """A mark in words, as the tooltip and screen readers say it."""
        return (
            f"{reading.title}: {_lowered(verdict_words(reading))}\n"
            f"Affinity {with_interval('affinity', reading.affinity)}\n"
            f"Diversity {with_interval('diversity', reading.diversity)}\n"
            f"Accuracy gained {with_interval('gain', reading.gain)}"
        )

    def csv(self) -> str:
        """The numbers as CSV, a line per card."""
        rows = []
        for one in self._readings:
            assert one.affinity is not None
            across = (one.affinity.value, one.affinity.low, one.affinity.high)
            up = (one.diversity.value, one.diversity.low, one.diversity.high)
            rows.append((one.title, VERDICTS[one.verdict], *across, *up, one.gain.value))
        return csv_text(_HEAD, rows)

    def field(self) -> QRectF:
        """Where marks are drawn, between the axes."""
        return field_of(QSizeF(self.size()))

    def point(self, card: str) -> QPointF:
        """Where a card's mark is, outside of the field where it is not shown.

        Raises KeyError for a card without one.
        """
        reading = self._of(card)
        if reading is None:
            raise KeyError(card)
        return place_of(reading, self.sight, self.field())

    # What part of it

    @property
    def whole(self) -> bool:
        """Whether everything is shown."""
        return self.sight == self.sight.whole

    def look(self, sight: Sight) -> None:
        """Shows another part."""
        self.sight = sight
        self.update()

    def zoom(self, factor: float, about: QPointF | None = None) -> None:
        """Shows ``factor`` times as much of either axis; ``about``, or the middle, stays."""
        field = self.field()
        share = self.sight.share(field, about if about is not None else field.center())
        self.look(self.sight.zoomed(factor, share))

    def zoom_in(self) -> None:
        """A step closer, about the middle."""
        self.zoom(_CLOSER)

    def zoom_out(self) -> None:
        """A step back, about the middle."""
        self.zoom(1 / _CLOSER)

    def reset(self) -> None:
        """Shows everything."""
        self.look(self.sight.whole)

    # Drawing

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        field = self.field()
        draw_plane(painter, field, self.sight, self._readings)
        if self._of(self._current) is not None:
            painter.setClipRect(field)
            painter.setPen(QPen(theme().colour("link"), 2 if self.hasFocus() else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self.point(self._current), SIDE + 5, SIDE + 5)

    # Pointer and keys

    def _at(self, position: QPointF) -> str | None:
        field = self.field()
        near = [
            (math.hypot(at.x() - position.x(), at.y() - position.y()), reading.card)
            for reading in self._readings
            for at in (place_of(reading, self.sight, field),)
            if field.contains(at)
        ]
        distance, card = min(near, default=(math.inf, ""))
        return card if distance <= _NEAR else None

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            self._drag(event.position())
            return
        reading = self._of(card) if (card := self._at(event.position())) is not None else None
        pointing = Qt.CursorShape.PointingHandCursor
        self.setCursor(pointing if reading is not None else Qt.CursorShape.ArrowCursor)
        tip = self.words(reading) if reading is not None else ""
        QToolTip.showText(event.globalPosition().toPoint(), tip, self)

    def _drag(self, position: QPointF) -> None:
        """Moves with the pointer, once it is farther from the press than a hand trembles."""
        assert self._held is not None
        way = position - self._held
        if not self._drags and way.manhattanLength() < QApplication.startDragDistance():
            return
        field = self.field()
        self._drags, self._held = True, position
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        QToolTip.hideText()
        self.look(self.sight.moved(-way.x() / field.width(), way.y() / field.height()))

    @override
    def leaveEvent(self, event: QEvent) -> None:
        QToolTip.hideText()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._held, self._drags = event.position(), False

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        clicked = self._held is not None and not self._drags
        self._held, self._drags = None, False
        card = self._at(event.position())
        pointing = Qt.CursorShape.PointingHandCursor
        self.setCursor(pointing if card is not None else Qt.CursorShape.ArrowCursor)
        if card is not None and clicked and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(card)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.reset()

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.pixelDelta().y() * 4
        self.zoom(1.0015**-turned, event.position())
        event.accept()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys, key = Qt.Key, Qt.Key(event.key())
        runs: dict[Qt.Key, Callable[[], None]] = {
            **dict.fromkeys((keys.Key_Plus, keys.Key_Equal), self.zoom_in),
            **dict.fromkeys((keys.Key_Minus, keys.Key_Underscore), self.zoom_out),
            **dict.fromkeys((keys.Key_0, keys.Key_Home), self.reset),
        }
        if key in runs:
            runs[key]()
        elif key in _WAYS and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            right, up = _WAYS[key]
            self.look(self.sight.moved(right * _STEP, up * _STEP))
        elif key in _WAYS and self._readings:
            right, up = _WAYS[key]
            self._walk(right - up)
        else:
            event.ignore()

    def _walk(self, step: int) -> None:
        """Chooses the next card (1), or the one before (-1)."""
        cards = [reading.card for reading in self._readings]
        at = cards.index(self._current) if self._current in cards else -step
        self.chosen.emit(cards[min(max(at + step, 0), len(cards) - 1)])

    def menu(self) -> QMenu:
        """Zooming, copying and saving."""
        menu = QMenu(self)
        set_icon(menu.addAction("Zoom in\t+", self.zoom_in), "zoom-in")
        set_icon(menu.addAction("Zoom out\t-", self.zoom_out), "zoom-out")
        whole = menu.addAction("Reset view\t0", self.reset)
        whole.setEnabled(not self.whole)
        set_icon(whole, "maximize")
        menu.addSeparator()
        self.saver.fill(menu)
        return menu

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
