"""A page that takes another one's place is painted in turns of the event loop, part by part."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

__all__ = ["Covers", "on_screen"]

_SLICE_SECONDS = 0.003
_LARGE = 1 / 12  # of a page: what is smaller is painted in one go
_SAME = 0.9  # of what holds it: a frame without a picture of its own


class Covers(QObject):
    """Covers over what has just been shown in ``place``, taken away a few at a time.

    Qt paints nothing below a cover, so that what was on the screen before stays there, and passes
    the hands through it: all of the page is there at once, only its picture comes in parts. Each
    turn of the event loop paints for some milliseconds. A picture that a program takes meanwhile
    shows the whole page.
    """

    def __init__(self, place: QWidget) -> None:
        super().__init__(place)
        self._place = place
        self._page: QWidget | None = None
        self._shut: list[_Cover] = []
        self._spare: list[_Cover] = []
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._go_on)

    @property
    def any_shut(self) -> bool:
        """Whether a part waits to be painted."""
        return bool(self._shut)

    def shut(self, page: QWidget) -> None:
        """Covers ``page``, a child of the place, and begins to open it in the next turn."""
        self.open()
        self._page = page
        self._lay_over(page.geometry())
        self._timer.start()

    def open(self) -> None:
        """Opens what is covered still: it is painted in one go."""
        self._timer.stop()
        self._page = None
        while self._shut:
            self._open_next()

    def _lay_over(self, area: QRect) -> None:
        cover = self._spare.pop() if self._spare else _Cover(self._place, self.open)
        cover.lie_over(area)
        self._shut.append(cover)

    def _open_next(self) -> QRect:
        cover = self._shut.pop()
        cover.hide()
        self._spare.append(cover)
        return cover.geometry()

    def _go_on(self) -> None:
        if not self._place.updatesEnabled():
            return  # somebody holds the window's picture for a moment, and lets it go soon
        if self._page is not None:
            self._divide(self._page)
            self._page = None
        until = time.perf_counter() + _SLICE_SECONDS
        while self._shut and time.perf_counter() < until:
            self._place.repaint(self._open_next())
        if not self._shut:
            self._timer.stop()

    def _divide(self, page: QWidget) -> None:
        """Lays covers of their own over the large parts, above that of the page."""
        for area in _parts(page):
            self._lay_over(area.translated(page.pos()))
        self._shut.reverse()


class _Cover(QWidget):
    """Leaves the screen as it is; tells when a picture is taken of what lies below."""

    def __init__(self, place: QWidget, taken: Callable[[], object]) -> None:
        super().__init__(place)
        self._taken = taken
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def lie_over(self, area: QRect) -> None:
        """Covers an area of the place, above all other covers."""
        self.setGeometry(area)
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Nothing on the screen; in a picture, what lies below."""
        if on_screen(self):
            return
        self._taken()
        window, area = self.window(), event.rect()
        below = window.grab(QRect(self.mapTo(window, area.topLeft()), area.size()))
        QPainter(self).drawPixmap(area.topLeft(), below)


def on_screen(widget: QWidget) -> bool:
    """Amid a paint: whether it goes to the window, rather than into somebody's picture."""
    store = widget.backingStore()
    return store is not None and widget.redirected(QPoint()) is store.paintDevice()


def _parts(page: QWidget) -> Iterator[QRect]:
    """The large areas of a page, each before those in it."""
    whole = page.rect()
    yield from _within(page, QPoint(), whole, _LARGE * _size(whole))


def _within(widget: QWidget, at: QPoint, seen: QRect, least: float) -> Iterator[QRect]:
    """The large areas in ``seen``, which is what is seen of the widget that lies at ``at``."""
    for child in widget.children():
        if not isinstance(child, QWidget) or child.isWindow() or not child.isVisible():
            continue
        place = at + child.pos()
        area = QRect(place, child.size()).intersected(seen)
        if _size(area) < least:
            continue
        if _size(area) < _SAME * _size(seen):
            yield area
        yield from _within(child, place, area, least)


def _size(area: QRect) -> int:
    return area.width() * area.height()
