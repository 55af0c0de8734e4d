"""Ten thousand lines, drawn bit by bit: some at once, the rest while the window is idle."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QSizeF, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QTransform

from gui.plots.series import Floats
from gui.plots.study.batches import draw_lines

__all__ = ["Strokes"]

_AT_ONCE, _SLICE = 0.004, 0.006
"""Seconds that a paint, and an idle moment, may draw."""
_SEGMENTS = 400
"""So many parts of lines are drawn between two looks at the clock."""
_SHOW_EVERY = 0.05
_REST_MS = 60
"""While a hand moves the picture, its first lines are all that is drawn."""
_NONE: Floats = np.empty(0)


@dataclass(frozen=True)
class _Place:
    """Where the lines lie on the picture: scale, shift, and the picture's size and sharpness."""

    scale: tuple[float, float]
    shift: tuple[float, float]
    size: tuple[float, float]
    sharpness: float


class Strokes(QObject):
    """Lines over common positions, each in one of a few colours.

    A picture of them grows: 10,000 lines take half a second, which no frame has. The first frame
    shows some of them, chosen evenly, so that a moving picture keeps its look; ``changed`` is
    called when there are more. In :attr:`whole` mode, for a file, everything is drawn at once, and
    as lines.
    """

    def __init__(self, changed: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.whole = False
        self._changed = changed
        self._x = _NONE
        self._y: Floats = np.empty((0, 0))
        self._tones: NDArray[np.integer] = np.empty(0, np.int8)
        self._order: NDArray[np.integer] = np.empty(0, np.int64)
        self._pens: list[QPen] = []
        self._place: _Place | None = None
        self._picture = QImage()
        self._done = 0
        self._told = 0.0
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._go_on)

    def set_lines(self, x: Floats, y: Floats, tones: NDArray[np.integer]) -> None:
        """Takes lines: ``x`` has their common positions, a row of ``y`` the heights of one.

        A NaN interrupts a line. ``tones`` has the index of each line's colour.
        """
        self._x, self._y, self._tones = x, y, tones
        self._order = np.random.default_rng(0).permutation(len(y))
        self.restart()

    def set_colours(self, colours: Sequence[QColor]) -> None:
        """The colours by their indices."""
        self._pens = [QPen(colour, 1.0) for colour in colours]
        self.restart()

    def restart(self) -> None:
        """Draws all anew."""
        self._place = None
        self._timer.stop()
        self._changed()

    @property
    def complete(self) -> bool:
        """Whether the picture has every line."""
        return self._place is not None and self._done >= len(self._order)

    def paint(self, painter: QPainter, to_pixels: QTransform, size: QSizeF) -> None:
        """Draws what there is of the picture, whose axes are scaled and shifted by ``to_pixels``.

        The painter's own axes are pixels of a screen that is not scaled.
        """
        scale = (to_pixels.m11(), to_pixels.m22())
        shift = (to_pixels.dx(), to_pixels.dy())
        sharpness = painter.device().devicePixelRatioF()
        place = _Place(scale, shift, (size.width(), size.height()), sharpness)
        if self.whole:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw(painter, place, slice(0, len(self._order)))
            return
        if place != self._place:
            self._begin(place)
        painter.drawImage(0, 0, self._picture)

    def _begin(self, place: _Place) -> None:
        self._place, self._done = place, 0
        wide, high = (max(1, round(side * place.sharpness)) for side in place.size)
        if (self._picture.width(), self._picture.height()) != (wide, high):
            self._picture = QImage(wide, high, QImage.Format.Format_ARGB32_Premultiplied)
        self._picture.setDevicePixelRatio(place.sharpness)
        self._picture.fill(Qt.GlobalColor.transparent)
        self._grow(_AT_ONCE)
        if not self.complete:
            self._told = time.perf_counter()
            self._timer.start(_REST_MS)

    def _go_on(self) -> None:
        self._timer.setInterval(0)
        self._grow(_SLICE)
        now = time.perf_counter()
        if self.complete:
            self._timer.stop()
        if self.complete or now - self._told > _SHOW_EVERY:
            self._told = now
            self._changed()

    def _grow(self, seconds: float) -> None:
        """Draws more lines onto the picture for so long."""
        place = self._place
        if place is None:
            return
        until = time.perf_counter() + seconds
        every = max(1, _SEGMENTS // max(1, len(self._x) - 1))
        painter = QPainter(self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        while not self.complete:
            self._draw(painter, place, slice(self._done, self._done + every))
            self._done += every
            if time.perf_counter() > until:
                break
        painter.end()

    def _draw(self, painter: QPainter, place: _Place, part: slice) -> None:
        chosen = self._order[part]
        x = place.scale[0] * self._x + place.shift[0]
        y = place.scale[1] * self._y[chosen] + place.shift[1]
        tones = self._tones[chosen]
        for tone in np.unique(tones):
            segments = _segments(x, y[tones == tone])
            if len(segments):
                painter.setPen(self._pens[tone])
                draw_lines(painter, segments)


def _segments(x: Floats, y: Floats) -> Floats:
    """Start and end of each part of the lines, without those that an end is missing of."""
    starts = np.broadcast_to(x[:-1], y[:, :-1].shape)
    ends = np.broadcast_to(x[1:], y[:, 1:].shape)
    found = np.stack((starts, y[:, :-1], ends, y[:, 1:]), axis=-1).reshape(-1, 4)
    return found[np.isfinite(found).all(axis=1)]
