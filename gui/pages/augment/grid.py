"""The live grid: the original, then what training will see of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import theme

__all__ = ["VariantGrid"]

_GAP = 8
_LABEL = 20


class VariantGrid(QWidget):
    """Pictures in as large a grid as fits; the first is the original, framed and named.

    While Space or the mouse button is held, every place shows the original, to compare.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: Sequence[QImage] = ()
        self._names: Sequence[str] = ()
        self._text = ""
        self.comparing = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Preview of augmented images")
        self.setToolTip("Hold Space or the mouse button to see the original in every place.")
        theme().changed.connect(self.update)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 200)

    def show_images(self, images: Sequence[QImage], names: Sequence[str]) -> None:
        """Shows pictures with a name each; the first is the original."""
        self._images, self._names, self._text = images, names, ""
        self.update()

    def show_text(self, text: str) -> None:
        """Shows words instead of pictures."""
        self._images, self._text = (), text
        self.update()

    @property
    def images(self) -> Sequence[QImage]:
        """What is shown, the original first."""
        return self._images

    def cells(self) -> list[QRectF]:
        """Where each picture is drawn, in the widget's coordinates."""
        count = len(self._images)
        if not count:
            return []
        side, across = max(
            ((self._side(columns, count), columns) for columns in range(1, count + 1)),
            key=lambda pair: (pair[0], -pair[1]),
        )
        left = (self.width() - across * side - (across - 1) * _GAP) / 2
        step = side + _GAP
        return [
            QRectF(left + i % across * step, i // across * (step + _LABEL), side, side)
            for i in range(count)
        ]

    def _side(self, columns: int, count: int) -> float:
        rows = -(-count // columns)
        wide = (self.width() - (columns - 1) * _GAP) / columns
        high = (self.height() - (rows - 1) * _GAP) / rows - _LABEL
        return max(8.0, min(wide, high))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._images:
            painter.setPen(theme().colour("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(24, 24, -24, -24), flags, self._text)
            return
        painter.setFont(theme().font("small"))
        for place, cell in enumerate(self.cells()):
            image = self._images[0 if self.comparing else place]
            shrinks = image.width() > cell.width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrinks)
            painter.drawImage(cell, image)
            if place == 0:
                painter.setPen(QPen(theme().colour("link"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(cell)
            painter.setPen(theme().colour("text" if place == 0 else "muted"))
            name = "Original" if self.comparing else self._names[place]
            under = QRectF(cell.left(), cell.bottom() + 2, cell.width(), _LABEL - 2)
            painter.drawText(under, Qt.AlignmentFlag.AlignLeft, name)
        if self.hasFocus():
            painter.setPen(QPen(theme().colour("link"), 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _compare(self, on: bool) -> None:
        if on != self.comparing:
            self.comparing = on
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._compare(True)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._compare(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self._compare(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._compare(False)
        else:
            super().keyReleaseEvent(event)
