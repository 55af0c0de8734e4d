"""An axis with readable ticks: ``10 k`` rather than ``10000``, ``92 %`` rather than ``0.92``."""

from __future__ import annotations

import itertools
import math
from typing import Any, cast

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from gui.numbers import compact
from gui.plots.scale import Level, Scale, levels
from gui.theme import theme

__all__ = ["Axis"]

Line = tuple[QPen, QPointF, QPointF]
Words = tuple[QRectF, int, str]

_BESIDE, _ABOVE = 36, 16
"""Pixels from one label of a logarithmic axis to the next, across and upright."""
_NAME, _BETWEEN = 72, 10
"""Pixels from one name to the next across at least, and what stays free between them."""
_SHARE = 0.3
"""How much of a plot's width names take beside it, at most."""

_BLEED = 4
"""Pixels by which letters may leave the rectangle that they are written into."""


class Axis(pg.AxisItem):
    """A pyqtgraph axis in the theme's colours, with a label and its unit in words."""

    picture: Any  # pyqtgraph's mark: None when the ticks must be worked out anew

    def __init__(self, side: str, text: str, *, percent: bool = False) -> None:
        super().__init__(side, showValues=True, maxTickLength=0)
        self._percent = percent
        self._names: tuple[str, ...] = ()
        self._whole = self._thousands = False
        self._cut: list[tuple[QRectF, str]] = []
        self.enableAutoSIPrefix(False)
        self.setFlag(self.GraphicsItemFlag.ItemUsesExtendedStyleOption)  # or all is exposed
        self.setLabel(text)
        self.setStyle(tickTextOffset=6, autoExpandTextSpace=True, hideOverlappingLabels=True)
        self.restyle()

    def set_log(self, on: bool) -> None:
        """Writes powers of ten: the axis is given logarithms."""
        self.setLogMode(on)  # pyright: ignore[reportArgumentType]  # wrong in pyqtgraph 0.14

    def measure(
        self,
        text: str,
        *,
        percent: bool = False,
        log: bool = False,
        whole: bool = False,
        thousands: bool = False,
        names: tuple[str, ...] = (),
    ) -> None:
        """Another quantity: its label, and how its values are written.

        ``whole`` marks whole numbers alone; ``thousands`` writes all digits of what is below a
        million; ``names`` are written for 0, 1, 2, …
        """
        self._percent, self._names, self._whole = percent, names, whole
        self._thousands = thousands
        self.set_log(log)
        self.setLabel(text)

    @property
    def _looks(self) -> dict[str, Any]:
        """pyqtgraph's settings of the axis, which hide Qt's method of that name."""
        return cast("dict[str, Any]", self.style)

    def restyle(self) -> None:
        """Takes the colours and the text size of the theme."""
        look = theme()
        self.setPen(look.colour("border"))
        self.setTextPen(look.colour("muted"))
        self.setTickFont(look.font("small"))
        if self.label is not None:
            self.label.setFont(look.font("small"))
            self.label.setDefaultTextColor(look.colour("muted"))

    @override
    def paint(
        self, p: QPainter, opt: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draws the ticks where they were worked out to be, at every repaint of the curves.

        The numbers lie beside those, and are written where they are painted over: each takes Qt
        0.02 ms, together a tenth of what a live plot takes.
        """
        if self.picture is None:
            self.picture = self.generateDrawSpecs(p)
        if self.picture is not None:
            line, grid, words = self.picture
            seen = opt.exposedRect.adjusted(-_BLEED, -_BLEED, _BLEED, _BLEED)
            self.drawPicture(p, line, grid, [word for word in words if seen.intersects(word[0])])

    @override
    def generateDrawSpecs(self, p: QPainter) -> tuple[Line, list[Line], list[Words]] | None:
        """The line of the axis, the lines of its grid, and its numbers with their places.

        pyqtgraph's own takes 1 to 3 ms at every change of the range: it asks numpy about a handful
        of numbers, and makes lines without a length where there is no grid.
        """
        low, high = self.range
        box = self.mapRectFromParent(self.geometry())
        scale = Scale(box, self.orientation == "left", low, high)
        if scale.length <= 0 or high <= low:
            return None
        p.setFont(theme().font("small"))
        marks = self.tickValues(low, high, scale.length)
        lines = self._grid_lines(scale, marks) if self.grid else []
        words = self._words(scale, marks, QFontMetricsF(p.font(), p.device()))
        return (self.pen(), *scale.ends), lines, words

    def _grid_lines(self, scale: Scale, marks: list[Level]) -> list[Line]:
        """A line through the plot for each tick, the fainter the closer they are."""
        view = self.linkedView()
        across = view.mapRectToItem(self, view.boundingRect()) if view is not None else scale.box
        lines: list[Line] = []
        for number, (_, values) in enumerate(marks, start=1):
            pen = self.pen()
            colour = pen.color()
            density = min(1.0, 0.05 * scale.length / (len(values) + 1))
            colour.setAlpha(int(self.grid / number * density))
            pen.setColor(colour)
            lines += [(pen, *scale.line(value, across)) for value in values]
        return lines

    def _words(self, scale: Scale, marks: list[Level], metrics: QFontMetricsF) -> list[Words]:
        """The numbers with their places; those of a finer spacing only where they have room."""
        words: list[Words] = []
        if not self._looks["showValues"]:
            return words
        area = self.boundingRect().adjusted(-0.01, -0.01, 0.01, 0.01)
        self._cut = []
        height = metrics.height() * 0.8
        taken = widest = 0.0
        for number, (spacing, values) in enumerate(marks):
            whole = self.tickStrings(values, 1.0, spacing)
            texts = self._fitting(whole, scale, metrics) if self._names else whole
            widths = [metrics.horizontalAdvance(text) for text in texts]
            taken += scale.taken(widths, height)
            if number and self._is_crowded(taken / scale.length, len(words)):
                break
            widest = max(widest, *widths, 0.0)
            for value, text, width, full in zip(values, texts, widths, whole, strict=True):
                rect = scale.words(value, width, height)
                if area.contains(rect):
                    words.append((rect, scale.flags, text))
                    if text != full:
                        self._cut.append((rect, full))
        self._updateMaxTextSize(math.ceil(widest if scale.upright else height))
        return words

    def _fitting(self, names: list[str], scale: Scale, metrics: QFontMetricsF) -> list[str]:
        """The names, cut in the middle where they lack room."""
        if scale.upright:
            view = self.linkedView()
            whole = self.size().width() + (view.size().width() if view is not None else 0.0)
            room = max(float(_NAME), _SHARE * whole)
        else:
            every = self._every(scale.low, scale.high, scale.length)
            room = every * scale.length / (scale.high - scale.low) - _BETWEEN
        middle = Qt.TextElideMode.ElideMiddle
        return [metrics.elidedText(name, middle, room) for name in names]

    def name_at(self, place: QPointF) -> str:
        """The whole of a name that is cut, at a place of the axis; else an empty text."""
        return next((name for rect, name in self._cut if rect.contains(place)), "")

    def _is_crowded(self, share: float, written: int) -> bool:
        """Whether numbers that take that share of the axis are too many beside those there are."""
        limits = self._looks["textFillLimits"]
        return any(written >= count and share >= limit for count, limit in limits)

    @override
    def drawPicture(self, p: QPainter, axisSpec: Any, tickSpecs: Any, textSpecs: Any) -> None:
        """Fills the lines as rectangles: Qt takes 0.1 ms for a line with a transparent pen."""
        thin = 1 / p.device().devicePixelRatio()
        for pen, start, end in (axisSpec, *tickSpecs):
            p.fillRect(_hairline(start, end, thin), pen.color())
        p.setFont(theme().font("small"))
        p.setPen(self.textPen())
        p.setClipRect(self.boundingRect().toAlignedRect())
        for rect, flags, text in textSpecs:
            p.drawText(rect, flags, text)

    @override
    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if self._names:
            return [self._names[int(value)] for value in values]
        if self.logMode:
            return [self._power(value) for value in values]
        if self._percent:
            places = max(0, math.ceil(-math.log10(spacing * 100) - 1e-9))
            return [f"{value * 100:.{places}f}\u202f%" for value in values]
        if self._thousands and spacing >= 1 and max(map(abs, values), default=0.0) < 1e6:
            return [f"{value:,.0f}" for value in values]
        if spacing >= 1:
            return [compact(value) for value in values]
        places = max(0, math.ceil(-math.log10(spacing) - 1e-9))
        if places > 4:
            return [f"{value:.2g}" for value in values]
        return [f"{value:.{places}f}" for value in values]

    @override
    def tickValues(
        self,
        minVal: float,
        maxVal: float,
        size: float,
    ) -> list[tuple[float, list[float]]]:
        if self._names:
            return [(1.0, self._places(minVal, maxVal, size))]
        if self.logMode:
            gap = _BESIDE if self.orientation in ("bottom", "top") else _ABOVE
            return [(1.0, _round_numbers(minVal, maxVal, size / gap))]
        spacings = [spacing for spacing, _ in self.tickSpacing(minVal, maxVal, size)[:2]]
        if self._whole:
            spacings = [spacing for spacing in spacings if spacing >= 1] or [1.0]
        return levels(minVal, maxVal, spacings)

    def _places(self, low: float, high: float, size: float) -> list[float]:
        """The places of the names that are in sight, as many as have room."""
        every = self._every(low, high, size)
        first, last = max(0, math.ceil(low)), min(len(self._names) - 1, math.floor(high))
        return [float(place) for place in range(first, last + 1) if place % every == 0]

    def _every(self, low: float, high: float, size: float) -> int:
        """Each how many-th name is written."""
        gap = _NAME if self.orientation in ("bottom", "top") else _ABOVE
        return max(1, math.ceil((high - low) * gap / size))

    def _power(self, exponent: float) -> str:
        value = 10.0**exponent
        if self._percent:
            return f"{value * 100:.2g}\u202f%"
        return f"{float(f'{value:.4g}'):g}" if 1e-3 <= value < 1e4 else f"{value:.0e}"


def _round_numbers(low: float, high: float, most: float) -> list[float]:
    """Logarithms of round numbers in a range of logarithms, as many as ``most`` labels leave room.

    All of one digit where they fit by their closest pair, else 1, 2 and 5, else powers of ten. In a
    range that holds fewer than three of them, multiples of a round step.
    """
    span = max(1e-9, high - low)
    for digits in ((1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 5)):
        closest = min(math.log10(b / a) for a, b in itertools.pairwise((*digits, 10)))
        if closest * most >= span:
            logs = [math.log10(digit) for digit in digits]
            break
    else:
        logs = [0.0]
    every = max(1, math.ceil(span / most))
    decades = range(math.floor(low), math.ceil(high) + 1)
    found = [ten + log for ten in decades if ten % every == 0 for log in logs]
    found = [value for value in found if low <= value <= high]
    return found if len(found) > 2 or span > 1 else _multiples(10.0**low, 10.0**high, span / most)


def _multiples(low: float, high: float, apart: float) -> list[float]:
    """Logarithms of the multiples of 1, 2 or 5 times a power of ten, at least ``apart``."""
    least = high * (1 - 10.0**-apart)
    ten = 10.0 ** math.floor(math.log10(least))
    step = next(digit * ten for digit in (1, 2, 5, 10) if digit * ten >= least)
    places = range(math.ceil(low / step), math.floor(high / step) + 1)
    return [math.log10(place * step) for place in places if place > 0]


def _hairline(start: QPointF, end: QPointF, width: float) -> QRectF:
    """The rectangle of an upright or level line, in whichever direction it is drawn."""
    box = QRectF(start, end).normalized()
    return box.adjusted(0, 0, 0, width) if box.width() else box.adjusted(0, 0, width, 0)
