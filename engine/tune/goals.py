"""What a trial is judged by, and what that may be weighed against."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.compile.demand import demand
from engine.graph.analysis import analyse
from engine.project.document import Project
from engine.runs.events import EpochDone

__all__ = ["COSTS", "GOALS", "UNITS", "Cost", "Goal", "Quantity"]

Quantity = Literal["fraction", "score", "count", "milliseconds", "megabytes"]
"""What a number is, which decides how people are shown it: 0.9213 as ``92.13 %``, ``0.4127``,
``12,345``, ``1.8 ms``, ``640 MB``."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A number of the validation after an epoch.

    Attributes:
        metric: its name in the events of a run.
        maximise: whether more of it is better.
        label, quantity: for people.
    """

    metric: str
    maximise: bool
    label: str
    quantity: Quantity

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
        label, quantity: for people.
        counted: the cost of a project's model in closed form, before it is trained; ``None`` for
            what is measured on the trained model.
    """

    label: str
    quantity: Quantity
    counted: Callable[[Project], float] | None


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


GOALS: dict[str, Goal] = {
    "accuracy": Goal("val_accuracy", True, "Validation accuracy", "fraction"),
    "auc": Goal("val_auc", True, "Validation AUC", "score"),
    "loss": Goal("val_loss", False, "Validation loss", "score"),
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


UNITS: dict[Quantity, str] = {"milliseconds": "ms", "megabytes": "MB"}
"""Of the quantities that have one."""

COSTS: dict[str, Cost] = {
    "latency": Cost("Time for one image", "milliseconds", None),
    "parameters": Cost("Parameters", "count", _parameters),
    "macs": Cost("Multiply-adds per image", "count", _macs),
    "memory": Cost("Memory of training", "megabytes", _memory),
}
"""By the names that a plan's ``against`` takes, besides ``none``."""
