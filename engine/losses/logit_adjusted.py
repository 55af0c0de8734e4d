"""Logit adjustment: cross-entropy that takes the frequency of the classes off the scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.losses.base import LOSSES, Loss, LossFunction
from engine.spec import param

if TYPE_CHECKING:
    import torch

__all__ = ["LogitAdjusted"]


@LOSSES.register
class LogitAdjusted(Loss):
    """Cross-entropy of ``scores + tau * log prior`` (Menon et al. 2021).

    ``prior`` is the share of each class in an epoch. The sum learns how likely a class is among
    images as they come, so the scores alone learn how likely it is if all classes were equally
    common; classification and probabilities use the scores alone, and favour balanced accuracy.

    The adjustment belongs to the loss wherever a loss is computed, so on validation images too:
    they are as uneven as the training images, the sum is what fits them, and the two curves can be
    compared. Nothing is adjusted where only scores are wanted.
    """

    kind: ClassVar[str] = "logit_adjusted"
    title: ClassVar[str] = "Logit-adjusted"
    summary: ClassVar[str] = "For uneven classes, where each class matters as much as any other."

    tau: float = param(
        1.0,
        ge=0,
        le=5,
        search=(0.0, 2.0),
        help="How much of the classes' frequency is taken off. 1 is right for balanced accuracy by "
        "the paper's proof; 0 is cross-entropy.",
    )
    label_smoothing: float = param(
        0.0,
        ge=0,
        lt=1,
        search=(0.0, 0.2),
        help="Share of every label spread over all classes. 0 by default: a rare class's smoothed "
        "share can exceed its prior, and works against the adjustment.",
    )

    def build(self, counts: Sequence[float]) -> LossFunction:
        """The loss in float32; a class without images counts as one of a single image."""
        from torch.nn.functional import cross_entropy

        from engine.losses.modules import Constant

        known = [max(1.0, float(count)) for count in counts]
        total = math.fsum(known)
        shift = Constant([self.tau * math.log(count / total) for count in known])
        smoothing = self.label_smoothing

        def loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            adjusted = scores.float() + shift.beside(scores)
            return cross_entropy(adjusted, targets, label_smoothing=smoothing)

        return loss
