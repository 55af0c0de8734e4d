"""How many answers of a batch are right."""

from __future__ import annotations

from torch import Tensor

__all__ = ["hits"]


def hits(scores: Tensor, targets: Tensor, *, several: bool) -> Tensor:
    """Right answers of a batch, on the device.

    ``targets`` are labels, or shares where labels are mixed: then the shares that are hit count.
    With ``several`` they are 0 and 1 (or mixed) by class, and an image counts by the share of its
    classes that are told right, present or absent, at a probability of one half.
    """
    if several:
        return ((scores > 0) == (targets > 0.5)).float().mean(1).sum()
    best = scores.argmax(1)
    if targets.ndim == 1:
        return (best == targets).sum()
    return targets.gather(1, best[:, None]).sum()
