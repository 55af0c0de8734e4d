"""Modules that rearrange one tensor."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["Permute", "Reshape", "Slice"]


class Reshape(nn.Module):
    """The values of each sample in another shape."""

    def __init__(self, *sizes: int) -> None:
        super().__init__()
        self.sizes = sizes

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``[B, *sizes]``."""
        return x.reshape(-1, *self.sizes)


class Permute(nn.Module):
    """The dimensions behind the batch in another order."""

    def __init__(self, *order: int) -> None:
        super().__init__()
        self.order = order

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``x.permute(0, *order)``."""
        return x.permute(0, *self.order)


class Slice(nn.Module):
    """Some of the channels or features: from ``first`` to before ``last``."""

    def __init__(self, first: int, last: int, dim: int = 1) -> None:
        super().__init__()
        self.first = first
        self.last = last
        self.dim = dim

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``last - first`` channels."""
        return x.narrow(self.dim, self.first, self.last - self.first)
