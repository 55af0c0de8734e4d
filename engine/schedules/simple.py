"""Constant, cosine and step schedules."""

from __future__ import annotations

import math
from typing import ClassVar

from engine.schedules.base import SCHEDULES, Schedule
from engine.spec import param

__all__ = ["Constant", "Cosine", "Step"]


@SCHEDULES.register
class Constant(Schedule):
    """The same learning rate after the warm-up: factor 1."""

    kind: ClassVar[str] = "constant"
    title: ClassVar[str] = "Constant"
    summary: ClassVar[str] = "One rate throughout; leaves accuracy behind, good for comparing."

    def curve(self, progress: float) -> float:
        """1 everywhere."""
        return 1.0


@SCHEDULES.register
class Cosine(Schedule):
    """Half a cosine from 1 to ``end``: ``end + (1 - end) * (1 + cos(pi * progress)) / 2``.

    Loshchilov & Hutter 2017 (SGDR), without restarts.
    """

    kind: ClassVar[str] = "cosine"
    title: ClassVar[str] = "Cosine"
    summary: ClassVar[str] = "The default: a long high phase, then a gentle landing."

    end: float = param(
        0.0,
        ge=0,
        le=1,
        advanced=True,
        help="Where the curve ends, as a share of the learning rate. 0 lets the weights settle.",
    )

    def curve(self, progress: float) -> float:
        """Half a cosine."""
        return self.end + (1 - self.end) * (1 + math.cos(math.pi * progress)) / 2


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
