"""Modules that weigh channels and pixels."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["ChannelPool", "FeatureConv", "Scale", "SqueezeExcitation"]


class SqueezeExcitation(nn.Module):
    """Weighs the channels of ``[B, C, H, W]`` by what all show (Hu et al., 2017)."""

    def __init__(
        self,
        input_channels: int,
        squeeze_channels: int,
        activation: type[nn.Module] = nn.ReLU,
        scale_activation: type[nn.Module] = nn.Sigmoid,
    ) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(input_channels, squeeze_channels, 1)
        self.fc2 = nn.Conv2d(squeeze_channels, input_channels, 1)
        self.activation = activation()
        self.scale_activation = scale_activation()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The same shape."""
        gate = self.activation(self.fc1(self.avgpool(x)))
        return self.scale_activation(self.fc2(gate)) * x


class Scale(nn.Module):
    """Multiplies by learned factors of the given sizes."""

    def __init__(self, *sizes: int, start: float = 1e-6) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full(sizes, start))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The same shape."""
        return x * self.scale


class ChannelPool(nn.Module):
    """The mean or maximum over the channels of each pixel."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self.mode = mode

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``[B, 1, H, W]``."""
        pool = x.mean if self.mode == "mean" else x.amax
        return pool(1, keepdim=True)


class FeatureConv(nn.Conv1d):
    """Slides a filter over the features of ``[B, D]``."""

    def __init__(self, kernel_size: int, bias: bool = False) -> None:
        super().__init__(1, 1, kernel_size, padding=kernel_size // 2, bias=bias)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """The same shape."""
        return super().forward(input.unsqueeze(1)).squeeze(1)
