"""The switches of a running training."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from engine.errors import Cancelled
from engine.train.watch import Watch

__all__ = ["Control"]

_POLL = 0.05  # seconds between two looks while paused


class Control:
    """Pause, resume and stop a training from any thread, or from a signal handler.

    The switches are plain flags without locks: setting one twice changes nothing, and a handler
    that interrupts the loop can set them safely. The loop looks at them between two steps. A stop
    always wins over a pause.

    Attributes:
        watch: what to show of the model meanwhile.
        waited: seconds that were spent in pauses so far.
    """

    def __init__(self) -> None:
        self.watch = Watch()
        self.waited = 0.0
        self._paused = False
        self._stop = False
        self._stop_after_epoch = False

    def pause(self) -> None:
        """Waits before the next step, until :meth:`resume` or :meth:`stop`."""
        self._paused = True

    def resume(self) -> None:
        """Goes on after :meth:`pause`."""
        self._paused = False

    def stop(self) -> None:
        """Ends the run after the step in hand; a checkpoint is written, so it can be resumed."""
        self._stop = True

    def stop_after_epoch(self) -> None:
        """Ends the run after the epoch in hand and its validation."""
        self._stop_after_epoch = True

    @property
    def paused(self) -> bool:
        """Whether the loop waits, or will before its next step."""
        return self._paused and not self.stopping

    @property
    def stopping(self) -> bool:
        """Whether the run is to end as soon as possible."""
        return self._stop

    @property
    def stopping_after_epoch(self) -> bool:
        """Whether the run is to end after the epoch in hand."""
        return self._stop_after_epoch or self.stopping

    def wishes(self) -> dict[str, Any]:
        """Every switch, and what is asked of the watch, as plain values."""
        return {
            "pause": self._paused,
            "stop": self._stop,
            "stop_after_epoch": self._stop_after_epoch,
            "watch": self.watch.wishes(),
        }

    def follow(self, wishes: Mapping[str, Any]) -> None:
        """Takes over what :meth:`wishes` of another control gave; a stop is never taken back."""
        self._paused = bool(wishes.get("pause"))
        self._stop_after_epoch = bool(wishes.get("stop_after_epoch"))
        self.watch.follow(wishes.get("watch") or {})
        if wishes.get("stop"):
            self.stop()

    def check(self, *_: object) -> None:
        """Raises Cancelled when the run is to end at once; takes what progress is told, too."""
        if self.stopping:
            raise Cancelled

    def wait_while_paused(self) -> float:
        """Sleeps as long as the switch says pause, or until somebody asks the watch for maps.

        Returns the seconds that it took.
        """
        if not self.paused:
            return 0.0
        begun = time.monotonic()
        while self.paused and not self.watch.waiting:
            time.sleep(_POLL)
        seconds = time.monotonic() - begun
        self.waited += seconds
        return seconds

    def wait(self, seconds: float) -> float:
        """Sleeps, at most until somebody stops the run; returns the seconds that it took."""
        begun = time.monotonic()
        while not self.stopping and (left := begun + seconds - time.monotonic()) > 0:
            time.sleep(min(_POLL, left))
        return time.monotonic() - begun
