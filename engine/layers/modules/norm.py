"""Normalisation modules."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["ChannelNorm", "ChannelRMSNorm"]


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of each pixel of ``[B, C, H, W]``."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """The same shape; each pixel has mean 0 and variance 1 before the scale."""
        return super().forward(input.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ChannelRMSNorm(nn.RMSNorm):
    """RMS normalisation over the channels of each pixel of ``[B, C, H, W]``."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The same shape, each pixel at mean square 1 before the learned scale."""
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
