"""The axes of a curve plot and the hands on them: zoom, pan, reset, hover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QGraphicsGridLayout, QGraphicsItem, QToolTip
from typing_extensions import override

from gui.plots.axis import Axis
from gui.theme import theme

__all__ = ["Bounds", "PlotView"]

_HEADROOM = 1.08
_SHRINK = 0.6
_OF_THE_WINDOW = frozenset(
    {
        QEvent.Type.Show,
        QEvent.Type.Hide,
        QEvent.Type.WindowActivate,
        QEvent.Type.WindowDeactivate,
    }
)


@dataclass(frozen=True)
class Bounds:
    """The smallest rectangle around plotted values."""

    left: float
    right: float
    low: float
    high: float

    def union(self, other: Bounds | None) -> Bounds:
        """The smallest rectangle around both."""
        if other is None:
            return self
        return Bounds(
            min(self.left, other.left),
            max(self.right, other.right),
            min(self.low, other.low),
            max(self.high, other.high),
        )


class _Hands(pg.ViewBox):
    """Left drag zooms to a box, middle or Shift drag pans, the wheel zooms about the cursor."""

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:
        if ev.button() == Qt.MouseButton.RightButton:
            ev.ignore()
            return
        shift = bool(ev.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        box = ev.button() == Qt.MouseButton.LeftButton and not shift
        self.state["mouseMode"] = self.RectMode if box else self.PanMode
        if ev.isFinish() and box and axis is None:
            travel = ev.pos() - ev.buttonDownPos()
            if min(abs(travel.x()), abs(travel.y())) < 6:
                self.rbScaleBox.hide()
                return
        super().mouseDragEvent(ev, axis)
        if ev.isFinish() or not box:
            self.sigRangeChangedManually.emit([True, True])

    @override
    def updateViewRange(self, *args: Any, **kwargs: Any) -> None:
        """Moves the curves at once: pyqtgraph does so amid a paint, which asks for another one."""
        super().updateViewRange(*args, **kwargs)
        self.updateMatrix()

    def keyPressEvent(self, ev: QKeyEvent) -> None:
        ev.ignore()


class PlotView(pg.GraphicsView):
    """A view box with two axes, fitted only when values leave it.

    It does without pyqtgraph's PlotItem, whose menus and automatic ranges cost more than the
    curves. While nobody has zoomed, :meth:`follow` keeps the values in view with some headroom,
    so that the axes are laid out anew a few times rather than at every point.
    """

    hovered = Signal(object)
    menu_wished = Signal(QPoint)
    fit_wished = Signal()
    zoomed_by_hand = Signal()

    def __init__(self, x_label: str, y_label: str, *, percent: bool) -> None:
        self.bottom = Axis("bottom", x_label)
        self.left = Axis("left", y_label, percent=percent)
        super().__init__()
        self.box = _Hands(enableMenu=False, defaultPadding=0)
        self.box.disableAutoRange()
        self._lay_out()
        self.zoomed = False
        self._scales = True
        self._bounds: Bounds | None = None
        self.box.sigRangeChangedManually.connect(self._on_zoomed)
        self.box.rbScaleBox.setPen(pg.mkPen(theme().colour("link")))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(self.Shape.NoFrame)
        self.restyle()

    def _lay_out(self) -> None:
        central = pg.GraphicsWidget()
        self.setCentralItem(central)
        grid = QGraphicsGridLayout(central)
        grid.setContentsMargins(6, 6, 10, 4)
        grid.setSpacing(0)
        grid.addItem(self.left, 0, 0)
        grid.addItem(self.box, 0, 1)
        grid.addItem(self.bottom, 1, 1)
        grid.setRowStretchFactor(0, 1)
        grid.setColumnStretchFactor(1, 1)
        for axis in (self.left, self.bottom):
            axis.linkToView(self.box)
            axis.setZValue(self.box.zValue() - 1)  # the grid lies behind the curves
        self.left.setGrid(140)

    def add(self, item: QGraphicsItem) -> None:
        """Puts an item on the plot, in units of the data."""
        self.box.addItem(item, ignoreBounds=True)

    def remove(self, item: QGraphicsItem) -> None:
        """Takes an item off the plot."""
        self.box.removeItem(item)

    def restyle(self) -> None:
        """Takes the theme's colours."""
        self.setBackground(theme().colour("surface"))
        self.bottom.restyle()
        self.left.restyle()
        tint = theme().colour("accent")
        tint.setAlpha(40)
        self.box.rbScaleBox.setBrush(pg.mkBrush(tint))

    def set_scales_shown(self, shown: bool) -> None:
        """Shows or hides the numbers and the grid; an empty plot has none."""
        if shown != self._scales:
            self._scales = shown
            self.bottom.setStyle(showValues=shown)
            self.left.setStyle(showValues=shown)
            self.left.setGrid(140 if shown else False)

    def area(self) -> QRectF:
        """The rectangle that the curves are drawn in, in pixels of the viewport."""
        return QRectF(self.mapFromScene(self.box.sceneBoundingRect()).boundingRect())

    def pixel(self, x: float, y: float) -> QPointF:
        """Where a plotted value lies, in pixels of the viewport."""
        return QPointF(self.mapFromScene(self.box.mapViewToScene(QPointF(x, y))))

    def cut_name(self, place: QPoint) -> str:
        """The whole of a name of an axis that is cut, at a pixel of the viewport; else empty."""
        at = self.mapToScene(place)
        names = (axis.name_at(axis.mapFromScene(at)) for axis in (self.left, self.bottom))
        return next(filter(None, names), "")

    def follow(self, bounds: Bounds | None, *, exactly: bool = False) -> None:
        """Keeps ``bounds`` in view unless somebody has zoomed; ``exactly`` fits tightly again."""
        if bounds is None or self.zoomed:
            return
        have = self._bounds
        if exactly or have is None or self._unfit(have, bounds):
            room = 1.0 if exactly else _HEADROOM
            right = bounds.left + (bounds.right - bounds.left) * room
            if have is not None and not exactly and bounds.right <= have.right:
                right = have.right
            self._bounds = Bounds(bounds.left, right, bounds.low, bounds.high)
            self._show(self._bounds)

    def fit(self, bounds: Bounds | None) -> None:
        """Shows everything and follows again."""
        self.zoomed = False
        self.follow(bounds, exactly=True)

    def _unfit(self, have: Bounds, new: Bounds) -> bool:
        inside = (
            have.left <= new.left
            and new.right <= have.right
            and have.low <= new.low
            and new.high <= have.high
        )
        wide = (new.right - new.left) >= _SHRINK * (have.right - have.left)
        tall = (new.high - new.low) >= _SHRINK * (have.high - have.low)
        return not (inside and wide and tall)

    def _show(self, bounds: Bounds) -> None:
        width = bounds.right - bounds.left or max(abs(bounds.right), 1.0)
        height = bounds.high - bounds.low or max(abs(bounds.high) * 0.1, 1e-6)
        pad = 0.06 * height
        self.box.setRange(
            xRange=(bounds.left - 0.01 * width, bounds.left + 1.01 * width),
            yRange=(bounds.low - pad, bounds.low + height + pad),
            padding=0,
            disableAutoRange=True,
        )

    def show_range(self, bounds: Bounds) -> None:
        """Shows just these bounds, and no longer follows: somebody chose them elsewhere."""
        self.zoomed = True
        height = bounds.high - bounds.low or max(abs(bounds.high) * 0.1, 1e-6)
        pad = 0.06 * height
        self.box.setRange(
            xRange=(bounds.left, bounds.right),
            yRange=(bounds.low - pad, bounds.low + height + pad),
            padding=0,
            disableAutoRange=True,
        )

    def _on_zoomed(self, *_: object) -> None:
        self.zoomed = True
        self.zoomed_by_hand.emit()

    @override
    def viewportEvent(self, event: QEvent) -> bool:
        """Keeps from the items that the window is active or shown: each would be painted again.

        Over a name that is cut, the tooltip has it all.
        """
        if event.type() == QEvent.Type.ToolTip:
            asked = cast("QHelpEvent", event)
            QToolTip.showText(asked.globalPos(), self.cut_name(asked.pos()), self.viewport())
            return True
        return event.type() not in _OF_THE_WINDOW and super().viewportEvent(event)

    @override
    def mouseMoveEvent(self, ev: QMouseEvent) -> None:
        super().mouseMoveEvent(ev)
        inside = self.area().contains(ev.position())
        self.hovered.emit(ev.position() if inside and not ev.buttons() else None)

    @override
    def leaveEvent(self, ev: QEvent) -> None:
        super().leaveEvent(ev)
        self.hovered.emit(None)

    @override
    def mouseDoubleClickEvent(self, ev: QMouseEvent) -> None:
        self.fit_wished.emit()
        ev.accept()

    @override
    def contextMenuEvent(self, ev: QContextMenuEvent) -> None:
        self.menu_wished.emit(ev.globalPos())
        ev.accept()

    def keyPressEvent(self, ev: QKeyEvent) -> None:
        """``+`` and ``-`` zoom, arrows pan, Home shows everything."""
        box = self.box
        (left, right), (low, high) = box.viewRange()
        keys = Qt.Key
        zooms = {keys.Key_Plus: 0.8, keys.Key_Equal: 0.8, keys.Key_Minus: 1.25}
        pans = {keys.Key_Left: (-1, 0), keys.Key_Right: (1, 0), keys.Key_Up: (0, 1)}
        pans[keys.Key_Down] = (0, -1)
        key = keys(ev.key())
        if key == keys.Key_Home:
            self.fit_wished.emit()
        elif key in zooms:
            box.scaleBy((zooms[key], 1.0))
            self._on_zoomed()
        elif key in pans:
            across, up = pans[key]
            box.translateBy(x=across * 0.1 * (right - left), y=up * 0.1 * (high - low))
            self._on_zoomed()
        else:
            ev.ignore()
