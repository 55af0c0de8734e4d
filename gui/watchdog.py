"""Notices when the window stands still, and writes down what held it."""

from __future__ import annotations

import faulthandler
import logging
import time
from pathlib import Path
from typing import IO

from PySide6.QtCore import QObject, QTimer

__all__ = ["Watchdog"]

_log = logging.getLogger(__name__)
_BEAT_MS = 200
_SLOW_SECONDS = 0.25
_MOST_BYTES = 1_000_000


class Watchdog(QObject):
    """Counts the times that the event loop stood still, and dumps every stack if one is long.

    The dump comes from a thread of :mod:`faulthandler`, which needs neither the interpreter nor
    the event loop: it is written while the window hangs, whatever holds it. Start it with
    :meth:`start`; without a file, or where none can be written, it only counts.

    Attributes:
        slow: how often the loop stood still for more than 0.25 s.
    """

    def __init__(
        self, path: Path | None, *, seconds: float = 2.0, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.slow = 0
        self._seconds = seconds
        self._file = _opened(path)
        self._last = 0.0
        self._timer = QTimer(self, interval=_BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Watches from now on."""
        self._last = time.monotonic()
        self._timer.start()
        self._arm()

    def stop(self) -> None:
        """Watches no longer; to be called before the program ends."""
        self._timer.stop()
        if self._file is not None:
            faulthandler.cancel_dump_traceback_later()
            self._file.close()
            self._file = None

    def _beat(self) -> None:
        now = time.monotonic()
        still = now - self._last - _BEAT_MS / 1000
        self._last = now
        if still > _SLOW_SECONDS:
            self.slow += 1
            level = logging.WARNING if still > self._seconds else logging.INFO
            _log.log(level, "the window stood still for %.2f s", still)
        self._arm()

    def _arm(self) -> None:
        """The dump that was due is put off; it comes if nobody puts it off again."""
        if self._file is not None:
            limit = self._seconds + _BEAT_MS / 1000
            faulthandler.dump_traceback_later(limit, file=self._file)


def _opened(path: Path | None) -> IO[str] | None:
    if path is None:
        return None
    try:
        large = path.exists() and path.stat().st_size > _MOST_BYTES
        return path.open("w" if large else "a", encoding="utf-8")
    except OSError as error:
        _log.warning("no stacks can be written to %s: %s", path, error)
        return None
