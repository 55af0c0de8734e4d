"""A view that zooms about the cursor and is moved by hand."""

from __future__ import annotations

import numpy as np
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from gui.theme import theme

__all__ = ["ZoomView"]

_LEAST, _MOST = 0.08, 3.0
_DOTS = 24
_MARGIN = 48
_READABLE = 0.9


class ZoomView(QGraphicsView):
    """Looking at a scene: wheel zoom, Shift and wheel to go sideways, fit, a grid of dots.

    ``zoom_changed`` carries the scale, 1 for 100 %.
    """

    zoom_changed = Signal(float)

    def __init__(self, scene: QGraphicsScene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self._empty = ""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        self.setTransformationAnchor(self.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(self.ViewportAnchor.NoAnchor)
        self.setViewportUpdateMode(self.ViewportUpdateMode.BoundingRectViewportUpdate)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        theme().follow(self._restyle)
        self._restyle()

    @property
    def zoom(self) -> float:
        """The scale, 1 for 100 %."""
        return self.transform().m11()

    def set_zoom(self, scale: float, about: QPoint | None = None) -> None:
        """Zooms about a point of the viewport, by default its middle."""
        scale = min(max(scale, _LEAST), _MOST)
        point = about if about is not None else self.viewport().rect().center()
        before = self.mapToScene(point)
        self.setTransform(self.transform().fromScale(scale, scale))
        self.grow_scene()
        self.scroll_by(point - self.mapFromScene(before))
        self.zoom_changed.emit(scale)

    def fit(self) -> None:
        """Shows the whole graph, at 100 % at most."""
        area = self.content()
        if area.isEmpty():
            self.set_zoom(1.0)
            self.centerOn(0, 0)
            return
        self.fit_area(area)

    def fit_area(self, area: QRectF) -> None:
        """Shows a part of the scene with some ground around it, at 100 % at most."""
        area = area.adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
        room = self.viewport().size()
        self.set_zoom(min(room.width() / area.width(), room.height() / area.height(), 1.0))
        self.centerOn(area.center())

    def show_start(self) -> None:
        """Shows the graph large enough to read, from its top where it does not fit."""
        self.fit()
        if self.zoom < _READABLE:
            self.set_zoom(_READABLE)
            area = self.content()
            seen = self.mapToScene(self.viewport().rect()).boundingRect()
            top = area.top() - _MARGIN / 2 + seen.height() / 2
            self.centerOn(area.center().x(), min(top, area.center().y()))

    def content(self) -> QRectF:
        """What there is to look at; a subclass may know it without asking every item."""
        return self.scene().itemsBoundingRect()

    def is_empty(self) -> bool:
        """Whether there is nothing to look at; a subclass may know it without listing all items."""
        return not self.scene().items()

    def middle(self) -> QPointF:
        """The middle of what is in sight, in scene pixels."""
        return self.mapToScene(self.viewport().rect().center())

    def scroll_by(self, pixels: QPoint) -> None:
        """Moves the drawing by pixels of the viewport."""
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() - pixels.x())
        down.setValue(down.value() - pixels.y())

    def set_empty_text(self, text: str) -> None:
        """What the canvas says while there is no node."""
        self._empty = text
        self.viewport().update()

    def grow_scene(self) -> None:
        """Leaves a screenful of ground around the graph, so that it can be moved freely."""
        room = self.viewport().size()
        wide, tall = room.width() / self.zoom, room.height() / self.zoom
        area = self.content()
        self.setSceneRect(area.adjusted(-wide, -tall, wide, tall))

    def reveal(self, area: QRectF) -> None:
        """Moves just as far as is needed to see ``area``."""
        seen = self.mapToScene(self.viewport().rect()).boundingRect()
        if not seen.contains(area):
            self.ensureVisible(area, _MARGIN, _MARGIN)

    def _restyle(self) -> None:
        self.setBackgroundBrush(theme().colour("window"))
        self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            turned = event.angleDelta().y() or event.angleDelta().x()
            self.scroll_by(QPoint(turned // 2, 0))
        else:
            turned = event.angleDelta().y() or event.pixelDelta().y() * 4
            self.set_zoom(self.zoom * 1.0015**turned, event.position().toPoint())
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.grow_scene()

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        super().drawBackground(painter, rect)
        if self.zoom < 0.5:
            return
        area = QRectF(rect)
        across = np.arange(area.left() // _DOTS * _DOTS, area.right() + 1, _DOTS)
        down = np.arange(area.top() // _DOTS * _DOTS, area.bottom() + 1, _DOTS)
        xs, ys = np.meshgrid(across, down)
        pen = QPen(theme().colour("border"), 2)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawPoints(arrayToQPolygonF(xs.ravel(), ys.ravel()))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._empty and self.is_empty():
            painter = QPainter(self.viewport())
            painter.setFont(theme().font("body"))
            painter.setPen(theme().colour("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect().adjusted(40, 40, -40, -40), flags, self._empty)
