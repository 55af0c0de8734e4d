"""The one-cycle schedule."""

from __future__ import annotations

import math
from typing import ClassVar

from engine.schedules.base import SCHEDULES, History, Schedule
from engine.spec import param

__all__ = ["OneCycle"]


@SCHEDULES.register
class OneCycle(Schedule):
    """One climb and one descent, both half cosines (Smith & Topin 2018), as ``OneCycleLR`` does.

    From ``1 / start`` up to 1 at ``warmup * total - 1`` steps, then down to
    ``1 / (start * finish)`` at the last step. Momentum is left alone.
    """

    kind: ClassVar[str] = "one_cycle"
    title: ClassVar[str] = "One cycle"
    keeps_values: ClassVar[bool] = False  # its climb is no warm-up: five times as long
    summary: ClassVar[str] = "Climbs far, then lands: fast results in few epochs."

    warmup: float = param(
        0.25,
        label="Warm-up",
        gt=0,
        le=0.5,
        search=(0.1, 0.4),
        help="Share of the run in which the learning rate climbs. 0.25 is usual for one cycle.",
    )
    start: float = param(
        25.0,
        gt=1,
        le=1e6,
        scale="log",
        advanced=True,
        help="The climb starts at the learning rate divided by this; 25 is torch's value.",
    )
    finish: float = param(
        1e4,
        gt=1,
        le=1e9,
        scale="log",
        advanced=True,
        help="The descent ends at the starting rate divided by this; 10,000 is torch's value.",
    )

    def factor(self, step: int, total: int, history: History = ()) -> float:
        """The factor for update ``step`` (0-based) of ``total``."""
        low, last = 1 / self.start, 1 / (self.start * self.finish)
        top = self.warmup * total - 1
        if step <= top:
            return _half_cosine(low, 1.0, step / top if top > 0 else 1.0)
        return _half_cosine(1.0, last, (step - top) / max(1.0, total - 1 - top))


def _half_cosine(first: float, last: float, progress: float) -> float:
    return last + (first - last) * (1 + math.cos(math.pi * min(1.0, progress))) / 2
