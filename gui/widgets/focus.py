"""Where the keyboard goes when the button that was pressed is disabled or hidden.

Qt hands it to the next widget of the window, often one of another part of it: after Stop below the
page it would be the first page of the rail.
"""

from __future__ import annotations

from collections.abc import Callable
from weakref import ReferenceType, WeakKeyDictionary, ref

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QWidget

__all__ = ["FocusKeeper", "hand_on"]

_BACK = (QEvent.Type.Show, QEvent.Type.EnabledChange)
_heirs: WeakKeyDictionary[QWidget, tuple[ReferenceType[QWidget], ...]] = WeakKeyDictionary()


def hand_on(widget: QWidget, *heirs: QWidget) -> None:
    """Names those that take the place of ``widget`` while it cannot be used, the best first.

    One that is to appear later, such as Resume after Stop, gets the keyboard when it does.
    """
    _heirs[widget] = tuple(ref(one) for one in heirs)


class FocusKeeper(QObject):
    """Keeps the keyboard in its part of a window when the widget that had it cannot have it longer.

    The window asks it before Qt moves the focus (``focusNextPrevChild``). Without heirs, the next
    one in the same part, a child of ``ground``, takes it. Else it rests on what ``rest`` gives,
    such as the page that is shown, until the widget itself or one of its heirs can take it; whoever
    moves it meanwhile, the person or the program, has the last word.
    """

    def __init__(self, window: QWidget, ground: QWidget, rest: Callable[[], QWidget]) -> None:
        super().__init__(window)
        self._window, self._ground, self._rest = window, ground, rest
        self._resting: QWidget | None = None
        self._awaited: list[QWidget] = []

    def keep(self) -> bool:
        """Gives the focus on where its widget cannot keep it; False while that one can."""
        lost = self._window.focusWidget()
        if lost is None:  # of a part that was disabled: go on from the page
            self._rest().setFocus(Qt.FocusReason.OtherFocusReason)
            return False
        if lost is self._window or _usable(lost) or not self._window.isVisible():
            return False
        heirs = [one for known in _heirs.get(lost, ()) if (one := known()) is not None]
        found = None if heirs else self._next(lost)
        if found is not None:
            found.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._wait([lost, *heirs])
        return True

    def _wait(self, awaited: list[QWidget]) -> None:
        self._forget()
        self._awaited = awaited
        for one in awaited:
            one.installEventFilter(self)
        self._resting = self._rest()
        self._resting.setFocus(Qt.FocusReason.OtherFocusReason)
        self._soon()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Looks again when one that is awaited appears, or can be used."""
        if event.type() in _BACK:
            self._soon()
        return False

    def _soon(self) -> None:
        """After what goes on now: several buttons may change one after another."""
        QTimer.singleShot(0, self, self._settle)

    def _settle(self) -> None:
        resting = self._resting
        if resting is None:
            return
        if not shiboken6.isValid(resting) or self._window.focusWidget() is not resting:
            self._forget()
            return
        for one in self._awaited:
            if shiboken6.isValid(one) and _usable(one):
                self._forget()
                one.setFocus(Qt.FocusReason.OtherFocusReason)
                return

    def _forget(self) -> None:
        for one in self._awaited:
            if shiboken6.isValid(one):
                one.removeEventFilter(self)
        self._awaited, self._resting = [], None

    def _next(self, lost: QWidget) -> QWidget | None:
        """The next widget of the same part that Tab would come to; None if there is none."""
        part, one = self._part(lost), lost.nextInFocusChain()
        while one is not None and one is not lost:
            tabbed = one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.focusProxy() is None
            if tabbed and _usable(one) and part.isAncestorOf(one):
                return one
            one = one.nextInFocusChain()
        return None

    def _part(self, widget: QWidget) -> QWidget:
        """The part of the window that a widget is in."""
        while (parent := widget.parentWidget()) is not None and widget is not self._ground:
            if parent is self._ground:
                break
            widget = parent
        return widget


def _usable(widget: QWidget) -> bool:
    return widget.isVisible() and widget.isEnabled()
