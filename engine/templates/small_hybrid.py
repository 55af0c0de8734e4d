"""A small network of convolutions first and attention last."""

from __future__ import annotations

from engine.blocks.conv_attention import ConvAttention
from engine.blocks.mbconv import MBConv
from engine.graph.analysis import analyse
from engine.graph.builder import GraphBuilder
from engine.graph.layout import arrange
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.layers.ends import Input, Output
from engine.layers.normalisation import LayerNorm
from engine.layers.pooling import GlobalAvgPool
from engine.layers.regularisation import Dropout
from engine.templates.base import Template
from engine.templates.shrinking import strides
from engine.templates.sizing import small_stem

__all__ = ["TEMPLATE"]

_STEM_WIDTH = 32
_STAGES = ((48, 2), (96, 2))
"""Channels and number of MBConv blocks; the first of a stage halves the image."""

_ATTENTION, _HEADS = 2, 3


def _build(frame: Frame) -> Graph:
    """Stem, two stages of MBConv, two attention blocks: CoAtNet's order (Dai et al., 2021).

    Convolutions come first because they need not learn that neighbours belong together, which is
    what attention lacks with few data. The stem brings the image to about 32 px, the stages to
    about 8 x 8 places, among which attention is cheap; a depthwise convolution tells it where each
    place is (see ``ConvAttention``), so that any image size will do. On images below 12 px stages
    keep the size, as far as 3 px are left. 0.4 million parameters, and 22 to 39 million
    multiply-adds from 28 to 224 px.
    """
    make = GraphBuilder()
    make.add("image", Input())
    small_stem(make, frame, _STEM_WIDTH)
    steps = iter(strides(_left(make, frame), (2,) * len(_STAGES)))
    for stage, (width, count) in enumerate(_STAGES, start=1):
        for number in range(count):
            stride = 1 if number else next(steps)
            block = MBConv(out_channels=width, stride=stride, expand_ratio=4.0)
            make.add(f"stage{stage}_{number}", block)
    for number in range(1, _ATTENTION + 1):
        make.add(f"attention{number}", ConvAttention(heads=_HEADS))
    make.add("norm", LayerNorm(eps=1e-6))
    make.add("avgpool", GlobalAvgPool())
    make.add("dropout", Dropout(rate=0.2))
    make.add("scores", Output())
    return arrange(make.graph())


def _left(make: GraphBuilder, frame: Frame) -> Frame:
    """What the stem makes of the image, as if it were one."""
    shape = analyse(make.graph(), frame).nodes[make.last].shape
    assert shape is not None
    return Frame(*shape, classes=frame.classes)


TEMPLATE = Template(
    name="small_hybrid",
    title="Small hybrid with attention",
    summary="Convolutions, then attention: small enough to try where distant parts tell the class "
    "together.",
    build=_build,
    group="Small images and few data",
)
