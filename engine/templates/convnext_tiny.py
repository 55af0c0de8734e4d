"""ConvNeXt-Tiny."""

from __future__ import annotations

from engine.blocks.convnext import ConvNext
from engine.graph.builder import GraphBuilder
from engine.graph.layout import arrange
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.normalisation import LayerNorm
from engine.layers.pooling import GlobalAvgPool
from engine.templates.base import Template
from engine.templates.shrinking import strides

__all__ = ["TEMPLATE"]

_STAGES = ((96, 3), (192, 3), (384, 9), (768, 3))
"""Channels and number of blocks."""

_DROP_PATH = 0.1


def _build(frame: Frame) -> Graph:
    """Eighteen blocks in four stages (Liu et al., "A ConvNet for the 2020s", 2022).

    ``stem`` is torchvision's ``features.0``, ``stage1_0`` is ``features.1.0``, ``down2`` and its
    norm are ``features.2``, ``stage2_0`` is ``features.3.0`` and so on; ``norm`` is
    ``classifier.0`` and ``scores`` ``classifier.2``. The weights of linear layers in blocks become
    1x1 convolutions, see ``ConvNext``. Stochastic depth rises from 0 to 0.1, as in torchvision.

    Below 96 px the stride of the stem becomes 2, below 48 px 1, then those between the stages, the
    first ones first, see ``strides``. The windows keep their 4 and 2 px, so the published weights
    fit, and get a border where they overlap, so that no image is too small.
    """
    steps = iter(strides(frame, (4, 2, 2, 2)))
    norm = LayerNorm(eps=1e-6)
    total = sum(count for _, count in _STAGES)
    done = 0
    make = GraphBuilder()
    make.add("image", Input())
    for stage, (width, count) in enumerate(_STAGES, start=1):
        if stage == 1:
            make.add("stem", _shrink(width, 4, next(steps)))
            make.add("stem_norm", norm)
        else:
            make.add(f"down{stage}_norm", norm)
            make.add(f"down{stage}", _shrink(width, 2, next(steps)))
        for number in range(count):
            rate = round(_DROP_PATH * done / (total - 1), 4)
            make.add(f"stage{stage}_{number}", ConvNext(drop_path=rate))
            done += 1
    make.add("avgpool", GlobalAvgPool())
    make.add("norm", norm)
    make.add("scores", Output())
    return arrange(make.graph())


def _shrink(width: int, kernel: int, stride: int) -> Conv2d:
    """A convolution of separate windows; where they overlap, with a border."""
    border = {kernel: 0, 1: kernel // 2}.get(stride, (kernel - stride) // 2)
    return Conv2d(out_channels=width, kernel_size=kernel, stride=stride, padding=border)


TEMPLATE = Template(
    name="convnext_tiny",
    title="ConvNeXt-Tiny",
    summary="28 million parameters and slow without a GPU: for fine-tuning published weights only.",
    build=_build,
)
