"""Cosine with warm restarts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar

from engine.problems import Problem
from engine.schedules.base import SCHEDULES, Schedule
from engine.spec import param

__all__ = ["CosineRestarts"]

_HAIR = 1e-9  # of a run: where a cycle ends is a rounded number


@SCHEDULES.register
class CosineRestarts(Schedule):
    """Half cosines in a row, each ``multiplier`` times as long as the one before.

    SGDR (Loshchilov & Hutter 2017), as ``CosineAnnealingWarmRestarts`` does; the cycles fill the
    run exactly, so that the last one ends where the training does.
    """

    kind: ClassVar[str] = "cosine_restarts"
    title: ClassVar[str] = "Cosine with restarts"
    summary: ClassVar[str] = "Lands several times; each landing is a model to keep or to compare."

    cycles: int = param(
        3,
        ge=1,
        le=20,
        search=(1, 5),
        help="How many times the rate falls. 3 cycles of 1, 2 and 4 parts leave over half of the "
        "run to the last one.",
    )
    multiplier: float = param(
        2.0,
        ge=1,
        le=4,
        search=(1.0, 3.0),
        help="How much longer each cycle is than the one before; 1 makes them equal. 2 is the "
        "paper's choice.",
    )
    end: float = param(
        0.0,
        ge=0,
        le=1,
        advanced=True,
        help="Where each fall ends, as a share of the learning rate. 0 lets the weights settle.",
    )

    def curve(self, progress: float) -> float:
        """Where the present cycle is on its half cosine."""
        left = (progress + _HAIR) / self._shortest()
        length = 1.0
        while left >= length and length < self.multiplier ** (self.cycles - 1):
            left, length = left - length, length * self.multiplier
        if self.multiplier == 1:
            left %= 1.0
        within = min(1.0, left / length)
        return self.end + (1 - self.end) * (1 + math.cos(math.pi * within)) / 2

    def conflicts(self, epochs: int, stopping: int | None = None) -> Iterator[Problem]:
        """A first cycle of less than an epoch."""
        first = self._shortest() * (1 - self.warmup) * epochs
        if first < 1:
            yield Problem(
                "note",
                f"The first of {self.cycles} cycles takes {first:.2g} epochs of {epochs}: too "
                "short to land on anything.",
                "cycles",
                "Choose fewer cycles or a smaller multiplier, or train more epochs.",
            )

    def _shortest(self) -> float:
        """The first cycle's share of the run."""
        return 1 / sum(self.multiplier**cycle for cycle in range(self.cycles))
