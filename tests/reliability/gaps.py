"""How late the event loop is, and during what."""

from __future__ import annotations

import faulthandler
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import IO

from PySide6.QtCore import QObject, Qt, QTimer

__all__ = ["LONG_MS", "Gaps"]

LONG_MS = 50.0
_TICK_MS = 5
_LOOK_MS = 10


class Gaps(QObject):
    """A timer of 5 ms that notes by how many milliseconds it came late.

    :attr:`doing` names what is done just now; :attr:`late` has the gaps of each name, and
    :attr:`busy` how much of each gap this thread spent computing: the rest it waited, for the
    processor or for the interpreter. A gap counts for what was begun last before it, as that is
    what may have caused it. ``stacks`` is a file that gets every thread's stack at the moment when
    a gap is 50 ms long.
    """

    def __init__(self, stacks: IO[str] | None = None) -> None:
        super().__init__()
        self.doing = ""
        self.late: dict[str, list[float]] = defaultdict(list)
        self.busy: dict[str, list[float]] = defaultdict(list)
        self._last = self._used = 0.0
        self._stacks = stacks
        self._looker = _Looker(stacks, self.since) if stacks is not None else None
        self._timer = QTimer(self, interval=_TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Measures from now on; to be called once."""
        self._last, self._used = time.perf_counter(), time.thread_time()
        self._timer.start()
        if self._looker is not None:
            self._looker.start()

    def stop(self) -> None:
        """Measures no longer."""
        self._timer.stop()
        if self._looker is not None:
            self._looker.end()

    def since(self) -> float:
        """When the timer came last."""
        return self._last

    def _tick(self) -> None:
        now, used = time.perf_counter(), time.thread_time()
        late = max(0.0, 1000 * (now - self._last) - _TICK_MS)
        self.late[self.doing].append(round(late, 2))
        self.busy[self.doing].append(round(1000 * (used - self._used), 2))
        self._last, self._used = now, used
        if self._stacks is not None and late > LONG_MS:
            busy = self.busy[self.doing][-1]
            self._stacks.write(f"^^^ {late:.0f} ms, {busy:.0f} busy: {self.doing}\n\n")
            self._stacks.flush()


class _Looker(threading.Thread):
    """Writes the stacks of all threads once in each long gap, with the interpreter's lock held.

    WORKAROUND https://github.com/python/cpython/issues/131580: the thread of :mod:`faulthandler`
    reads them without the lock, and crashed the window after minutes. Where C code keeps the lock
    during a gap, the stacks are those of the moment when it lets go, or there are none.

    No frame is held meanwhile, as ``sys._current_frames`` would: a painter in it would outlive its
    paint event, and Qt complains.
    """

    def __init__(self, stacks: IO[str], since: Callable[[], float]) -> None:
        super().__init__(name="looker", daemon=True)
        self._stacks = stacks
        self._since = since
        self._ended = threading.Event()

    def run(self) -> None:
        """Looks until the end."""
        told = 0.0
        while not self._ended.wait(_LOOK_MS / 1000):
            last = self._since()
            if last == told or 1000 * (time.perf_counter() - last) < LONG_MS:
                continue
            told = last
            threads = (f"{one.ident:#018x} {one.name}" for one in threading.enumerate())
            self._stacks.write(f"{', '.join(threads)}\n")
            self._stacks.flush()
            faulthandler.dump_traceback(self._stacks, all_threads=True)

    def end(self) -> None:
        """Looks no longer, and waits for the thread."""
        self._ended.set()
        self.join()
