"""The switches of one trial's run: the person's, and the search's own."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from engine.train.control import Control

__all__ = ["TrialControl"]


class TrialControl(Control):
    """Follows the study's switches; :meth:`stop` ends this trial only."""

    def __init__(self, study: Control) -> None:
        super().__init__()
        self._study = study

    @override
    def wait_while_paused(self) -> float:
        """As for a run of its own; the study knows of the pause, too."""
        seconds = super().wait_while_paused()
        study = self._study
        study.waited += seconds
        while isinstance(study, TrialControl):
            study = study._study
            study.waited += seconds
        return seconds

    @property
    @override
    def paused(self) -> bool:
        return (self._paused or self._study.paused) and not self.stopping

    @property
    @override
    def stopping(self) -> bool:
        return self._stop or self._study.stopping

    @property
    @override
    def stopping_after_epoch(self) -> bool:
        return super().stopping_after_epoch or self._study.stopping_after_epoch

    @override
    def wishes(self) -> dict[str, Any]:
        """The switches as they stand for this trial, the study's included."""
        return super().wishes() | {
            "pause": self.paused,
            "stop": self.stopping,
            "stop_after_epoch": self.stopping_after_epoch,
        }
