"""Whether a process stood still: the computer slept, or somebody held it."""

from __future__ import annotations

import time

__all__ = ["Heartbeat"]

_LONGEST = 15.0  # seconds without a beat that mean nothing: a busy machine


class Heartbeat:
    """Beats of another process, a second apart; tells when there was none for long.

    Counts the time that the computer slept, where the system tells (Linux: the boot clock goes on,
    the monotonic one does not); never looks at the time of day, which may jump.
    """

    def __init__(self) -> None:
        self._last = _now()

    @property
    def silence(self) -> float:
        """Seconds since the last beat."""
        return _now() - self._last

    def beat(self) -> float:
        """Takes a beat; gives the seconds since the one before if they were too many, else 0."""
        gap = self.silence
        self._last = _now()
        return gap if gap > _LONGEST else 0.0


def _now() -> float:
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(clock) if clock is not None else time.monotonic()
