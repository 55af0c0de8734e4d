"""How long a study was searched."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from engine.train.control import Control

if TYPE_CHECKING:
    import optuna

__all__ = ["Clock"]

_KEY = "seconds"


class Clock:
    """Hours of searching: the time that the study runs, in all its sessions, without pauses.

    A session that a kill ended counts up to the end of its last trial.
    """

    def __init__(self, study: optuna.Study, control: Control) -> None:
        self._study = study
        kept = study.user_attrs.get(_KEY)
        self._before = max(0.0, kept) if isinstance(kept, (int, float)) else 0.0
        self._control = control
        self._begun = time.monotonic() - control.waited

    def seconds(self) -> float:
        """So many seconds until now."""
        return self._before + time.monotonic() - self._control.waited - self._begun

    def keep(self) -> None:
        """Notes them in the study, for the next session."""
        self._study.set_user_attr(_KEY, self.seconds())
