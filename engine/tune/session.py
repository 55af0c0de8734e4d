"""How much of its budget a study has spent, over all sessions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from engine.train.control import Control
from engine.tune.ranking import ADDED, BORROWED

if TYPE_CHECKING:
    import optuna

__all__ = ["Session"]

_KEY = "seconds"


class Session:
    """The budget while trials begin and end.

    Hours are the time that the study runs, in all its sessions, without the pauses of ``control``;
    a session that a kill ended counts up to the end of its last trial. Trials that were taken from
    an earlier study or added by hand take none of the budget.

    Attributes:
        status, why: why no trial begins any more, as :class:`StudyFinished` says it.
    """

    def __init__(
        self, study: optuna.Study, trials: int, hours: float | None, control: Control
    ) -> None:
        """``trials`` and ``hours`` at most, those of earlier sessions among them."""
        self.status: Literal["done", "stopped", "paused"] = "done"
        self.why = ""
        self._study = study
        self._trials = trials
        self._hours = hours
        self._control = control
        kept = study.user_attrs.get(_KEY)
        self._before = max(0.0, kept) if isinstance(kept, (int, float)) else 0.0
        self._began = time.monotonic() - control.waited

    @property
    def trials_left(self) -> bool:
        """Whether one more trial may begin beside those that are over or under way."""
        return self._trials > sum(
            not one.user_attrs.keys() & {ADDED, BORROWED}
            and (one.state.is_finished() or one.state.name == "RUNNING")
            for one in self._study.get_trials(deepcopy=False)
        )

    @property
    def time_left(self) -> bool:
        """Whether there is time for one more to begin."""
        return self._hours is None or self._spent() < 3600 * self._hours

    def keep(self) -> None:
        """Writes down the time."""
        self._study.set_user_attr(_KEY, self._spent())

    def _spent(self) -> float:
        return self._before + time.monotonic() - self._control.waited - self._began
