"""Modules for sequences of tokens, ``[B, N, D]``."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["ClassToken", "ImageToSequence", "SequenceToImage", "SwapTokens", "TokenPool"]


class ImageToSequence(nn.Module):
    """Pixels, row by row, as tokens."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``[B, C, H, W]`` to ``[B, H * W, C]``."""
        return x.flatten(2).transpose(1, 2)


class SequenceToImage(nn.Module):
    """Tokens as pixels, row by row."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.sides = (height, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``[B, N, D]`` to ``[B, D, height, width]``."""
        return x.transpose(1, 2).unflatten(2, self.sides)


class SwapTokens(nn.Module):
    """Tokens as features."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``[B, N, D]`` to ``[B, D, N]``."""
        return x.transpose(1, 2)


class ClassToken(nn.Module):
    """Puts a learned token in front of ``[B, N, D]``."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, features))
        nn.init.trunc_normal_(self.token, std=0.02)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``[B, N + 1, D]``."""
        return torch.cat([self.token.expand(len(x), -1, -1), x], dim=1)


class TokenPool(nn.Module):
    """``[B, N, D]`` to ``[B, D]``: the mean, the maximum or the first token."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self.mode = mode

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``[B, D]``."""
        if self.mode == "first":
            return x[:, 0]
        return x.mean(1) if self.mode == "mean" else x.amax(1)
