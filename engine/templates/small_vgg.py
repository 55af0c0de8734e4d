"""VGG's idea at a tenth of its width."""

from __future__ import annotations

from engine.blocks.steps import conv_norm_relu
from engine.graph.builder import GraphBuilder
from engine.graph.layout import arrange
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.pooling import GlobalAvgPool, MaxPool
from engine.layers.regularisation import Dropout
from engine.templates.base import Template
from engine.templates.sizing import halvings

__all__ = ["TEMPLATE"]

_WIDTHS = (32, 64, 128, 128, 128)
_FEWEST = 3


def _build(frame: Frame) -> Graph:
    """Pairs of 3x3 convolutions, each pair followed by a maximum (Simonyan and Zisserman, 2014).

    Three pairs, and up to five for larger images, with batch norm, and the mean instead of VGG's
    wide linear layers, which hold most of its parameters. Poolings that would leave less than 3 px
    are left out.
    """
    kept = halvings(frame, most=len(_WIDTHS))
    make = GraphBuilder()
    make.add("image", Input())
    for stage, width in enumerate(_WIDTHS[: max(_FEWEST, kept)], start=1):
        for number in (1, 2):
            conv_norm_relu(make, f"conv{stage}_{number}", Conv2d(out_channels=width))
        if stage <= kept:
            make.add(f"pool{stage}", MaxPool())
    make.add("pool", GlobalAvgPool())
    make.add("dropout", Dropout(rate=0.2))
    make.add("scores", Output())
    return arrange(make.graph())


TEMPLATE = Template(
    name="small_vgg",
    title="Small VGG",
    summary="Pairs of 3 × 3 convolutions and nothing else: easy to read and change, for a few "
    "hundred images and more.",
    build=_build,
    group="Small images and few data",
)
