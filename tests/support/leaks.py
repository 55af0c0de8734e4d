"""Leaks: what outlives the test that made it (threads, windows, running timers)."""

from __future__ import annotations

import gc
import sys
import threading
import time
from typing import Any

# Kept for the whole process by the libraries that start them.
POOLS = ("pytest_timeout", "execnet", "QueueFeederThread", "Dummy-", "pydev")
# Qt and pyqtgraph keep these for the process and show them again.
KEPT_WIDGETS = ("QTipLabel", "QComboBoxPrivateContainer", "QDesktopWidget")
PATIENCE = 2.0  # seconds that a thread may take to end


class Snapshot:
    """What is alive now; :meth:`leaked` says what has come since and stayed."""

    def __init__(self) -> None:
        self.threads = set(threading.enumerate())
        self.widgets = {id(widget) for widget in _widgets()}
        self.timers = {id(timer) for timer in _timers()}

    def leaked(self) -> list[str]:
        """A line for each thread, top-level widget and running timer that outlived the test."""
        return self._threads() + self._windows()

    def _threads(self) -> list[str]:
        limit = time.monotonic() + PATIENCE
        while (alive := self._new_threads()) and time.monotonic() < limit:
            time.sleep(0.01)
        return [f"thread {thread.name}" for thread in alive]

    def _new_threads(self) -> list[threading.Thread]:
        return [
            thread
            for thread in threading.enumerate()
            if thread not in self.threads and not thread.name.startswith(POOLS)
        ]

    def _windows(self) -> list[str]:
        if not self._new_qt():
            return []
        _delete_deferred()
        if not self._new_qt():
            return []  # most tests end here: a collection looks through all of torch, for 0.7 s
        gc.collect()  # cycles keep widgets alive a little longer: that is no leak
        _delete_deferred()
        return self._new_qt()

    def _new_qt(self) -> list[str]:
        widgets = [
            f"window {type(widget).__name__} '{widget.windowTitle()}'"
            for widget in _widgets()
            if id(widget) not in self.widgets and type(widget).__name__ not in KEPT_WIDGETS
        ]
        timers = [f"timer of {t.parent()}" for t in _timers() if id(t) not in self.timers]
        return widgets + timers


def _application() -> Any:
    """The QApplication if there is one; Qt is never imported for the sake of looking."""
    module = sys.modules.get("PySide6.QtWidgets")
    application = module.QApplication.instance() if module else None
    return application if module and isinstance(application, module.QApplication) else None


def _widgets() -> list[Any]:
    application = _application()
    return [w for w in application.topLevelWidgets() if w.parent() is None] if application else []


def _timers() -> list[Any]:
    """The running timers that belong to the application itself."""
    application = _application()
    if application is None:
        return []
    timer = sys.modules["PySide6.QtCore"].QTimer
    return [found for found in application.findChildren(timer) if found.isActive()]


def _delete_deferred() -> None:
    event = sys.modules["PySide6.QtCore"].QEvent.Type.DeferredDelete
    application = _application()
    application.sendPostedEvents(None, event)
    application.processEvents()
    application.sendPostedEvents(None, event)
