"""Modules that drop something during training."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["StochasticDepth"]


class StochasticDepth(nn.Module):
    """Zeroes whole samples, or the batch, while training (Huang et al., 2016)."""

    def __init__(self, rate: float, mode: str = "row") -> None:
        super().__init__()
        self.rate = rate
        self.mode = mode

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The same shape; what is kept is divided by the share that is kept."""
        if not self.training or self.rate == 0:
            return x
        rows = x.shape[0] if self.mode == "row" else 1
        kept = x.new_empty([rows] + [1] * (x.ndim - 1)).bernoulli_(1 - self.rate)
        return x * kept.div_(1 - self.rate)
