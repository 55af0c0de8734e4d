"""An image with the receptive field of one output drawn over it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from engine.graph.facts import NodeFacts
from engine.graph.field import Field, field_at, middle, place_under
from gui.theme import theme
from gui.theme.tokens import SPACE

__all__ = ["FieldView"]

_SIDE = 30 * SPACE
_VEIL = QColor.fromRgbF(0.0, 0.0, 0.0, 0.5)
_STEPS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}


class FieldView(QWidget):
    """Draws what an output of a node sees: the middle one, or that under the mouse.

    Arrow keys go from output to output. What lies outside is darkened. ``moved()`` says that
    :attr:`place` is another output.
    """

    moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.image: QImage | None = None
        self.facts: NodeFacts | None = None
        self._sides = (0, 0)
        self.text = ""
        self.place = (0, 0)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Receptive field on an image")
        self.setToolTip("Point at a place of the image to see what the output there sees.")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_image(self, image: QImage | None, text: str = "") -> None:
        """Shows an image, or the text in its place."""
        self.image, self.text = image, text
        self.update()

    def show_facts(self, facts: NodeFacts | None, height: int, width: int) -> None:
        """Shows the field of another node, in the middle of an image of that size."""
        if facts != self.facts or (height, width) != self._sides:
            self.facts, self._sides = facts, (height, width)
            self._to_middle()
            self.update()

    def _to_middle(self) -> None:
        self._go(middle(self.facts, *self._sides) if self.facts is not None else (0, 0))

    @property
    def field(self) -> Field | None:
        """What the output at :attr:`place` sees; ``None`` for everything or while unknown."""
        return field_at(self.facts, self.place) if self.facts is not None else None

    @override
    def sizeHint(self) -> QSize:
        return QSize(_SIDE, _SIDE)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(event.position())

    @override
    def enterEvent(self, event: QEnterEvent) -> None:
        self._point_at(event.position())

    @override
    def leaveEvent(self, event: object) -> None:
        self._to_middle()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        shape = self.facts.shape if self.facts is not None else None
        if step is None or shape is None or len(shape) != 3:
            super().keyPressEvent(event)
            return
        self._go(
            (
                min(max(self.place[0] + step[0], 0), shape[1] - 1),
                min(max(self.place[1] + step[1], 0), shape[2] - 1),
            )
        )

    def _point_at(self, point: QPointF) -> None:
        if self.image is None or self.facts is None:
            return
        at, scale = self._frame()
        where = (point - at.topLeft()) / scale
        self._go(place_under(self.facts, where.y(), where.x()))

    def _go(self, place: tuple[int, int]) -> None:
        if place != self.place:
            self.place = place
            self.update()
        self.moved.emit()

    def _frame(self) -> tuple[QRectF, float]:
        """Where the image lies, and how many points of the screen a pixel is wide."""
        assert self.image is not None
        width, height = self.image.width(), self.image.height()
        scale = min(self.width() / width, self.height() / height)
        size = QRectF(0, 0, width * scale, height * scale)
        size.moveCenter(QRectF(self.rect()).center())
        return size, scale

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme()
        painter = QPainter(self)
        if self.image is None:
            painter.fillRect(self.rect(), look.colour("sunken"))
            painter.setPen(look.colour("muted"))
            inside = self.rect().adjusted(SPACE, SPACE, -SPACE, -SPACE)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(inside, int(flags), self.text)
        else:
            at, scale = self._frame()
            smooth = scale * self.devicePixelRatioF() < 1
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            painter.drawImage(at, self.image)
            self._paint_field(painter, at, scale)
        if self.hasFocus():
            painter.setPen(QPen(look.colour("link"), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _paint_field(self, painter: QPainter, at: QRectF, scale: float) -> None:
        field = self.field
        if field is None:
            return
        seen = QRectF(
            at.left() + field.left * scale,
            at.top() + field.top * scale,
            field.width * scale,
            field.height * scale,
        )
        painter.setClipRect(at)
        inside = seen.intersected(at)
        for part in _around(at, inside):
            painter.fillRect(part, _VEIL)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        edge = inside.adjusted(1, 1, -1, -1) if min(inside.width(), inside.height()) > 6 else inside
        for colour, width in ((QColor("black"), 4.0), (QColor("white"), 2.0)):
            painter.setPen(QPen(colour, width))
            painter.drawRect(edge)
        painter.setClipping(False)


def _around(whole: QRectF, hole: QRectF) -> list[QRectF]:
    """The four bands of ``whole`` around ``hole``."""
    top, bottom = hole.top() - whole.top(), whole.bottom() - hole.bottom()
    left, right = hole.left() - whole.left(), whole.right() - hole.right()
    return [
        QRectF(whole.left(), whole.top(), whole.width(), top),
        QRectF(whole.left(), hole.bottom(), whole.width(), bottom),
        QRectF(whole.left(), hole.top(), left, hole.height()),
        QRectF(hole.right(), hole.top(), right, hole.height()),
    ]
