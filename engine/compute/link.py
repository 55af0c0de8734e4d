"""From class scores to probabilities, by what the model was trained with."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import logsigmoid

from engine.losses.base import Link

__all__ = ["probabilities"]


def probabilities(scores: Tensor, link: Link, *, several: bool = False) -> Tensor:
    """``[B, classes]``, rows summing to 1, in the precision of ``scores``.

    With ``several`` classes an image, the probability of each alone; no sum is kept. Else,
    for ``"softmax"`` that. For ``"sigmoid"`` each class's own probability, as a share of their sum:
    every image has one class, and where the model says so too the sum is 1 already. A softmax of
    such scores would square the odds of two classes and be far too certain.
    """
    if several:
        return scores.sigmoid()
    return (logsigmoid(scores) if link == "sigmoid" else scores).softmax(1)
