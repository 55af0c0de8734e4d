"""Pooling modules."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["BlurPool", "GeM"]


class BlurPool(nn.Module):
    """Binomial blur and subsampling of ``[B, C, H, W]`` (Zhang, 2019)."""

    blur: torch.Tensor

    def __init__(
        self,
        channels: int,
        kernel_size: int = 3,
        stride: int = 2,
        padding_mode: str = "reflect",
    ) -> None:
        super().__init__()
        row = torch.ones(1)
        for _ in range(kernel_size - 1):  # a row of Pascal's triangle
            row = nn.functional.pad(row, (1, 0)) + nn.functional.pad(row, (0, 1))
        blur = torch.outer(row, row) / row.sum() ** 2
        blur = blur.repeat(channels, 1, 1, 1)
        self.register_buffer("blur", blur, persistent=False)
        self.stride = stride
        before, after = (kernel_size - 1) // 2, kernel_size // 2
        self.padding = (before, after, before, after)
        self.padding_mode = "constant" if padding_mode == "zeros" else padding_mode

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``[B, C, ceil(H / stride), ceil(W / stride)]``."""
        x = nn.functional.pad(x, self.padding, mode=self.padding_mode)
        groups = len(self.blur)
        return nn.functional.conv2d(x, self.blur, stride=self.stride, groups=groups)


class GeM(nn.Module):
    """Generalised mean of each channel of ``[B, C, H, W]`` (Radenovic et al., 2018)."""

    def __init__(
        self,
        power: float = 3.0,
        channels: int = 1,
        eps: float = 1e-6,
    ) -> None:
        super().__init__()
        self.power = nn.Parameter(torch.full((channels, 1, 1), power))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``[B, C]``."""
        x = x.clamp(min=self.eps).pow(self.power).mean((2, 3), keepdim=True)
        return x.pow(1 / self.power).flatten(1)
