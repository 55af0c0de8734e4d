"""Focal loss: images that are recognised already count less."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.losses.base import LOSSES, Link, Loss, LossFunction, TargetKind
from engine.spec import param

if TYPE_CHECKING:
    import torch

__all__ = ["BinaryFocal", "Focal"]


@LOSSES.register
class Focal(Loss):
    """``-sum(q * (1 - p)^gamma * log p)`` with ``p = softmax(scores)`` (Lin et al. 2017, eq. 4).

    ``q`` are the smoothed shares of :class:`CrossEntropy`, which it is for a gamma of 0.
    """

    kind: ClassVar[str] = "focal"
    title: ClassVar[str] = "Focal"
    summary: ClassVar[str] = "Cross-entropy that turns to the images that are still hard."

    gamma: float = param(
        2.0,
        ge=0,
        le=10,
        search=(0.5, 3.0),
        help="How much less an image counts that is recognised already. 2 is the paper's best; 0 "
        "is cross-entropy. Wrongly labelled images stay hard: with many of them choose less.",
    )
    label_smoothing: float = param(
        0.0,
        ge=0,
        lt=1,
        search=(0.0, 0.2),
        help="Share of every label spread over all classes. 0 by default: focusing keeps the model "
        "from being certain already.",
    )

    def build(self, counts: Sequence[float]) -> LossFunction:
        """The loss in float32; ``counts`` changes nothing."""
        from engine.losses.modules import focal_softmax, shares

        gamma, smoothing = self.gamma, self.label_smoothing

        def loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            wanted = shares(targets, scores.shape[1], smoothing)
            return focal_softmax(scores, wanted, gamma).mean()

        return loss


@LOSSES.register
class BinaryFocal(Loss):
    """A yes-or-no question for each class, with focusing (Lin et al. 2017, equation 5).

    ``alpha * q * (1 - p)^gamma * -log p + (1 - alpha) * (1 - q) * p^gamma * -log(1 - p)`` with
    ``p = sigmoid(score)``, summed over the classes: as the paper, which divides by the number of
    things to find, and each image here holds one.
    """

    kind: ClassVar[str] = "binary_focal"
    title: ClassVar[str] = "Binary focal"
    summary: ClassVar[str] = "Focal loss that asks about each class alone."
    link: ClassVar[Link] = "sigmoid"
    suits: ClassVar[tuple[TargetKind, ...]] = ("single", "ordinal", "multi")

    gamma: float = param(
        2.0,
        ge=0,
        le=10,
        search=(0.5, 3.0),
        help="How much less an answer counts that is right already. 2 is the paper's best.",
    )
    alpha: float = param(
        0.25,
        gt=0,
        lt=1,
        search=(0.1, 0.75),
        help="Weight of a class that is there; one that is not there has the rest. 0.25 is the "
        "paper's best with a gamma of 2: focusing has quieted the many absent classes already.",
    )

    def build(self, counts: Sequence[float]) -> LossFunction:
        """The loss in float32; ``counts`` changes nothing."""
        from engine.losses.modules import shares, sigmoid_terms

        gamma, alpha = self.gamma, self.alpha

        def loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            there, absent = sigmoid_terms(scores, gamma)
            wanted = shares(targets, scores.shape[1])
            each = alpha * wanted * there + (1.0 - alpha) * (1.0 - wanted) * absent
            return each.sum(1).mean()

        return loss
