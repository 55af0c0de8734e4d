"""What a guard knows, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, NamedTuple

__all__ = ["Epoch", "Facts", "Finding", "Guard", "Look", "Plan", "Times"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What stays the same for the whole run.

    Attributes:
        epochs, batch_size, train_images, val_images: as in ``RunStarted``.
        chance: the training loss of the best answer that does not look at the image: that of
            uniform scores, ``log(classes)`` for cross-entropy, or of the classes' shares.
        majority: the share of the most frequent class among the validation images.
        monitor: ``"accuracy"`` or ``"loss"``, which names the best epoch.
        peak: the learning rate at the schedule's factor 1.
        augmented: whether images are augmented.
        batch_norm: the path of the first batch norm that is trained, empty for none.
        graphics: whether a card computes.
        averaged: whether the weights that are kept are an average over steps.
        evened: whether classes are drawn more evenly than they are, at the cost of accuracy.
    """

    epochs: int
    batch_size: int
    train_images: int
    val_images: int
    chance: float
    majority: float = 1.0
    monitor: str = "accuracy"
    peak: float = 1e-3
    augmented: bool = False
    batch_norm: str = ""
    graphics: bool = False
    averaged: bool = False
    evened: bool = False


class Epoch(NamedTuple):
    """The numbers of a finished epoch, as in ``EpochDone``."""

    number: int
    train_loss: float
    train_accuracy: float
    val_loss: float | None
    val_accuracy: float | None


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen in the model at the end of an epoch, on a few training images.

    Attributes:
        epoch: after which epoch.
        change: the middle node's :func:`engine.train.flow.update_ratio`; None when not read.
        flow: verdicts of :func:`engine.train.flow.flow` for nodes of the model's own level that
            are not in the usual range, in the order of computation.
        dead: share of a node's channels that were zero for every image, where that is six in ten
            and more, of features without a place in the image nine in ten and more.
        saturated: share of a node's values that lay at an end of its range, where that is nine
            in ten and more.
        answers: how many classes the model named; ``asked``: how many there were.
    """

    epoch: int
    change: float | None = None
    flow: Mapping[str, str] = field(default_factory=dict)
    dead: Mapping[str, float] = field(default_factory=dict)
    saturated: Mapping[str, float] = field(default_factory=dict)
    answers: int = 0
    asked: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain values; ``Look(**value)`` reads them back."""
        return asdict(self)


@dataclass(slots=True)
class Times:
    """Seconds that a session of the run has spent so far, by the host's clock.

    Attributes:
        feed: getting batches; update: all else of the steps; blocked: waiting for the device to
            report a number; validate: validating; save: the longest save.
    """

    feed: float = 0.0
    update: float = 0.0
    blocked: float = 0.0
    validate: float = 0.0
    save: float = 0.0

    @property
    def train(self) -> float:
        """All that is not validation or saving."""
        return self.feed + self.update + self.blocked


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a guard may judge by, at the end of an epoch.

    Attributes:
        epochs: the epochs so far, at most some hundred of them, the latest last; at least one.
        looks: the looks into the model, the latest last, taken after this very epoch; at least one.
        lr: the learning rate of the last update.
    """

    plan: Plan
    epochs: Sequence[Epoch]
    looks: Sequence[Look]
    times: Times
    lr: float

    @property
    def epoch(self) -> int:
        """The epoch that has just ended, from 1."""
        return self.epochs[-1].number

    @property
    def over(self) -> bool:
        """Whether it was the last."""
        return self.epoch >= self.plan.epochs

    @property
    def lasting(self) -> Sequence[Look]:
        """The last two looks, or the only one when no other will come; else none.

        What shows in one look alone may be a chance of the batch.
        """
        if len(self.looks) > 1:
            return self.looks[-2:]
        return self.looks if self.over else ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a guard has noticed: a sentence on what and where, one on what to try."""

    text: str
    where: str = ""
    severity: str = "warning"


class Guard:
    """Judges one thing that goes wrong. A pure function of :class:`Facts`; subclasses write it.

    Attributes:
        kind: a stable name.
        covers: kinds that follow from this one and are not said any more once it was.
    """

    kind: ClassVar[str] = ""
    covers: ClassVar[tuple[str, ...]] = ()

    def judge(self, facts: Facts) -> Finding | None:
        """What there is to say, or None."""
        raise NotImplementedError
