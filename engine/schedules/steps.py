"""Schedules that drop: evenly, or at given places of the run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar

from engine.errors import FoveaError
from engine.problems import Problem
from engine.schedules.base import SCHEDULES, History, Schedule
from engine.spec import param

__all__ = ["MultiStep", "Step"]


@SCHEDULES.register
class Step(Schedule):
    """Equal stretches, each lower: ``gamma ** floor(progress * (drops + 1))``."""

    kind: ClassVar[str] = "step"
    title: ClassVar[str] = "Steps"
    summary: ClassVar[str] = "A few sudden drops, as in the first residual networks."

    drops: int = param(
        2,
        ge=1,
        le=20,
        search=(1, 4),
        help="How many times the rate drops, evenly spread over the run. 2 drops is the recipe of "
        "the first residual networks.",
    )
    gamma: float = param(
        0.1,
        gt=0,
        lt=1,
        scale="log",
        search=(0.05, 0.5),
        help="What is left of the rate after each drop. 0.1 is usual.",
    )

    def curve(self, progress: float) -> float:
        """A staircase."""
        return self.gamma ** math.floor(progress * (self.drops + 1) + 1e-9)

    def conflicts(self, epochs: int, stopping: int | None = None) -> Iterator[Problem]:
        """More drops than epochs."""
        if self.drops >= epochs:
            yield Problem(
                "note",
                f"The learning rate drops {self.drops} times in {epochs} "
                f"epoch{'' if epochs == 1 else 's'}, so a stretch is shorter than an epoch.",
                "drops",
                "Choose fewer drops, or train more epochs.",
            )


@SCHEDULES.register
class MultiStep(Schedule):
    """Drops at given places: ``gamma ** n`` once ``n`` milestones are reached, as ``MultiStepLR``.

    A milestone is a share of the whole run, warm-up included; at ``round(milestone * total)``
    updates the rate drops.
    """

    kind: ClassVar[str] = "multi_step"
    title: ClassVar[str] = "Steps at milestones"
    summary: ClassVar[str] = "Sudden drops where you want them; repeats older recipes exactly."

    milestones: tuple[float, ...] = param(
        (0.5, 0.75),
        gt=0,
        lt=1,
        help="Where the rate drops, as shares of the run. 0.5 and 0.75 is the recipe of the first "
        "residual networks (32,000 and 48,000 of 64,000 steps).",
    )
    gamma: float = param(
        0.1,
        gt=0,
        lt=1,
        scale="log",
        search=(0.05, 0.5),
        help="What is left of the rate after each drop. 0.1 is usual.",
    )

    def validate_together(self) -> None:
        """Milestones rise, and the first lies behind the warm-up."""
        places = self.milestones
        if not places or any(a >= b for a, b in pairwise(places)):
            raise _refused(
                "The milestones must rise." if places else "There are no milestones.",
                f"They are {', '.join(f'{place:g}' for place in places)}." if places else "",
                "Enter one or more shares of the run in rising order, such as 0.5, 0.75.",
            )
        if places[0] <= self.warmup:
            raise _refused(
                "The first milestone lies within the warm-up.",
                f"The warm-up takes the first {self.warmup:g} of the run, and the first milestone "
                f"is at {places[0]:g}.",
                "Move the milestone back, or shorten the warm-up.",
            )

    def factor(self, step: int, total: int, history: History = ()) -> float:
        """The factor for update ``step`` (0-based) of ``total``."""
        if step < self.climb(total):
            return super().factor(step, total)
        reached = sum(step >= round(place * total) for place in self.milestones)
        return self.gamma**reached

    def conflicts(self, epochs: int, stopping: int | None = None) -> Iterator[Problem]:
        """Milestones that fall into one epoch."""
        if len({round(place * epochs) for place in self.milestones}) < len(self.milestones):
            yield Problem(
                "note",
                f"Two milestones fall into the same epoch of {epochs}.",
                "milestones",
                "Move them apart, or train more epochs.",
            )


def _refused(what: str, why: str, fix: str) -> FoveaError:
    return FoveaError("FV-H002", what, where="milestones", why=why, fix=fix)
