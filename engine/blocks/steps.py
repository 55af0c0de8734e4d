"""What most blocks are written with: a convolution, its normalisation and its activation."""

from __future__ import annotations

from engine.graph.builder import GraphBuilder
from engine.layers.activation import Relu
from engine.layers.base import Shape, TooSmall, show
from engine.layers.convolution import Conv2d
from engine.layers.ends import Source
from engine.layers.normalisation import BatchNorm

__all__ = ["begin", "conv_norm", "conv_norm_relu", "need_side", "scaled", "shortcut"]


def begin(inputs: tuple[Shape, ...]) -> GraphBuilder:
    """A graph that starts with the one input of a block, named ``input``."""
    make = GraphBuilder()
    make.add("input", Source.of(inputs[0]))
    return make


def conv_norm(
    make: GraphBuilder, name: str, conv: Conv2d, *sources: str, norm: BatchNorm | None = None
) -> str:
    """A convolution, which loses its bias, and batch norm: ``name`` and ``name_norm``."""
    make.add(name, conv.with_(bias=False), *sources)
    return make.add(f"{name}_norm", norm or BatchNorm())


def conv_norm_relu(
    make: GraphBuilder, name: str, conv: Conv2d, *sources: str, norm: BatchNorm | None = None
) -> str:
    """Convolution, batch norm and in-place ReLU: ``name``, ``name_norm`` and ``name_relu``."""
    conv_norm(make, name, conv, *sources, norm=norm)
    return make.add(f"{name}_relu", Relu(inplace=True))


def shortcut(make: GraphBuilder, inputs: tuple[Shape, ...], out_channels: int, stride: int) -> str:
    """The way around the branch: nothing, or a 1 × 1 convolution with batch norm.

    The convolution is there where the number of channels or the size of the image changes.
    """
    if inputs[0][0] == out_channels and stride == 1:
        return "input"
    conv = Conv2d(out_channels=out_channels, kernel_size=1, stride=stride)
    return conv_norm(make, "shortcut", conv, "input")


def scaled(channels: int, width: float) -> int:
    """A published number of channels, multiplied; at least one."""
    return max(1, round(channels * width))


def need_side(inputs: tuple[Shape, ...], side: int, title: str, param: str) -> None:
    """Refuses images with a side below ``side`` pixels; raises TooSmall."""
    if min(inputs[0][1:]) < side:
        raise TooSmall(
            f"{{0}} gives {show(inputs[0])}: that is smaller than the {side} × {side} window "
            f"inside “{title}”.",
            param,
        )
