"""Cross-entropy, the loss of single-label classification."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.losses.base import LOSSES, Loss, LossFunction
from engine.spec import param

if TYPE_CHECKING:
    import torch

__all__ = ["CrossEntropy"]


@LOSSES.register
class CrossEntropy(Loss):
    """``-sum(q * log softmax(scores))`` with ``q = (1 - s) * one_hot + s / classes``.

    ``s`` is the label smoothing (Szegedy et al. 2016, section 7). Where images are mixed, their
    shares take the place of ``one_hot``: the mean of the two labels' losses, weighted by share.
    """

    kind: ClassVar[str] = "cross_entropy"
    title: ClassVar[str] = "Cross-entropy"
    summary: ClassVar[str] = "The standard where every image has exactly one class."

    label_smoothing: float = param(
        0.1,
        ge=0,
        lt=1,
        search=(0.0, 0.2),
        help="Share of every label spread over all classes. 0.1 keeps the model from being certain "
        "of wrongly labelled images and usually gains accuracy; 0 is the plain loss.",
    )

    def build(self, counts: Sequence[float]) -> LossFunction:
        """Torch's cross-entropy, always computed in float32; ``counts`` changes nothing."""
        from torch.nn.functional import cross_entropy

        smoothing = self.label_smoothing

        def loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            return cross_entropy(scores.float(), targets, label_smoothing=smoothing)

        return loss
