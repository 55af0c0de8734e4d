"""What a trial is judged by, and what that may be weighed against."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.compile.demand import demand
from engine.graph.analysis import analyse
from engine.project.document import Project
from engine.runs.events import EpochDone

__all__ = ["COSTS", "GOALS", "Cost", "Goal"]


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


@dataclass(frozen=True, slots=True)
class Cost:
    """What a model costs; less of it is better.

    Attributes:
        label, unit: for people.
        counted: the cost of a project's model in closed form, before it is trained; ``None`` for
            what is measured on the trained model.
    """

    label: str
    unit: str
    counted: Callable[[Project], float] | None


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


GOALS: dict[str, Goal] = {
    "accuracy": Goal("val_accuracy", maximise=True),
    "auc": Goal("val_auc", maximise=True),
    "loss": Goal("val_loss", maximise=False),
}
"""By the names that a plan's ``goal`` takes."""


def _parameters(project: Project) -> float:
    return float(analyse(project.model, project.frame()).parameters)


def _macs(project: Project) -> float:
    return float(analyse(project.model, project.frame()).macs)


def _memory(project: Project) -> float:
    frame = project.frame()
    found = analyse(project.model, frame)
    return demand(project.model, frame, found, project.training).total / 1e6


COSTS: dict[str, Cost] = {
    "latency": Cost("Time for one image", "ms", None),
    "parameters": Cost("Parameters", "", _parameters),
    "macs": Cost("Multiply-adds per image", "", _macs),
    "memory": Cost("Memory of training", "MB", _memory),
}
"""By the names that a plan's ``against`` takes, besides ``none``."""
