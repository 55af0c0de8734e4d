"""Real mouse events for tests: presses, drags with intermediate moves, wheel."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

__all__ = ["drag", "move", "press", "release", "wheel"]

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def _send(widget: QWidget, kind: QEvent.Type, at, button, buttons, modifiers) -> None:
    point = QPointF(at)
    everywhere = QPointF(widget.mapToGlobal(QPoint(round(point.x()), round(point.y()))))
    event = QMouseEvent(kind, point, everywhere, button, buttons, modifiers)
    QApplication.sendEvent(widget, event)
    QApplication.processEvents()


def press(widget: QWidget, at, button=LEFT, modifiers=NONE) -> None:
    """Presses a button at a point of the widget."""
    _send(widget, QEvent.Type.MouseButtonPress, at, button, button, modifiers)


def move(widget: QWidget, at, buttons=Qt.MouseButton.NoButton, modifiers=NONE) -> None:
    """Moves the mouse to a point of the widget, with ``buttons`` held."""
    _send(widget, QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton, buttons, modifiers)


def release(widget: QWidget, at, button=LEFT, modifiers=NONE) -> None:
    """Releases a button at a point of the widget."""
    _send(widget, QEvent.Type.MouseButtonRelease, at, button, Qt.MouseButton.NoButton, modifiers)


def drag(widget: QWidget, points: Sequence, button=LEFT, modifiers=NONE, steps: int = 4) -> None:
    """Presses at the first point, moves along the others in small steps, releases at the last."""
    press(widget, points[0], button, modifiers)
    for start, end in pairwise(points):
        for step in range(1, steps + 1):
            part = QPointF(start) + (QPointF(end) - QPointF(start)) * step / steps
            move(widget, part, button, modifiers)
    release(widget, points[-1], button, modifiers)


def wheel(widget: QWidget, at, notches: int, modifiers=NONE) -> None:
    """Turns the wheel by notches, away from the hand for positive numbers."""
    point = QPointF(at)
    everywhere = QPointF(widget.mapToGlobal(point.toPoint()))
    event = QWheelEvent(
        point,
        everywhere,
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    QApplication.processEvents()
