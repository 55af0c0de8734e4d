"""What MobileNet and EfficientNet have in common."""

from __future__ import annotations

from collections.abc import Mapping

from engine.blocks.mbconv import ACTIVATIONS, Bend, MBConv
from engine.graph.builder import GraphBuilder
from engine.graph.layout import arrange
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.linear import Linear
from engine.layers.normalisation import BatchNorm
from engine.layers.pooling import GlobalAvgPool
from engine.layers.regularisation import Dropout
from engine.templates.shrinking import strides

__all__ = ["inverted_network"]

_DROPOUT = 0.2


def inverted_network(
    frame: Frame,
    blocks: Mapping[str, MBConv],
    *,
    stem: int,
    last: int,
    hidden: int | None = None,
    activation: Bend,
    norm: BatchNorm,
) -> Graph:
    """A network of inverted residuals as torchvision writes it, weights in the same order.

    3x3 convolution with stride 2 to ``stem`` channels, the blocks by their id, 1x1 convolution to
    ``last`` channels, mean, for MobileNetV3 a linear layer of ``hidden`` features, dropout, scores.
    Below 96 px the earliest of the five halvings are left out, that of the stem first, see
    ``strides``; the published weights fit all the same.
    """
    steps = iter(strides(frame, (2, *(block.stride for block in blocks.values()))))
    make = GraphBuilder()

    def step(name: str, layer: Conv2d) -> None:
        make.add(name, layer.with_(bias=False))
        make.add(f"{name}_norm", norm)
        make.add(f"{name}_activation", ACTIVATIONS[activation])

    make.add("image", Input())
    step("stem", Conv2d(out_channels=stem, stride=next(steps)))
    for name, block in blocks.items():
        make.add(name, block.with_(stride=next(steps)))
    step("last", Conv2d(out_channels=last, kernel_size=1))
    make.add("avgpool", GlobalAvgPool())
    if hidden is not None:
        make.add("hidden", Linear(out_features=hidden))
        make.add("hidden_activation", ACTIVATIONS[activation])
    make.add("dropout", Dropout(rate=_DROPOUT))
    make.add("scores", Output())
    return arrange(make.graph())
