"""Modules that join several tensors."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["Add", "Concat", "Multiply"]


class Add(nn.Module):
    """The sum of equal shapes."""

    def forward(self, first: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        """``first + others[0] + …``."""
        total = first
        for other in others:
            total = total + other
        return total


class Concat(nn.Module):
    """Channels (or features) of all inputs, one after the other."""

    def __init__(self, dim: int = 1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """``[B, sum of channels, …]``."""
        return torch.cat(inputs, dim=self.dim)


class Multiply(nn.Module):
    """The product; a gate of one value per channel is spread over the image."""

    def forward(self, first: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        """``first * others[0] * …``."""
        product = first
        for other in others:
            a, b = product, other
            if a.ndim == 2 and b.ndim == 4:
                a = a[:, :, None, None]
            elif b.ndim == 2 and a.ndim == 4:
                b = b[:, :, None, None]
            product = a * b
        return product
