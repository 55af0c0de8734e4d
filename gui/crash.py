"""What happens with errors that nobody caught: a log entry, a dialog, and the program goes on."""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

from engine.errors import Cancelled, FoveaError
from engine.files.own_places import LOG_FILE, log_folder

__all__ = ["CrashReporter", "keep_crashes", "start_log"]

_log = logging.getLogger("fovea")
_BETWEEN_DIALOGS = 5.0
_LOG_BYTES, _LOG_FILES = 4_000_000, 4
_CRASH_BYTES = 1_000_000
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def start_log(folder: Path | None = None) -> Path | None:
    """Starts the log of this session, 20 MB at most with its older parts; gives back its file.

    ``folder`` defaults to the platform's place for logs. Where nothing can be written there is no
    log, None is given back, and the program goes on.
    """
    logging.raiseExceptions = False
    place = folder or log_folder()
    path = place / LOG_FILE
    try:
        place.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8"
        )
    except OSError as error:
        print(f"fovea: no log can be written: {error}", file=sys.stderr)
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    qInstallMessageHandler(_from_qt)
    return path


def keep_crashes(path: Path) -> IO[str] | None:
    """From now on a crash that no Python code can catch leaves every thread's stack in ``path``.

    Gives back the open file, to be closed at the end; ``None`` where it cannot be written.
    """
    try:
        large = path.exists() and path.stat().st_size > _CRASH_BYTES
        file = path.open("w" if large else "a", encoding="utf-8")
    except OSError as error:
        _log.warning("crashes cannot be kept in %s: %s", path, error)
        return None
    faulthandler.enable(file)
    return file


def _from_qt(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    logging.getLogger("qt").log(_LEVELS.get(kind, logging.WARNING), "%s", text)
    if kind == QtMsgType.QtFatalMsg:  # Qt ends the process next, with no window to say why
        print(f"fovea: {text}", file=sys.stderr, flush=True)


class CrashReporter(QObject):
    """Takes what nobody caught on any thread; shows at most one dialog in 5 seconds.

    ``show(error)`` is called on the GUI thread with a FoveaError. Install once with
    :meth:`install`; :meth:`remove` puts back what was there.
    """

    caught = Signal(object)

    def __init__(self, show: Callable[[FoveaError], object]) -> None:
        super().__init__()
        self._show = show
        self._last = -_BETWEEN_DIALOGS
        self._before = (sys.excepthook, threading.excepthook)
        self.caught.connect(self._on_caught)

    def install(self) -> None:
        """Becomes the hook for uncaught exceptions of all threads."""
        sys.excepthook = self._hook
        threading.excepthook = self._thread_hook

    def remove(self) -> None:
        """Puts the earlier hooks back."""
        sys.excepthook, threading.excepthook = self._before

    def _hook(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            sys.__excepthook__(kind, error, trace)
            return
        if isinstance(error, Cancelled):
            return
        _log.error("uncaught", exc_info=(kind, error, trace))
        self.caught.emit(error)

    def _thread_hook(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._hook(args.exc_type, args.exc_value, args.exc_traceback)

    def _on_caught(self, error: BaseException) -> None:
        now = time.monotonic()
        if now - self._last < _BETWEEN_DIALOGS:
            return
        self._last = now
        self._show(error if isinstance(error, FoveaError) else _unexpected(error))


def _unexpected(error: BaseException) -> FoveaError:
    return FoveaError(
        "FV-U901",
        "Something unexpected went wrong.",
        why=f"{type(error).__name__}: {error}",
        kept="The project is still open, and unsaved edits are in the journal.",
        fix="Go on, and save when you can. The log has the details (Help, About).",
    )
