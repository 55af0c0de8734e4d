"""Notices when the window stands still, and writes down what held it."""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
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
    needs no lock, and so it can crash or block the program whose threads run meanwhile.

    Frames that were read are let go of on the GUI thread: one whose function has returned meanwhile
    takes its variables with it, and widgets may be among them.

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
        self._frames: deque[tuple[dict[int, FrameType], threading.Event]] = deque()
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
        self._frames.clear()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _beat(self) -> None:
        while self._frames and self._frames[0][1].is_set():
            self._frames.popleft()
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
            read = threading.Event()
            self._frames.append((sys._current_frames(), read))
            try:
                self._dump(still)
            except OSError as error:
                _log.warning("the stacks could not be written: %s", error)
            read.set()

    def _dump(self, still: float) -> None:
        assert self._file is not None
        when = time.strftime("%Y-%m-%d %H:%M:%S")
        self._file.write(f"{when}: the window has stood still for {still:.1f} s\n\n")
        self._file.writelines(_stacks(self._frames[-1][0]))
        self._file.flush()
        self.dumps += 1


def _stacks(frames: Mapping[int, FrameType]) -> Iterator[str]:
    """The stacks of all threads but this one, innermost call last."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    for ident, frame in frames.items():
        if ident != threading.get_ident():
            yield f"Thread {names.get(ident, 'without a name')} ({ident}):\n"
            yield from traceback.format_stack(frame)
            yield "\n"


def _opened(path: Path | None) -> IO[str] | None:
    if path is None:
        return None
    try:
        large = path.exists() and path.stat().st_size > _MOST_BYTES
        return path.open("w" if large else "a", encoding="utf-8")
    except OSError as error:
        _log.warning("no stacks can be written to %s: %s", path, error)
        return None
