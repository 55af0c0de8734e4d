"""Binary cross-entropy: one yes-or-no question for each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from engine.losses.base import LOSSES, Link, Loss, LossFunction, TargetKind
from engine.spec import param

if TYPE_CHECKING:
    import torch

__all__ = ["BinaryCrossEntropy"]


@LOSSES.register
class BinaryCrossEntropy(Loss):
    """``-q * log p - (1 - q) * log(1 - p)`` with ``p = sigmoid(score)``, summed over the classes.

    The loss of images that can have several classes. On images of one class each it is one against
    the rest (Wightman, Touvron and Jégou 2021, "ResNet strikes back", section 3.1). ``q = (1 - s) *
    one_hot + s / classes`` as in cross-entropy. Summed, not averaged, so that an image weighs about
    as much as in cross-entropy and the same learning rate fits.
    """

    kind: ClassVar[str] = "binary_cross_entropy"
    title: ClassVar[str] = "Binary cross-entropy"
    summary: ClassVar[str] = "Asks about each class alone: for several classes an image."
    link: ClassVar[Link] = "sigmoid"
    suits: ClassVar[tuple[TargetKind, ...]] = ("single", "ordinal", "multi")

    label_smoothing: float = param(
        0.1,
        ge=0,
        lt=1,
        search=(0.0, 0.2),
        help="Share of every label spread over all classes. 0.1 keeps the model from being certain "
        "of wrongly labelled images; 0 is the plain loss.",
    )
    mixed: Literal["shares", "present"] = param(
        "shares",
        label="Mixed images",
        advanced=True,
        help="What a mixed image counts as. Shares keeps the proportions, so that probabilities "
        "mean what they say; present counts both classes as fully there, as ResNet strikes back "
        "does for training of hundreds of epochs.",
    )

    def build(self, counts: Sequence[float]) -> LossFunction:
        """The loss in float32; ``counts`` changes nothing."""
        from engine.losses.modules import shares, sigmoid_terms

        smoothing, present = self.label_smoothing, self.mixed == "present"

        def loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            if present and targets.ndim == 2:
                targets = targets > 0
            wanted = shares(targets, scores.shape[1], smoothing)
            there, absent = sigmoid_terms(scores, 0.0)
            return (wanted * there + (1.0 - wanted) * absent).sum(1).mean()

        return loss
