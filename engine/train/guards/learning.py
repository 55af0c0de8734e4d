"""What the epochs' losses and accuracies say about the learning."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, median
from typing import ClassVar

from typing_extensions import override

from engine.numbers import percent
from engine.train.guards.base import Epoch, Facts, Finding, Guard, Plan

__all__ = ["BelowMajority", "ConstantAnswer", "NoLearning", "Overfitting", "Plateau"]

_SHARE = 0.2  # of the run, before anything is said about a lack of learning
_FEW = 3


class NoLearning(Guard):
    """The loss stays where an answer that ignores the image would have it.

    Said after a fifth of the run and three epochs at least, when no epoch's training or validation
    loss was 2 % below :attr:`Plan.chance` and no validation accuracy beat the majority. The rule is
    the usual first check of a training (Karpathy, "A recipe for training neural networks", 2019).
    """

    kind = "no_learning"
    covers: ClassVar[tuple[str, ...]] = ("constant_answer", "below_majority", "plateau")

    @override
    def judge(self, facts: Facts) -> Finding | None:
        plan = facts.plan
        if not _late(facts):
            return None
        losses = [e.train_loss for e in facts.epochs]
        losses += [e.val_loss for e in facts.epochs if e.val_loss is not None]
        if min(losses) < 0.98 * plan.chance or any(_beats(e, plan) for e in facts.epochs):
            return None
        return Finding(
            f"The network has not learned anything in {facts.epoch} epochs: its training loss is "
            f"{facts.epochs[-1].train_loss:.3g}, and guessing gives {plan.chance:.3g}. Try a "
            "learning rate ten times lower or higher, and look whether the images show what the "
            "classes say.",
            "training.optimizer.lr",
        )


class ConstantAnswer(Guard):
    """The network gives one class to all images: in two looks in a row, from the third epoch on,
    while its validation accuracy is none that needs more.
    """

    kind = "constant_answer"
    covers: ClassVar[tuple[str, ...]] = ("no_learning", "below_majority", "plateau")

    @override
    def judge(self, facts: Facts) -> Finding | None:
        looks = facts.lasting
        one = bool(looks) and all(look.answers == 1 and look.asked > 1 for look in looks)
        if not one or facts.epoch < _FEW or _beats(facts.epochs[-1], facts.plan):
            return None
        return Finding(
            f"After {facts.epoch} epochs the network gives the same class to every image. Try a "
            "lower learning rate, and look whether one class has nearly all of the images.",
            "training.optimizer.lr",
        )


class BelowMajority(Guard):
    """Validation accuracy below the share of the largest class, by two standard errors, in the last
    three epochs.
    """

    kind = "below_majority"

    @override
    def judge(self, facts: Facts) -> Finding | None:
        plan = facts.plan
        last = [e.val_accuracy for e in facts.epochs[-_FEW:] if e.val_accuracy is not None]
        if not _late(facts) or len(last) < _FEW or not plan.val_images or plan.evened:
            return None
        limit = plan.majority - 2 * _error(plan)
        if any(value >= limit for value in last):
            return None
        return Finding(
            f"Validation accuracy is {percent(last[-1])} after {facts.epoch} epochs; always naming "
            f"the largest class would give {percent(plan.majority)}. Look whether training and "
            "validation images are of the same kind, and whether augmentation changes what the "
            "classes mean.",
            "data.validation",
        )


class Overfitting(Guard):
    """Validation loss has turned up while the training loss goes on falling.

    The smoothed validation loss (medians of three) lies 10 % above its lowest, and so it has been
    for three epochs and a tenth of the run: the generalisation loss of Prechelt, "Early stopping -
    but when?", 1998. Changes below 2 % of :attr:`Plan.chance` do not count.
    """

    kind = "overfitting"
    covers: ClassVar[tuple[str, ...]] = ("plateau",)

    @override
    def judge(self, facts: Facts) -> Finding | None:
        plan = facts.plan
        known = [e for e in facts.epochs if e.val_loss is not None]
        if len(known) < 2 * _FEW:
            return None
        smooth = _smoothed([e.val_loss or 0.0 for e in known])
        at = min(range(len(smooth)), key=lambda i: (smooth[i], known[i].val_loss))
        best, now = known[at], known[-1]
        waited = now.number - best.number >= max(_FEW, 0.1 * plan.epochs)
        risen = smooth[-1] > max(1.1 * smooth[at], smooth[at] + 0.02 * plan.chance)
        fallen = now.train_loss < best.train_loss - 0.01 * plan.chance
        if not (waited and risen and fallen):
            return None
        remedy = "stronger augmentation" if plan.augmented else "augmentation, which is off"
        return Finding(
            f"Overfitting since epoch {best.number}: validation loss has risen from "
            f"{smooth[at]:.2g} to {smooth[-1]:.2g} while training loss fell from "
            f"{best.train_loss:.2g} to {now.train_loss:.2g}. Try {remedy}, more weight decay or a "
            "smaller model; the recipe says which epoch's weights are kept.",
            "training.early_stopping" if plan.augmented else "augment",
        )


class Plateau(Guard):
    """Neither the training loss nor the monitored value has moved for 40 % of the run, and ten
    epochs at least, and there is a fifth of it still to come.

    Moved means by 1 % of :attr:`Plan.chance`, or 0.5 points of accuracy, between the two halves of
    that time. Accuracies of 99 % and more are left alone: there is little to gain.
    """

    kind = "plateau"

    @override
    def judge(self, facts: Facts) -> Finding | None:
        plan = facts.plan
        span = max(10, round(0.4 * plan.epochs))
        window = facts.epochs[-span:]
        if len(window) < span or facts.epoch > 0.8 * plan.epochs:
            return None
        half = span // 2
        early, late = window[:half], window[-half:]
        loss = fmean(e.train_loss for e in early) - fmean(e.train_loss for e in late)
        gain = _gain(early, late, plan)
        if abs(loss) > 0.01 * plan.chance or gain is None or abs(gain) > 1.0:
            return None
        return Finding(
            f"Since epoch {window[0].number} neither training loss ({late[-1].train_loss:.2g}) nor "
            f"validation {plan.monitor} has moved, at a learning rate of {facts.lr:.1g}. Fewer "
            "epochs would do the same; for more accuracy try another learning rate or a larger "
            "model.",
            "training.epochs",
            "note",
        )


def _gain(early: Sequence[Epoch], late: Sequence[Epoch], plan: Plan) -> float | None:
    """How much the monitored value has moved, 1 for what counts; None if it cannot be said."""
    if plan.monitor == "accuracy":
        before, after = ([e.val_accuracy for e in part] for part in (early, late))
        unit = 0.005
    else:
        before, after = ([e.val_loss for e in part] for part in (early, late))
        unit = 0.01 * plan.chance
    ones, twos = ([v for v in part if v is not None] for part in (before, after))
    if not ones or not twos or any((e.val_accuracy or 0.0) >= 0.99 for e in late):
        return None
    return (fmean(twos) - fmean(ones)) / unit


def _late(facts: Facts) -> bool:
    return facts.epoch >= max(_FEW, _SHARE * facts.plan.epochs)


def _error(plan: Plan) -> float:
    """The standard error of an accuracy of the majority's size."""
    return math.sqrt(plan.majority * (1 - plan.majority) / max(1, plan.val_images))


def _beats(epoch: Epoch, plan: Plan) -> bool:
    """Whether the validation accuracy is better than always naming the largest class."""
    accuracy = epoch.val_accuracy
    return accuracy is not None and accuracy > plan.majority + 2 * _error(plan)


def _smoothed(values: Sequence[float]) -> list[float]:
    """Medians of three neighbours; at both ends of the three that are there."""
    last = len(values) - 1
    return [median(values[max(0, min(i - 1, last - 2)) :][:3]) for i in range(len(values))]
