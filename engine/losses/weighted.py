"""Losses that weigh classes, so that rare ones are not drowned by common ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.errors import FoveaError
from engine.losses.base import LOSSES, Loss, LossFunction, TargetKind
from engine.spec import param

if TYPE_CHECKING:
    import torch

__all__ = ["ClassBalanced", "WeightedCrossEntropy", "effective_weights", "frequency_weights"]


def frequency_weights(counts: Sequence[float], strength: float) -> list[float]:
    """``(1 / n)^strength`` by class, scaled so that the mean over the images is 1.

    A class without images counts as one of a single image.
    """
    return _scaled(counts, [_at_least_one(n) ** -strength for n in counts])


def effective_weights(counts: Sequence[float], beta: float) -> list[float]:
    """``(1 - beta) / (1 - beta^n)`` by class, scaled so that the mean over the images is 1.

    One by the effective number of images (Cui et al. 2019). The paper scales so that
    the weights sum to the number of classes: the same but for a factor.
    """
    log_beta = math.log(beta) if beta else -math.inf
    return _scaled(counts, [-1 / math.expm1(_at_least_one(n) * log_beta) for n in counts])


@LOSSES.register
class WeightedCrossEntropy(Loss):
    """``-sum(w * q * log softmax(scores))``: cross-entropy in which classes have weights.

    ``q`` are the smoothed shares of :class:`CrossEntropy`. The weights are scaled so that those of
    the images of an epoch are 1 in the mean, and a batch is simply averaged: the loss of an image
    does not depend on the others of its batch, and the learning rate need not change.
    """

    kind: ClassVar[str] = "weighted_cross_entropy"
    title: ClassVar[str] = "Weighted cross-entropy"
    summary: ClassVar[str] = "Cross-entropy in which rare classes count more."

    strength: float = param(
        0.5,
        ge=0,
        le=1,
        search=(0.0, 1.0),
        help="0 counts all images alike, 1 all classes alike, however few their images. 0.5 is a "
        "compromise: full weights let a handful of images rule the gradient.",
    )
    given: str = param(
        "",
        label="Given weights",
        advanced=True,
        help="A weight for each class in their order, separated by spaces, such as 1 2.5 1, in "
        "place of those by frequency: for mistakes that cost more than others. Empty by default, "
        "for the number of images is known and the cost is not.",
    )
    label_smoothing: float = param(
        0.1,
        ge=0,
        lt=1,
        search=(0.0, 0.2),
        help="Share of every label spread over all classes. 0.1 keeps the model from being certain "
        "of wrongly labelled images; 0 is the plain loss.",
    )

    def validate_together(self) -> None:
        """The given weights must be numbers above zero."""
        super().validate_together()
        self._given()

    def trouble(self, targets: TargetKind, classes: int) -> str:
        """Tells when there are not as many weights as classes."""
        count = len(self._given())
        if count in (0, classes):
            return super().trouble(targets, classes)
        return f"“{self.title}” has {count} given weights for {classes} classes."

    def build(self, counts: Sequence[float]) -> LossFunction:
        """Torch's cross-entropy with weights, in float32."""
        from torch.nn.functional import cross_entropy

        from engine.losses.modules import Constant

        weights, smoothing = Constant(self.weights(counts)), self.label_smoothing

        def loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            scores = scores.float()
            each = cross_entropy(
                scores,
                targets,
                weight=weights.beside(scores),
                label_smoothing=smoothing,
                reduction="none",
            )
            return each.mean()

        return loss

    def weights(self, counts: Sequence[float]) -> list[float]:
        """The weight of each class: those given, else by frequency; the mean over images is 1.

        Raises FoveaError FV-H002 when there are not as many as classes.
        """
        given = self._given()
        if not given:
            return frequency_weights(counts, self.strength)
        if len(given) != len(counts):
            raise FoveaError(
                "FV-H002",
                "The weights do not fit the classes.",
                where="training.loss.given",
                why=self.trouble("single", len(counts)),
                kept="Nothing was changed.",
                fix="Give one weight for each class, or none.",
            )
        return _scaled(counts, given)

    def _given(self) -> list[float]:
        try:
            numbers = [float(word) for word in self.given.replace(";", " ").split()]
        except ValueError:
            numbers = [math.nan]
        if all(0 < number < math.inf for number in numbers):
            return numbers
        raise FoveaError(
            "FV-H001",
            f"“{self.given:.60}” are no weights.",
            where="given",
            why="Expected numbers above 0, separated by spaces.",
            fix="Enter one for each class, such as 1 2.5 1, or nothing.",
        )


@LOSSES.register
class ClassBalanced(Loss):
    """``-sum(w * q * (1 - p)^gamma * log p)``, ``w = (1 - beta) / (1 - beta^n)`` (Cui et al. 2019).

    ``n`` are the images of a class; ``(1 - beta^n) / (1 - beta)`` is the number that they are worth
    when each new one tells a little less. Scaled so that the weights of the images of an epoch are
    1 in the mean. With a gamma it is the class-balanced focal loss.
    """

    kind: ClassVar[str] = "class_balanced"
    title: ClassVar[str] = "Class-balanced"
    summary: ClassVar[str] = "Weighs classes by how much their images tell: for large, long tails."

    beta: float = param(
        0.999,
        ge=0,
        lt=1,
        search=(0.9, 0.9999),
        help="How little a further image repeats the earlier ones. Near 1 classes weigh by one by "
        "their number; at 0 all images weigh alike. 0.999 takes 1,000 images or more for nearly "
        "all that can be seen, which suits sets of lab size; the paper's best are 0.999 to 0.9999.",
    )
    gamma: float = param(
        0.0,
        ge=0,
        le=10,
        search=(0.0, 2.0),
        advanced=True,
        help="Focusing on hard images, as in focal loss. 0 by default: weights alone.",
    )
    label_smoothing: float = param(
        0.1,
        ge=0,
        lt=1,
        search=(0.0, 0.2),
        help="Share of every label spread over all classes. 0.1 keeps the model from being certain "
        "of wrongly labelled images; 0 is the plain loss.",
    )

    def build(self, counts: Sequence[float]) -> LossFunction:
        """The loss in float32."""
        from engine.losses.modules import Constant, focal_softmax, shares

        weights = Constant(effective_weights(counts, self.beta))
        gamma, smoothing = self.gamma, self.label_smoothing

        def loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            wanted = shares(targets, scores.shape[1], smoothing) * weights.beside(scores)
            return focal_softmax(scores, wanted, gamma).mean()

        return loss


def _at_least_one(count: float) -> float:
    return max(1.0, float(count))


def _scaled(counts: Sequence[float], weights: Sequence[float]) -> list[float]:
    known = [_at_least_one(count) for count in counts]
    mean = math.fsum(n * w for n, w in zip(known, weights, strict=True)) / math.fsum(known)
    return [weight / mean for weight in weights]
