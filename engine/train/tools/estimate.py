"""How long a run will take, and how much memory and disc, before it is begun."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from engine.train.tools.words import duration, size

__all__ = ["Estimate", "Spread", "run_seconds"]

_SAVING = 0.02  # the share of the time that checkpoints may take; see engine.train.keeper


@dataclass(frozen=True, slots=True)
class Spread:
    """A time in seconds as it was measured: the middle, and the interval of eight in ten.

    The middle one rather than the mean: a moment in which another program has the machine would
    count hundredfold in a few measurements.
    """

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, times: list[float]) -> Spread:
        """Of some measurements, at least one: their tenth, fiftieth and ninetieth percent."""
        ordered = sorted(times)
        cut = int(0.1 * (len(ordered) - 1))
        return cls(median(ordered), ordered[cut], ordered[-1 - cut])


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run is expected to take on the machine that measured it.

    Attributes:
        seconds: of the whole run, validation and checkpoints included.
        step_seconds: of one update, measured.
        images_per_second: training images, measured.
        steps: updates of the whole run.
        memory: peak bytes on the device; measured on a card, else counted from the model.
        memory_measured: which of the two.
        memory_free: bytes of the device that the run can have, ``None`` where it is not said.
        disc: bytes of the run's checkpoints, two generations of each.
        disc_free: bytes that are free where the project lies.
        ends_early: whether early stopping may make it shorter.
        device: where it was measured.
    """

    seconds: Spread
    step_seconds: float
    images_per_second: float
    steps: int
    memory: int
    memory_measured: bool
    memory_free: int | None
    disc: int
    disc_free: int
    ends_early: bool
    device: str

    @property
    def words(self) -> str:
        """``about 12 min (11 min to 14 min), 1.4 GB of 6.0 GB memory``."""
        about = duration(self.seconds.middle)
        low, high = duration(self.seconds.low), duration(self.seconds.high)
        about += "" if low == high else f" ({low} to {high})"
        most = "at most " if self.ends_early else ""
        free = "" if self.memory_free is None else f" of {size(self.memory_free)}"
        return f"{most}about {about}, {size(self.memory)}{free} memory"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What will not fit, in sentences; empty when all does."""
        found: list[str] = []
        if self.memory_free is not None and self.memory > self.memory_free:
            found.append(
                f"The run needs some {size(self.memory)} of memory and "
                f"{size(self.memory_free)} are free: lower the batch size."
            )
        if self.disc > self.disc_free:
            found.append(
                f"The checkpoints need {size(self.disc)} and {size(self.disc_free)} are free on "
                "the disc of the project."
            )
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "words": self.words, "warnings": list(self.warnings)}


def run_seconds(
    step: Spread, steps: float, epochs: int, validation: float, checkpoint: float
) -> Spread:
    """Of a whole run: its steps, a validation an epoch (seconds each), and checkpoints.

    Where images grow, ``steps`` are as many whole ones as take the same time.

    The last checkpoint always counts whole; those before it take no more than 2 % of the time.
    """
    rest = epochs * validation + checkpoint
    middle, low, high = (each * steps + rest for each in (step.middle, step.low, step.high))
    before = min(checkpoint * max(0, epochs - 1), _SAVING * middle)
    return Spread(middle + before, low, high + before)
