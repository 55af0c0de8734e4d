"""Curves over steps or epochs, live or replayed: the plot of the Train page."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyqtgraph as pg
from numpy.typing import ArrayLike
from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtWidgets import QFrame, QMenu, QVBoxLayout, QWidget

from gui.numbers import decimal, percent
from gui.plots.curve_item import CurveItem
from gui.plots.header import PlotHeader
from gui.plots.overlay import Overlay, Reading
from gui.plots.saving import Saver, csv_text
from gui.plots.series import Floats, Series, Smoother
from gui.plots.view import Bounds, PlotView
from gui.theme import theme

__all__ = ["CurvePlot"]


class _Curve:
    """A series with its item on the plot and what smoothing has made of it."""

    def __init__(self, series: Series, item: CurveItem) -> None:
        self.series = series
        self.item = item
        self.smoother: Smoother | None = None

    def draw(self, *, log: bool) -> Bounds | None:
        """Hands the plotted values to the item; returns what they cover."""
        series = self.series
        raw: Floats | None = None
        values = series.y
        if self.smoother is not None and series.smoothed:
            values, raw = self.smoother.of(series), series.y
        if log:
            values, raw = _log(values), None if raw is None else _log(raw)
        self.item.set_points(series.x, values, raw)
        finite = values[np.isfinite(values)]
        if not len(finite) or not series.visible:
            return None
        return Bounds(series.x[0], series.x[-1], float(finite.min()), float(finite.max()))

    def plotted(self, x: float) -> tuple[float, float] | None:
        """The drawn point nearest to ``x``, in units of the data."""
        if not len(self.series) or self.smoother is None or not self.series.smoothed:
            return self.series.at(x)
        found = self.series.at(x)
        assert found is not None
        index = int(np.searchsorted(self.series.x, found[0]))
        return found[0], float(self.smoother.of(self.series)[index])


class CurvePlot(QFrame):
    """Named curves that points are appended to, drawn once per :meth:`flush`.

    Add the curves with :meth:`add_series`, feed them with :meth:`append`, and call :meth:`flush`
    when everything that arrived is in: it costs one redraw however many points came. Earlier runs
    lie behind as thin muted lines (:meth:`show_overlay`). The wheel zooms about the cursor, a drag
    zooms to a box, Shift or the middle button pans, a double click shows everything again.
    """

    smoothing_changed = Signal(float)
    log_changed = Signal(bool)
    failed = Signal(object)

    def __init__(
        self,
        title: str,
        *,
        x_label: str = "Step",
        y_label: str = "",
        percent: bool = False,
        empty: str = "The curve appears with the first step.",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self.title = title
        self._x_label = x_label
        self._percent = percent
        self._empty = empty
        self._curves: dict[str, _Curve] = {}
        self._overlays: dict[str, _Curve] = {}
        self._log = False
        self._weight = 0.0
        self.view = PlotView(x_label, y_label, percent=percent)
        self.overlay = Overlay(self.view.viewport())
        self.header = PlotHeader(title)
        self._best = self._make_marker()
        self.saver = Saver(self.view, title, self.csv, self.failed.emit)
        self._lay_out()
        self._connect()
        self.setAccessibleName(f"Plot: {title}")
        self.view.setAccessibleName(f"{title} over {x_label.lower()}")
        self.flush()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 4)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.view, 1)
        self.setMinimumSize(220, 150)

    def _connect(self) -> None:
        self.view.hovered.connect(self._on_hover)
        self.view.fit_wished.connect(self.fit)
        self.view.menu_wished.connect(self._open_menu)
        self.header.fit_wished.connect(self.fit)
        self.header.log_toggled.connect(self.set_log)
        self.header.smoothing_moved.connect(self.set_smoothing)
        self.header.menu_wished.connect(self._open_menu)
        self.header.series_toggled.connect(self._on_toggle)
        theme().changed.connect(self._restyle)

    def add_series(
        self, name: str, *, colour: int | None = None, dashed: bool = False, smoothed: bool = True
    ) -> None:
        """Adds an empty curve; ``dashed`` for validation, ``smoothed=False`` for values per epoch.

        ``colour`` is an index into the theme's palette; by default the next one. A curve of the
        name that is there already is emptied.
        """
        if name in self._curves:
            self._curves[name].series.clear()
            return
        index = len(self._curves) if colour is None else colour
        curve = self._make(Series(name, index, dashed, smoothed), front=True)
        self._curves[name] = curve
        self.header.add_chip(name, theme().series_colour(index), dashed=dashed)

    def append(self, name: str, xs: ArrayLike, ys: ArrayLike) -> None:
        """Adds points to a curve (made with defaults when it is new); shown at the next flush."""
        if name not in self._curves:
            self.add_series(name)
        self._curves[name].series.append(xs, ys)

    def flush(self) -> None:
        """Draws everything that was appended, in one redraw."""
        self.view.follow(self._draw())
        empty = not any(len(c.series) for c in (*self._curves.values(), *self._overlays.values()))
        self.view.set_scales_shown(not empty)
        self.overlay.show_empty(self._empty if empty else "")

    def clear(self) -> None:
        """Empties every curve and takes the best mark away; curves and earlier runs stay."""
        for curve in self._curves.values():
            curve.series.clear()
        self.mark_best(None)
        self.view.zoomed = False
        self.flush()

    def set_empty_text(self, text: str) -> None:
        """What the plot says while it has no points."""
        self._empty = text
        self.flush()

    def show_overlay(
        self, name: str, xs: ArrayLike, ys: ArrayLike, *, dashed: bool = False
    ) -> None:
        """Lays an earlier run's curve behind, thin and muted; the same name replaces it."""
        self.remove_overlay(name)
        curve = self._make(Series(name, None, dashed, smoothed=False), front=False)
        curve.series.append(xs, ys)
        self._overlays[name] = curve
        self.header.add_chip(name, theme().colour("muted"), dashed=dashed, minor=True)
        self.flush()

    def remove_overlay(self, name: str) -> None:
        """Takes an earlier run away; nothing happens when it is not there."""
        curve = self._overlays.pop(name, None)
        if curve is not None:
            self.view.remove(curve.item)
            self.header.remove_chip(name)
            self.flush()

    def clear_overlays(self) -> None:
        """Takes every earlier run away."""
        for name in list(self._overlays):
            self.remove_overlay(name)

    def mark_best(self, x: float | None, text: str = "best") -> None:
        """Marks the best epoch with a vertical line; ``None`` takes the mark away."""
        self._best.setVisible(x is not None)
        if x is not None:
            self._best.setPos(x)
            self._best.label.setFormat(text)

    def set_log(self, on: bool) -> None:
        """Switches the vertical axis to powers of ten; values of zero and below are left out."""
        if on == self._log:
            return
        self._log = on
        self.view.left.set_log(on)
        self.header.set_log(on)
        self.fit()
        self.log_changed.emit(on)

    def set_smoothing(self, weight: float) -> None:
        """Smooths curves by a moving average of ``weight`` in [0, 1); the raw curve stays faint."""
        weight = min(max(weight, 0.0), 0.999)
        if weight == self._weight:
            return
        self._weight = weight
        for curve in self._curves.values():
            curve.smoother = Smoother(weight) if weight else None
        self.header.set_smoothing(weight)
        self.flush()
        self.smoothing_changed.emit(weight)

    def fit(self) -> None:
        """Shows every visible curve in full and follows new points again."""
        self.view.fit(self._draw())

    def csv(self) -> str:
        """Every curve as CSV in full precision: ``series``, position, value."""
        rows = (
            (curve.series.name, x, y)
            for curve in (*self._curves.values(), *self._overlays.values())
            for x, y in zip(curve.series.x.tolist(), curve.series.y.tolist(), strict=True)
        )
        return csv_text(("series", self._x_label.lower(), "value"), rows)

    def save(self, path: Path) -> None:
        """Writes PNG, SVG or CSV by the file's suffix; raises FoveaError when it cannot."""
        self.saver.save(path)

    def points(self, name: str) -> tuple[Floats, Floats]:
        """The positions and values of a curve or of an earlier run, as appended."""
        series = (self._curves.get(name) or self._overlays[name]).series
        return series.x, series.y

    def _make(self, series: Series, *, front: bool) -> _Curve:
        item = CurveItem()
        item.setZValue(10 if front else 1)
        curve = _Curve(series, item)
        if front and self._weight:
            curve.smoother = Smoother(self._weight)
        self.view.add(item)
        self._style(curve)
        return curve

    def _style(self, curve: _Curve) -> None:
        series = curve.series
        if series.colour is None:
            colour = theme().colour("muted")
            colour.setAlphaF(0.6)
            curve.item.set_style(colour, dashed=series.dashed, width=1, dots=False)
        else:
            colour = theme().series_colour(series.colour)
            curve.item.set_style(colour, dashed=series.dashed, width=1.75, dots=True)

    def _make_marker(self) -> pg.InfiniteLine:
        marker = pg.InfiniteLine(angle=90, movable=False, label="best")
        marker.label.setPosition(0.94)
        marker.label.setMovable(False)
        marker.setZValue(5)
        marker.setVisible(False)
        self.view.add(marker)
        _style_marker(marker)
        return marker

    def _draw(self) -> Bounds | None:
        total: Bounds | None = None
        for curve in (*self._curves.values(), *self._overlays.values()):
            bounds = curve.draw(log=self._log)
            if bounds is not None:
                total = bounds.union(total)
        return total

    def _on_toggle(self, name: str, on: bool) -> None:
        curve = self._curves.get(name) or self._overlays[name]
        curve.series.visible = on
        curve.item.setVisible(on)
        self.flush()

    def _on_hover(self, position: QPointF | None) -> None:
        area = self.view.area()
        if position is None or not self._curves:
            self.overlay.show_reading(area, None)
            return
        scene = self.view.mapToScene(position.toPoint())
        x = self.view.box.mapSceneToView(scene).x()
        readings = [r for r in (self._read(c, x) for c in self._curves.values()) if r is not None]
        if not readings:
            self.overlay.show_reading(area, None)
            return
        self.overlay.show_reading(area, position.x(), self._head(x), readings)

    def _head(self, x: float) -> str:
        """The first line of the readout: the position in words."""
        return f"{self._x_label} {max(x, 0):,.0f}".replace(",", "\u202f")

    def _read(self, curve: _Curve, x: float) -> Reading | None:
        found = curve.plotted(x) if curve.series.visible else None
        if found is None or curve.series.colour is None:
            return None
        value = percent(found[1]) if self._percent else decimal(found[1])
        height = _log10(found[1]) if self._log else found[1]
        finite = math.isfinite(height)
        point = self.view.pixel(found[0], height) if finite else QPointF(-1, -1)
        return Reading(curve.series.name, value, theme().series_colour(curve.series.colour), point)

    def _open_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Show everything", self.fit)
        log = menu.addAction("Logarithmic scale", lambda: self.set_log(not self._log))
        log.setCheckable(True)
        log.setChecked(self._log)
        menu.addSeparator()
        self.saver.fill(menu)
        menu.popup(at)

    def _restyle(self) -> None:
        self.view.restyle()
        for curve in (*self._curves.values(), *self._overlays.values()):
            self._style(curve)
            colour = curve.series.colour
            shown = theme().colour("muted") if colour is None else theme().series_colour(colour)
            self.header.restyle_chip(curve.series.name, shown, dashed=curve.series.dashed)
        _style_marker(self._best)
        self.overlay.update()


def _style_marker(marker: pg.InfiniteLine) -> None:
    pen = pg.mkPen(theme().colour("success"), width=1)
    pen.setDashPattern([2, 3])
    marker.setPen(pen)
    marker.label.setColor(theme().colour("success"))
    marker.label.textItem.setFont(theme().font("small"))


def _log(values: Floats) -> Floats:
    return np.log10(values, out=np.full(len(values), np.nan), where=values > 0)


def _log10(value: float) -> float:
    return math.log10(value) if value > 0 else math.nan
