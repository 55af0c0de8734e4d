"""Normalisation modules."""

from __future__ import annotations

from torch import Tensor, nn

__all__ = ["ChannelNorm"]


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of each pixel of a ``[B, C, H, W]`` tensor."""

    def forward(self, input: Tensor) -> Tensor:
        """The same shape, each pixel at mean 0 and variance 1 before the learned scale."""
        return super().forward(input.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
