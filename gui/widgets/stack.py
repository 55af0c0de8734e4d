"""One of several widgets in the same place, changed with little work."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Signal
from PySide6.QtGui import QMoveEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget

from gui.widgets.covers import Covers, on_screen

__all__ = ["Stack"]


class Stack(QWidget):
    """Shows one of its widgets at a time, and gives it all the room: the first until another is.

    Qt's own stacked widget walks through all widgets of all its pages twice at each change, and
    then paints the new one in pieces, some of them several times. This one paints each part once,
    in a few turns of the event loop (:mod:`gui.widgets.covers`).

    Signals:
        resized(): there is other room for all of them; those that are hidden have not got it yet.
    """

    resized = Signal()

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self._widgets: list[QWidget] = []
        self._current: QWidget | None = None
        self._covers = Covers(self)
        self._painted = False
        for widget in widgets:
            self.add(widget)

    def add(self, widget: QWidget) -> None:
        """Takes one more widget, hidden unless it is the first."""
        widget.hide()
        widget.setParent(self)
        self._widgets.append(widget)
        if self._current is None:
            self._current = widget
            widget.setGeometry(self.rect())
            widget.show()
        self.updateGeometry()

    @property
    def current(self) -> QWidget | None:
        """The widget that is shown."""
        return self._current

    @property
    def changing(self) -> bool:
        """Whether a part of it is not on the screen yet."""
        return self._covers.any_shut

    def show_only(self, widget: QWidget) -> None:
        """Shows one of the widgets in place of the one before; the keyboard goes along."""
        before, self._current = self._current, widget
        if widget is before:
            return
        focus = QApplication.focusWidget()
        had_focus = focus is not None and before is not None and _holds(before, focus)
        if focus is not None and had_focus:
            focus.clearFocus()  # or Qt asks every widget of the window whether it is the next
        widget.setGeometry(self.rect())
        if before is not None:
            before.hide()
        self._show(widget)
        if self._painted:
            self._covers.shut(widget)
        if had_focus:
            (widget.focusWidget() or widget).setFocus()

    def _show(self, widget: QWidget) -> None:
        """Shows it for one paint: every widget in it would ask for one of its own.

        The first graphics view among them would paint right away what has asked so far, and the
        next one all of it again.
        """
        QCoreApplication.sendPostedEvents(None, QEvent.Type.UpdateLater)  # what others ask for
        widget.show()
        # Qt takes no receiver for all of them; its Python types do not say so.
        QCoreApplication.removePostedEvents(None, QEvent.Type.UpdateLater)  # type: ignore[arg-type]
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the largest of the widgets."""
        return self._largest([widget.sizeHint() for widget in self._widgets])

    def minimumSizeHint(self) -> QSize:
        """What the neediest of the widgets can do with."""
        least = [
            widget.minimumSizeHint().expandedTo(widget.minimumSize()) for widget in self._widgets
        ]
        return self._largest(least)

    def _largest(self, sizes: list[QSize]) -> QSize:
        whole = QSize(0, 0)
        for size in sizes:
            whole = whole.expandedTo(size)
        return whole

    def event(self, event: QEvent) -> bool:
        """Tells the layout around it when one of the widgets needs other room."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Gives the shown widget all the room."""
        super().resizeEvent(event)
        self._forget_screen()
        if self._current is not None:
            self._current.setGeometry(self.rect())
        self.resized.emit()

    def moveEvent(self, event: QMoveEvent) -> None:
        """What is on the screen belongs elsewhere."""
        super().moveEvent(event)
        self._forget_screen()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Notes that there is something on the screen to keep while a page changes."""
        super().paintEvent(event)
        self._painted = self._painted or on_screen(self)

    def _forget_screen(self) -> None:
        self._painted = False
        self._covers.open()


def _holds(widget: QWidget, other: QWidget) -> bool:
    return widget is other or widget.isAncestorOf(other)
