"""How much of its budget a study has spent, over all sessions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import optuna

__all__ = ["Session"]


class Session:
    """The budget while trials begin and end.

    Attributes:
        status: why no trial begins any more, as :class:`StudyFinished` says it.
    """

    def __init__(self, study: optuna.Study, trials: int, hours: float | None, done: int) -> None:
        """``trials`` at most, of which ``done`` are over; ``hours`` at most, earlier ones too."""
        self.status: Literal["done", "stopped", "paused"] = "done"
        self._study = study
        self._left = trials - done
        self._hours = hours
        self._before = _seconds(study)
        self._began = time.monotonic()

    @property
    def trials_left(self) -> bool:
        """Whether one more trial may begin."""
        return self._left > 0

    @property
    def time_left(self) -> bool:
        """Whether there is time for one more to begin."""
        return self._hours is None or self._spent() < 3600 * self._hours

    def begin(self) -> None:
        """Counts a trial that begins."""
        self._left -= 1

    def end(self, *, over: bool) -> None:
        """Writes down the time; one that is not ``over`` is to go on later."""
        self._study.set_user_attr("seconds", self._spent())
        if not over:
            self._left += 1

    def _spent(self) -> float:
        return self._before + time.monotonic() - self._began


def _seconds(study: optuna.Study) -> float:
    """How long the study was run before."""
    kept = study.user_attrs.get("seconds")
    return max(0.0, kept) if isinstance(kept, (int, float)) else 0.0
