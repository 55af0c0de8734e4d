"""What trials of batch sizes found, and which size they speak for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engine.project.document import Project
from engine.recipe import Training

__all__ = ["REMARK", "BatchSizes", "Trial", "choose_size", "smaller", "with_size"]

NEAR = 0.95
"""Of the best speed: what comes so near is as fast, and the smallest such size is preferred."""

FEWEST_UPDATES = 1_000
"""A run should have so many: the default recipe aims at 2,400, and with a few hundred a network is
not trained, however fast each of them is."""

SMALL = 32
"""For the sake of more updates no smaller size is suggested: more epochs give them as well, and
batch norm's mean over fewer images is noise."""

REMARK = (
    "A larger batch means fewer updates: raise the learning rate with it (in proportion for SGD, "
    "by the square root for Adam and its kin) or train longer. Very large batches often generalise "
    "worse (Keskar et al. 2017)."
)


@dataclass(frozen=True, slots=True)
class Trial:
    """One batch size, tried with real steps.

    Attributes:
        size: images per update.
        fits: whether the memory was enough; the rest is 0 where it was not.
        step_seconds, images_per_second: of the steps that other programs disturbed least.
        memory: peak bytes on a card, ``None`` on a processor.
    """

    size: int
    fits: bool
    step_seconds: float = 0.0
    images_per_second: float = 0.0
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class BatchSizes:
    """The result of the batch size finder.

    Attributes:
        trials: by size.
        largest: the largest size that fits, ``None`` where none does; ``largest_measured`` says
            whether a step proved it, or the memory estimate names it.
        fastest: the smallest size that comes near the best speed.
        suggestion: what to choose, ``None`` where no size fits.
        how: why, in sentences.
        current: the batch size of the project.
        seconds, device: how long it took, and where it ran.
    """

    trials: tuple[Trial, ...]
    largest: int | None
    largest_measured: bool
    fastest: int | None
    suggestion: int | None
    how: str
    current: int
    seconds: float = 0.0
    device: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "trials": [asdict(trial) for trial in self.trials]}


def choose_size(
    trials: Sequence[Trial],
    *,
    images: int,
    epochs: int,
    current: int,
    largest: int | None,
    largest_measured: bool,
) -> BatchSizes:
    """Reads the choice off the trials.

    The fastest size is the smallest one within 5 % of the best speed: beyond it a larger batch buys
    nothing. It is suggested unless the run (``epochs`` over ``images``) would then have fewer than
    1,000 updates and it is more than 32; and the project's ``current`` size stays when it is as
    fast.
    """
    tried = tuple(sorted(trials, key=lambda trial: trial.size))
    fitting = [trial for trial in tried if trial.fits]
    if not fitting:
        why = "Not even the smallest batch fits: use smaller images or a smaller model."
        return BatchSizes(tried, None, largest_measured, None, None, why, current)
    best = max(trial.images_per_second for trial in fitting)
    near = [trial for trial in fitting if trial.images_per_second >= NEAR * best]
    fastest = near[0].size
    enough = [t.size for t in fitting if _updates(t.size, images, epochs) >= FEWEST_UPDATES]
    small = [trial.size for trial in fitting if trial.size <= SMALL] or [fitting[0].size]
    suggestion = min(fastest, max(enough + small))
    last = fastest == fitting[-1].size
    way = "are the fastest" if last else "are as fast as more"
    reasons = [f"{fastest:,} images at a time {way} ({best:,.0f} images/s)."]
    if suggestion < fastest:
        updates = _updates(fastest, images, epochs)
        reasons.append(
            f"With {fastest} the run would have only {updates:,} updates, so {suggestion} is "
            "suggested: a network needs some 1,000 to learn, and more epochs give more."
        )
    now = next((trial for trial in fitting if trial.size == current), None)
    speed = next(trial.images_per_second for trial in fitting if trial.size == suggestion)
    if now is not None and current != suggestion and now.images_per_second >= NEAR * speed:
        fewer = _updates(current, images, epochs) < FEWEST_UPDATES
        if current < suggestion or not fewer:
            suggestion = current
            reasons.append(f"The project's {current} is as fast and can stay.")
    how = " ".join(reasons)
    return BatchSizes(tried, largest, largest_measured, fastest, suggestion, how, current)


def smaller(recipe: Training) -> Training:
    """``recipe`` with half as many images on the device at a time, for when memory is short.

    The batch goes through the network in twice as many parts and their gradients are added up: the
    images per update, and with them learning rate, schedule and number of steps, stay as they are.
    Raises FoveaError FV-H002 when the parts cannot be halved again.
    """
    return recipe.with_(accumulation=2 * recipe.accumulation)


def with_size(project: Project, size: int) -> Project:
    """``project`` with batches of ``size`` images, each in one part."""
    return project.with_(training=project.training.with_(batch_size=size, accumulation=1))


def _updates(size: int, images: int, epochs: int) -> int:
    return epochs * math.ceil(images / size)
