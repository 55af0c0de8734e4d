"""Who is still in the old theme: what is seen changes first, the rest when there is time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from weakref import WeakKeyDictionary, WeakMethod

import shiboken6
from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QWidget

from gui.theme import icons

__all__ = ["Restyling"]

_SLICE_SECONDS = 0.006


class Restyling(QObject):
    """Brings a new theme to every widget and never holds the window for long.

    Hidden widgets, most of a window with many pages, change a few at a time while the event loop
    is idle; what is shown before its turn changes before it is painted: a page of an open window in
    a few turns of the loop, in which the window stays as it was, a menu or a dialog at once.
    Emits :attr:`seen` when whatever could be seen at the start has changed.
    """

    seen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._followers: WeakKeyDictionary[QObject, list[WeakMethod]] = WeakKeyDictionary()
        self._first: dict[QObject, None] = {}
        self._later: dict[QObject, None] = {}
        self._frozen: list[QWidget] = []
        self._opening: list[Callable[[], object]] = []
        self._changing = self._told = self._gradual = False
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._go_on)

    @property
    def active(self) -> bool:
        """Whether any widget, seen or hidden, still waits for its turn."""
        return self._timer.isActive()

    def follow(self, method: Callable[[], object]) -> None:
        """Calls a QObject's ``method`` whenever that object's turn comes; keeps neither alive."""
        owner = method.__self__  # type: ignore[attr-defined]  # bound methods only
        self._followers.setdefault(owner, []).append(WeakMethod(method))

    def begin(
        self, app: QApplication, palette: QPalette, sheet: str, *, at_once: bool = False
    ) -> None:
        """Makes ``palette`` and ``sheet`` the application's.

        ``at_once`` brings them to everything that is seen before this returns. Otherwise that takes
        a few turns of the event loop, and the windows are painted anew after the last of them.
        """
        self._opening = [
            lambda: app.setPalette(palette),
            lambda: _replace(app, sheet),
            lambda: self._collect(app),
        ]
        self._changing, self._told, self._gradual = True, False, not at_once
        app.installEventFilter(self)
        self._timer.start()
        if at_once:
            while self._changing:
                self._step()
        else:
            self._freeze(app.topLevelWidgets())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Restyles what is shown before its turn."""
        if event.type() == QEvent.Type.Show and (watched in self._first or watched in self._later):
            self._later.pop(watched, None)
            if self._gradual and isinstance(watched, QWidget) and _in_open_window(watched):
                self._first[watched] = None
                self._freeze([watched.window()])
                self._changing = True
            else:
                self._first.pop(watched, None)
                self._restyle(watched)
        return False

    def _go_on(self) -> None:
        until = time.perf_counter() + _SLICE_SECONDS
        while time.perf_counter() < until:
            self._step()

    def _step(self) -> None:
        if self._opening:
            self._opening.pop(0)()
        elif self._first:
            self._restyle(self._first.popitem()[0])
        elif self._changing:
            self._changing = False
            self._thaw()
            if not self._told:
                self._told = True
                self.seen.emit()
        elif self._later:
            self._restyle(self._later.popitem()[0])
        elif (app := QApplication.instance()) is not None:
            self._timer.stop()
            app.removeEventFilter(self)

    def _collect(self, app: QApplication) -> None:
        windows = app.topLevelWidgets()
        self._first = dict.fromkeys(one for window in windows for one in _seen(window))
        self._first |= dict.fromkeys(window for window in windows if window.parent() is None)
        self._first |= dict.fromkeys(
            other
            for other in (*icons.bound(), *self._followers)
            if shiboken6.isValid(other) and not other.isWidgetType()
        )
        self._later = {widget: None for widget in app.allWidgets() if widget not in self._first}

    def _restyle(self, target: QObject) -> None:
        if not shiboken6.isValid(target):
            return
        if isinstance(target, QWidget):
            target.style().polish(target)
            QApplication.sendEvent(target, QEvent(QEvent.Type.StyleChange))
        icons.retint(target)
        for method in self._followers.get(target, ()):
            if (alive := method()) is not None:
                alive()

    def _freeze(self, windows: Iterable[QWidget]) -> None:
        for window in windows:
            if window.isVisible() and window.updatesEnabled():
                window.setUpdatesEnabled(False)
                self._frozen.append(window)

    def _thaw(self) -> None:
        for window in self._frozen:
            if shiboken6.isValid(window):
                window.setUpdatesEnabled(True)
        self._frozen.clear()


def _replace(app: QApplication, sheet: str) -> None:
    style = app.style()
    style.unpolish(app)  # nothing is cached then, and Qt restyles only what is cached:
    app.setStyleSheet(sheet)  # here nothing, instead of each widget once per ancestor
    app.style().polish(app)


def _in_open_window(widget: QWidget) -> bool:
    window = widget.window()
    return window is not widget and window.isVisible()


def _seen(widget: QObject) -> Iterator[QWidget]:
    """The widget and all below it, as far as they are shown."""
    if isinstance(widget, QWidget) and widget.isVisible():
        yield widget
        for child in widget.children():
            yield from _seen(child)
