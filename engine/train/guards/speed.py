"""Where the time goes, and batches that are too small for what is in the model."""

from __future__ import annotations

from typing_extensions import override

from engine.numbers import percent
from engine.train.guards.base import Facts, Finding, Guard, Plan

__all__ = ["LongValidation", "SlowSaving", "Starvation", "tiny_batches"]

_WORTH = 10.0  # seconds, below which nobody minds
_SAVING = 0.02  # of the time may saving take; see Keeper


class Starvation(Guard):
    """Half of the training's time goes into making batches.

    On the processor feed and update share the time, so their seconds tell. On a card the host only
    hands out work: the card starves when the host never waits for it (under 5 % of the time) and
    spends its own time on batches.
    """

    kind = "starvation"

    @override
    def judge(self, facts: Facts) -> Finding | None:
        times = facts.times
        share = times.feed / max(1e-9, times.train)
        if times.feed < _WORTH or share < 0.5:
            return None
        if facts.plan.graphics and times.blocked > 0.05 * times.train:
            return None
        remedy = (
            "Fewer or simpler augmentation steps, or smaller images, make training faster."
            if facts.plan.augmented
            else "Smaller images, or a faster disc, make training faster."
        )
        return Finding(
            f"The network waits for its images: making the batches takes {percent(share, 0)} of "
            f"the training time. {remedy}",
            "augment" if facts.plan.augmented else "data.size",
        )


class LongValidation(Guard):
    """Validation takes longer than training."""

    kind = "long_validation"

    @override
    def judge(self, facts: Facts) -> Finding | None:
        times, plan = facts.times, facts.plan
        if times.validate < max(_WORTH, times.train):
            return None
        return Finding(
            f"Validation takes longer than training ({times.validate:.0f} s against "
            f"{times.train:.0f} s so far), with {plan.val_images:,} images against "
            f"{plan.train_images:,}. A smaller part for validation makes the run faster, and "
            "leaves more to learn from.",
            "data.validation",
            "note",
        )


class SlowSaving(Guard):
    """A checkpoint takes ten seconds and more, so that few are written."""

    kind = "slow_saving"

    @override
    def judge(self, facts: Facts) -> Finding | None:
        save = facts.times.save
        if save < _WORTH:
            return None
        return Finding(
            f"Saving a checkpoint took {save:.0f} s, so one is written every "
            f"{save / _SAVING / 60:.0f} minutes only, and a crash may cost as much. A project on a "
            "local disc saves faster than one on a network drive.",
            severity="note",
        )


def tiny_batches(plan: Plan) -> Finding | None:
    """Batch norm with four images or fewer; told before the first step.

    Wu and He, "Group normalization", 2018: the error of ResNet-50 grows from 23.6 % at 32 images
    to 27.3 % at 4 and 34.7 % at 2.
    """
    if not plan.batch_norm or min(plan.batch_size, plan.train_images) > 4:
        return None
    return Finding(
        f"Batch norm at “{plan.batch_norm}” compares only {plan.batch_size} images with each "
        "other, which makes its averages noisy. Take batches of 16 or more, or group norm instead.",
        "training.batch_size",
    )
