"""Notices when the window stands still, and writes down what held it."""

from __future__ import annotations

import faulthandler
import logging
import threading
import time
from pathlib import Path
from typing import IO

from PySide6.QtCore import QObject, QTimer

__all__ = ["Watchdog"]

_log = logging.getLogger(__name__)
_BEAT_MS = 200
_LOOKS = 0.5  # seconds between two looks at the beat
_SLOW_SECONDS = 0.25
_MOST_BYTES = 1_000_000


class Watchdog(QObject):
    """Counts the times that the event loop stood still, and dumps every stack if one is long.

    A thread looks at the loop's last beat every half second, and writes the stacks of all threads
    once for each time that the loop stands still for ``seconds``. That is while the window hangs,
    unless what holds it keeps the interpreter's lock: then it is when the lock is let go, or, if
    the loop goes on at once, never. Start it with :meth:`start`; without a file, or where none can
    be written, it only counts.

    WORKAROUND https://github.com/python/cpython/issues/131580: the thread of :mod:`faulthandler`
    needs no lock, and so it can crash or block the program whose threads run meanwhile. Ours has it
    while the stacks are written. No frame is held, as ``sys._current_frames`` would: a painter or
    a widget in it would outlive its function, and end on another thread.

    Attributes:
        slow: how often the loop stood still for more than 0.25 s.
        dumps: how often stacks were written.
    """

    def __init__(
        self, path: Path | None, *, seconds: float = 2.0, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.slow = 0
        self.dumps = 0
        self._seconds = seconds
        self._file = _opened(path)
        self._last = 0.0
        self._timer = QTimer(self, interval=_BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Watches from now on; to be called once."""
        self._last = time.monotonic()
        self._timer.start()
        if self._file is not None:
            self._thread.start()

    def stop(self) -> None:
        """Watches no longer, and waits for its thread; to be called before the program ends."""
        self._timer.stop()
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._file is not None:
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

    def _watch(self) -> None:
        """What the thread does: a beat that stays the last for too long is told once."""
        told = 0.0
        while not self._ended.wait(min(_LOOKS, self._seconds / 4)):
            last = self._last
            still = time.monotonic() - last - _BEAT_MS / 1000
            if still <= self._seconds or last == told:
                continue
            told = last
            try:
                self._dump(still)
            except OSError as error:
                _log.warning("the stacks could not be written: %s", error)

    def _dump(self, still: float) -> None:
        assert self._file is not None
        when = time.strftime("%Y-%m-%d %H:%M:%S")
        self._file.write(f"{when}: the window has stood still for {still:.1f} s\n\n")
        self._file.writelines(
            f"Thread {t.ident or 0:#018x}: {t.name}\n" for t in threading.enumerate()
        )
        self._file.write("\nThe innermost call first:\n")
        self._file.flush()
        faulthandler.dump_traceback(self._file)
        self._file.write("\n")
        self._file.flush()
        self.dumps += 1


def _opened(path: Path | None) -> IO[str] | None:
    if path is None:
        return None
    try:
        large = path.exists() and path.stat().st_size > _MOST_BYTES
        return path.open("w" if large else "a", encoding="utf-8")
    except OSError as error:
        _log.warning("no stacks can be written to %s: %s", path, error)
        return None
