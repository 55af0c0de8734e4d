"""How published networks are fitted to images of another size."""

from __future__ import annotations

import math

from engine.graph.builder import GraphBuilder
from engine.layers.activation import Relu
from engine.layers.base import Frame
from engine.layers.convolution import Conv2d
from engine.layers.normalisation import BatchNorm
from engine.layers.pooling import MaxPool

__all__ = ["LEAST_LEFT", "halvings", "small_stem"]

LEAST_LEFT = 3
"""Pixels that are to be left at the shorter side of the last map."""


def halvings(frame: Frame, most: int, later: int = 0) -> int:
    """How many of ``most`` halvings to keep at the start, when ``later`` more follow.

    All of them where at least 3 px are left at the end, which for the usual 32-fold reduction are
    images from 96 px on: there a template is the published network. Below, the earliest halvings
    are left out, one by one: a stride becomes 1, a pooling is missing. No kernel changes its size,
    so the published weights still fit.
    """
    shorter = min(frame.height, frame.width)
    kept = most
    while kept and shorter < LEAST_LEFT * 2 ** (kept + later):
        kept -= 1
    return kept


def small_stem(make: GraphBuilder, frame: Frame, width: int, *, normalised: bool = True) -> None:
    """The 3x3 convolution that starts a network made for images of 32 px.

    Larger images are brought to about 32 px, the first time by the convolution's stride, then by a
    maximum. Without ``normalised`` batch norm and ReLU are left to the blocks that follow.
    """
    times = max(0, round(math.log2(max(frame.height, frame.width) / 32)))
    make.add("conv1", Conv2d(out_channels=width, stride=2 if times else 1, bias=False))
    if normalised:
        make.add("norm1", BatchNorm())
        make.add("relu1", Relu(inplace=True))
    if times > 1:
        step = 2 ** (times - 1)
        make.add("pool1", MaxPool(kernel_size=step + 1, stride=step, padding=step // 2))
