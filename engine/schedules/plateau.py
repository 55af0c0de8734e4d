"""Reduce on plateau: the rate drops when validation no longer gains."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar

from engine.problems import Problem
from engine.schedules.base import SCHEDULES, History, Schedule
from engine.spec import param

__all__ = ["Plateau"]


@SCHEDULES.register
class Plateau(Schedule):
    """Multiplies by ``gamma`` after more than ``patience`` epochs without a gain.

    As ``ReduceLROnPlateau`` with a relative threshold. What is watched is the recipe's monitored
    value; without validation images, the training loss. A pure function of its history, so that a
    resumed run goes on exactly.
    """

    kind: ClassVar[str] = "plateau"
    title: ClassVar[str] = "Reduce on plateau"
    summary: ClassVar[str] = "Drops when validation stalls; needs no idea of how long to train."

    gamma: float = param(
        0.1,
        gt=0,
        lt=1,
        scale="log",
        search=(0.05, 0.5),
        help="What is left of the rate after each drop. 0.1 is usual.",
    )
    patience: int = param(
        5,
        ge=0,
        le=1_000,
        unit="epochs",
        search=(2, 10),
        help="How many epochs without a gain are let pass; the next one drops the rate. 5 outlasts "
        "the chance of a small validation set, and leaves room for several drops in 40 epochs.",
    )
    threshold: float = param(
        1e-4,
        ge=0,
        lt=1,
        scale="log",
        advanced=True,
        help="The least gain that counts, as a share of the best value. 0.0001 is torch's value.",
    )
    minimum: float = param(
        0.001,
        ge=0,
        le=1,
        scale="log",
        advanced=True,
        help="The rate never falls below this share of the learning rate. 0.001 is three drops by "
        "ten: below that nothing is learnt any more.",
    )

    def factor(self, step: int, total: int, history: History = ()) -> float:
        """The factor for update ``step`` (0-based) of ``total``, by the epochs of ``history``."""
        if step < self.climb(total):
            return super().factor(step, total)
        level, best, waited = 1.0, -math.inf, 0
        for value in history:
            gained = value is not None and self._gains(value, best)
            best, waited = (value, 0) if gained and value is not None else (best, waited + 1)
            if waited > self.patience:
                level, waited = max(level * self.gamma, self.minimum), 0
        return level

    def curve(self, progress: float) -> float:
        """The height without any history: 1."""
        return 1.0

    def conflicts(self, epochs: int, stopping: int | None = None) -> Iterator[Problem]:
        """More patience than the run has."""
        if stopping is not None and stopping <= self.patience:
            yield Problem(
                "warning",
                f"Early stopping after {stopping} epochs ends the run before the learning rate "
                f"drops, which takes {self.patience + 1} epochs without a gain.",
                "patience",
                "Choose less patience here, or more before stopping.",
            )
        elif self.patience + 2 >= epochs:
            yield Problem(
                "warning",
                f"With a patience of {self.patience} epochs the learning rate never drops in a run "
                f"of {epochs}.",
                "patience",
                "Choose less patience, or train more epochs.",
            )

    def _gains(self, value: float, best: float) -> bool:
        return best == -math.inf or value > best + abs(best) * self.threshold
