"""What the losses share when they compute; needs torch, and holds no kind."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, one_hot

__all__ = ["Constant", "focal_softmax", "shares", "sigmoid_terms"]

_SMALLEST = 1e-12
"""``1 - p`` is not let below it: a root of zero has no slope, and all is learned there."""


class Constant:
    """Numbers that a loss needs beside the scores, kept on each device that asks for them.

    They are copied there by the first call, so that later ones, which may be recorded as a CUDA
    graph, move nothing.
    """

    def __init__(self, values: Sequence[float] | Sequence[Sequence[float]]) -> None:
        self._there: dict[torch.device, Tensor] = {}
        self._values = torch.tensor(values, dtype=torch.float32)

    def beside(self, scores: Tensor) -> Tensor:
        """The numbers, float32, on the device of ``scores``."""
        found = self._there.get(scores.device)
        if found is None:
            found = self._there[scores.device] = self._values.to(scores.device)
        return found


def shares(targets: Tensor, classes: int, smoothing: float = 0.0) -> Tensor:
    """Float32 ``[B, classes]``: ``(1 - smoothing) * share + smoothing / classes``.

    ``targets`` are labels ``[B]`` or shares ``[B, classes]`` already.
    """
    known = one_hot(targets, classes).float() if targets.ndim == 1 else targets.float()
    return known * (1.0 - smoothing) + smoothing / classes if smoothing else known


def focal_softmax(scores: Tensor, wanted: Tensor, gamma: float) -> Tensor:
    """``[B]``: ``-sum(q * (1 - p)^gamma * log p)`` of shares ``q`` and ``p = softmax(scores)``.

    Lin et al. 2017, equation 4, which has one ``q`` of 1. ``q`` may carry weights of classes.
    """
    log_p = scores.float().log_softmax(1)
    if not gamma:
        return -(wanted * log_p).sum(1)
    rest = (-torch.expm1(log_p)).clamp_min(_SMALLEST)
    return -(wanted * rest.pow(gamma) * log_p).sum(1)


def sigmoid_terms(scores: Tensor, gamma: float) -> tuple[Tensor, Tensor]:
    """``[B, classes]`` twice: the loss of each score if its class is there, and if it is not.

    ``-(1 - p)^gamma * log p`` and ``-p^gamma * log(1 - p)`` with ``p = sigmoid(scores)``; computed
    from logarithms, so that it holds for scores of any size.
    """
    there, absent = logsigmoid(scores.float()), logsigmoid(-scores.float())
    if not gamma:
        return -there, -absent
    return -(gamma * absent).exp() * there, -(gamma * there).exp() * absent
