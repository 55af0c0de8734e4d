"""What a trial is judged by."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from engine.runs.events import EpochDone

__all__ = ["GOALS", "Goal"]


@dataclass(frozen=True, slots=True)
class Goal:
    """A number of the validation after an epoch, and whether more of it is better."""

    metric: str
    maximise: bool

    def of_epoch(self, event: EpochDone) -> float | None:
        """The number after one epoch; ``None`` where it is not known or not finite."""
        return _finite(getattr(event, self.metric))

    def lacks(self, event: EpochDone) -> str:
        """Why no epoch of this data has the number, in a sentence; empty where it has one."""
        if getattr(event, self.metric) is not None:
            return ""
        if event.val_loss is None:
            return "There are no validation images to judge a trial by."
        return "A class has no validation images, so there is no area under the ROC curve."

    def of_run(self, metrics: Mapping[str, float]) -> float | None:
        """The number of a run's best epoch."""
        return _finite(metrics.get(self.metric))


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


GOALS: dict[str, Goal] = {
    "accuracy": Goal("val_accuracy", maximise=True),
    "auc": Goal("val_auc", maximise=True),
    "loss": Goal("val_loss", maximise=False),
}
"""By the names that a plan's ``goal`` takes."""
