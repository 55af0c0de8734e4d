"""What every schedule kind has in common: a warm-up, then a curve from 1 downwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from engine.problems import Problem
from engine.registry import Registry
from engine.spec import Spec, param

__all__ = ["SCHEDULES", "History", "Schedule"]

History = Sequence[float | None]
"""The monitored value of each finished epoch, turned so that higher is better; ``None`` where it
was not finite."""


class Schedule(Spec):
    """A curve that multiplies the optimizer's learning rate, step by step.

    Subclasses write :meth:`curve`. The length is always the run's: a schedule cannot end before the
    training does, nor after it.
    """

    summary: ClassVar[str] = ""

    warmup: float = param(
        0.05,
        label="Warm-up",
        ge=0,
        le=0.5,
        search=(0.0, 0.3),
        help="Share of the run in which the learning rate climbs from near zero. 0.05 keeps the "
        "first steps, taken with raw weights, from doing damage.",
    )

    def factor(self, step: int, total: int, history: History = ()) -> float:
        """The factor for update ``step`` (0-based) of ``total``: a linear climb, then the curve.

        During the warm-up of ``w = round(warmup * total)`` steps it is ``(step + 1) / (w + 1)``.
        A pure function; ``history`` holds the epochs that were finished before the step.
        """
        climb = self.climb(total)
        if step < climb:
            return (step + 1) / (climb + 1)
        return self.curve((step - climb) / max(1, total - climb))

    def climb(self, total: int) -> int:
        """The steps of the warm-up."""
        return round(self.warmup * total)

    def curve(self, progress: float) -> float:
        """The factor after the warm-up; ``progress`` goes from 0 to just below 1."""
        raise NotImplementedError

    def conflicts(self, epochs: int, stopping: int | None = None) -> Iterator[Problem]:
        """What makes no sense in a run of so many epochs; ``where`` is the setting's name.

        ``stopping`` are the epochs without a gain after which the run ends early.
        """
        yield from ()


SCHEDULES: Registry[Schedule] = Registry("schedule", "engine.schedules")
