"""Curves over steps or epochs, live or replayed: the plot of the Train page."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QMenu, QVBoxLayout, QWidget

from gui.numbers import decimal, percent
from gui.plots.caption import Caption, Entry
from gui.plots.curve import Curve, log10
from gui.plots.header import PlotHeader
from gui.plots.marker import BestMarker
from gui.plots.overlay import Overlay, Reading
from gui.plots.saving import Saver, csv_text
from gui.plots.series import DASHES, Floats, Series
from gui.plots.view import Bounds, PlotView
from gui.theme import theme

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["CurvePlot"]


class CurvePlot(QFrame):
    """Named curves that points are appended to, drawn once per :meth:`flush`.

    Add the curves with :meth:`add_series`, feed them with :meth:`append`, and call :meth:`flush`
    when everything that arrived is in: it costs one redraw however many points came, and none
    while the plot is hidden. Earlier runs lie behind as thin lines (:meth:`show_overlay`). The
    wheel zooms about the cursor, a drag zooms to a box, Shift or the middle button pans, a double
    click shows everything again. ``rises`` tells of curves that usually grow, so that words keep to
    the foot.

    Signals:
        cursor_moved(float or None): the position under the cursor, for :func:`gui.plots.link`.
        x_zoomed(tuple): the positions from and to which somebody zoomed; fitted(): no longer.
        smoothing_changed(float), log_changed(bool): what was switched.
        failed(FoveaError): a file could not be written.
    """

    cursor_moved = Signal(object)
    x_zoomed = Signal(object)
    fitted = Signal()
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
        rises: bool = False,
        empty: str = "The curve appears with the first step.",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self.title = title
        self._x_label = x_label
        self._percent = percent
        self._empty = empty
        self._curves: dict[str, Curve] = {}
        self._overlays: dict[str, Curve] = {}
        self._stale = True
        self._awaited: tuple[float, float] | None = None
        self._log = False
        self._weight = 0.0
        self.view = PlotView(x_label, y_label, percent=percent)
        self.view.bottom.measure(x_label, whole=True)
        self.overlay = Overlay(self.view.viewport())
        self.header = PlotHeader(title)
        self._best = BestMarker(low=rises)
        self._mark: tuple[float | None, str] = (None, "")
        self.view.add(self._best)
        self.saver = Saver(self.view, title, self.csv, self.failed.emit, self.caption)
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
        self.view.zoomed_by_hand.connect(lambda: self.x_zoomed.emit(self.x_range))
        self.view.fit_wished.connect(self.fit)
        self.view.menu_wished.connect(self._open_menu)
        self.header.fit_wished.connect(self.fit)
        self.header.log_toggled.connect(self.set_log)
        self.header.smoothing_moved.connect(self.set_smoothing)
        self.header.menu_wished.connect(self._open_menu)
        self.header.series_toggled.connect(self._on_toggle)
        theme().follow(self._restyle)

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
        series = Series(name, index, DASHES if dashed else (), smoothed)
        self._curves[name] = curve = self._make(series, front=True)
        self.header.add_chip(name, curve.colour, series.pattern)

    def append(self, name: str, xs: ArrayLike, ys: ArrayLike) -> None:
        """Adds points to a curve (made with defaults when it is new); shown at the next flush."""
        if name not in self._curves:
            self.add_series(name)
        self._curves[name].series.append(xs, ys)

    def flush(self) -> None:
        """Draws everything that was appended, in one redraw; a hidden plot waits to be shown."""
        self._stale = True
        if self.isVisible():
            self._redraw()

    def showEvent(self, event: QShowEvent) -> None:
        """Draws what came while the plot was hidden, at the positions that others show."""
        super().showEvent(event)
        if self._stale:
            self._redraw()
        if self._awaited is not None:
            self._zoom(self._awaited)

    def _redraw(self) -> None:
        self._stale = False
        self._best.mark(*self._mark)
        self.view.follow(self._draw())
        empty = self.is_empty
        self.view.set_scales_shown(not empty)
        self.overlay.show_empty(self._empty if empty else "")

    @property
    def is_empty(self) -> bool:
        """Whether no curve has a point, earlier runs included."""
        return not any(len(curve.series) for curve in self._all())

    def _all(self) -> tuple[Curve, ...]:
        return (*self._curves.values(), *self._overlays.values())

    def clear(self) -> None:
        """Empties every curve and takes the best mark away; curves and earlier runs stay."""
        for curve in self._curves.values():
            curve.series.clear()
        self.mark_best(None)
        self._awaited = None
        self.view.zoomed = False
        self.flush()

    def set_empty_text(self, text: str) -> None:
        """What the plot says while it has no points."""
        self._empty = text
        self.flush()

    def show_overlay(
        self,
        name: str,
        xs: ArrayLike,
        ys: ArrayLike,
        *,
        colour: int | None = None,
        pattern: tuple[float, ...] = (),
        smoothed: bool = False,
        chip: bool = True,
    ) -> None:
        """Lays an earlier run's curve behind, thin, muted without ``colour``; a name once.

        ``chip`` says whether the plot's own legend names it.
        """
        self.remove_overlay(name)
        curve = self._make(Series(name, colour, pattern, smoothed), front=False)
        curve.series.append(xs, ys)
        self._overlays[name] = curve
        if chip:
            self.header.add_chip(name, curve.colour, pattern, minor=True)
        self.flush()

    def set_overlay_visible(self, name: str, visible: bool) -> None:
        """Hides an earlier run or shows it again; nothing happens when it is not there."""
        if name in self._overlays:
            self._on_toggle(name, visible)

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
        self._mark = (x, text)
        if self.isVisible():
            self._best.mark(x, text)
        else:
            self._stale = True

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
        for curve in self._all():
            curve.smooth(weight)
        self.header.set_smoothing(weight)
        self.flush()
        self.smoothing_changed.emit(weight)

    def fit(self) -> None:
        """Shows every visible curve in full and follows new points again."""
        self.show_all()
        self.fitted.emit()

    def show_all(self) -> None:
        """As :meth:`fit`, without telling."""
        self._awaited = None
        self.view.fit(self._draw())

    @property
    def x_range(self) -> tuple[float, float]:
        """The positions that are shown, from and to; of a hidden plot, that will be shown."""
        if self._awaited is not None:
            return self._awaited
        left, right = self.view.box.viewRange()[0]
        return float(left), float(right)

    def show_x(self, between: tuple[float, float]) -> None:
        """Shows the curves between two positions, as high as they are there; tells nobody.

        A hidden plot does so when it is shown.
        """
        self._awaited = between
        if self.isVisible():
            self._zoom(between)

    def _zoom(self, between: tuple[float, float]) -> None:
        self._awaited = None
        total: Bounds | None = None
        for curve in self._all():
            bounds = curve.between(*between, log=self._log)
            total = bounds.union(total) if bounds is not None else total
        low, high = self.view.box.viewRange()[1]
        self.view.show_range(total or Bounds(*between, low, high))

    def caption(self) -> Caption:
        """Title and legend, for a picture of the plot."""
        shown = [curve for curve in self._all() if curve.series.visible and len(curve.series)]
        entries = [Entry(c.series.name, c.colour, c.series.pattern) for c in shown]
        return Caption(self.title, tuple(entries))

    def csv(self) -> str:
        """Every curve as CSV in full precision: ``series``, position, value."""
        rows = (
            (curve.series.name, x, y)
            for curve in self._all()
            for x, y in zip(curve.series.x.tolist(), curve.series.y.tolist(), strict=True)
        )
        return csv_text(("series", self._x_label.lower(), "value"), rows)

    def save(self, path: Path) -> None:
        """Writes PNG, SVG or CSV by the file's suffix; raises FoveaError when it cannot."""
        self._redraw()
        self.saver.save(path)

    def points(self, name: str) -> tuple[Floats, Floats]:
        """The positions and values of a curve or of an earlier run, as appended."""
        series = (self._curves.get(name) or self._overlays[name]).series
        return series.x, series.y

    def _make(self, series: Series, *, front: bool) -> Curve:
        curve = Curve(series, front=front)
        curve.smooth(self._weight)
        self.view.add(curve.item)
        return curve

    def _draw(self) -> Bounds | None:
        total: Bounds | None = None
        for curve in self._all():
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
        x: float | None = None
        if position is not None and self._curves:
            x = self.view.box.mapSceneToView(self.view.mapToScene(position.toPoint())).x()
        self.show_cursor(x)
        self.cursor_moved.emit(x)

    def show_cursor(self, x: float | None) -> None:
        """Reads every curve at position ``x``; ``None`` takes the crosshair away."""
        if not self.isVisible():
            x = None
        area = self.view.area()
        readings = [] if x is None else [r for c in self._all() if (r := self._read(c, x))]
        if x is None or not readings:
            self.overlay.show_reading(area, None)
            return
        across = self.view.pixel(x, 0.0).x()
        inside = area.left() <= across <= area.right()
        self.overlay.show_reading(area, across if inside else None, self._head(x), readings)

    def _head(self, x: float) -> str:
        """The first line of the readout: the position in words."""
        return f"{self._x_label} {max(x, 0):,.0f}".replace(",", "\u202f")

    def _read(self, curve: Curve, x: float) -> Reading | None:
        found = curve.plotted(x) if curve.series.visible else None
        if found is None or curve.series.colour is None:
            return None
        value = percent(found[1]) if self._percent else decimal(found[1])
        height = log10(found[1]) if self._log else found[1]
        finite = math.isfinite(height)
        point = self.view.pixel(found[0], height) if finite else QPointF(-1, -1)
        return Reading(curve.series.name, value, curve.colour, point)

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
        for curve in self._all():
            curve.restyle()
            self.header.restyle_chip(curve.series.name, curve.colour, curve.series.pattern)
        self._best.restyle()
        self.overlay.update()
