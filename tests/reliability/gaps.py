"""How late the event loop is, and during what."""

from __future__ import annotations

import faulthandler
import time
from collections import defaultdict
from typing import IO

from PySide6.QtCore import QObject, Qt, QTimer

__all__ = ["LONG_MS", "Gaps"]

LONG_MS = 50.0
_TICK_MS = 5


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
        self._timer = QTimer(self, interval=_TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Measures from now on."""
        self._last, self._used = time.perf_counter(), time.thread_time()
        self._timer.start()

    def stop(self) -> None:
        """Measures no longer."""
        self._timer.stop()
        if self._stacks is not None:
            faulthandler.cancel_dump_traceback_later()

    def _tick(self) -> None:
        now, used = time.perf_counter(), time.thread_time()
        late = max(0.0, 1000 * (now - self._last) - _TICK_MS)
        self.late[self.doing].append(round(late, 2))
        self.busy[self.doing].append(round(1000 * (used - self._used), 2))
        self._last, self._used = now, used
        if self._stacks is not None:
            if late > LONG_MS:
                self._stacks.write(
                    f"^^^ {late:.0f} ms, {self.busy[self.doing][-1]:.0f} busy: {self.doing}\n\n"
                )
                self._stacks.flush()
            faulthandler.dump_traceback_later(LONG_MS / 1000, file=self._stacks)
