"""Models with one thing wrong, and the same ones without it, for each rule."""

from __future__ import annotations

from engine.graph.builder import GraphBuilder
from engine.graph.edits import add_node, connect, disconnect
from engine.graph.records import Graph, Wire
from engine.layers.activation import Relu, Sigmoid, Tanh
from engine.layers.base import Frame, Layer
from engine.layers.convolution import Conv2d, DepthwiseConv2d
from engine.layers.ends import Input, Output
from engine.layers.linear import Linear
from engine.layers.merge import Add, Multiply
from engine.layers.normalisation import BatchNorm, GroupNorm
from engine.layers.pooling import AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from engine.layers.regularisation import Dropout
from engine.layers.reshape import Flatten, Identity

__all__ = ["BAD", "GOOD", "chain", "line"]

IMAGE = Frame(3, 32, 32, 4)


def line(*layers: Layer, head: str = "linear") -> Graph:
    """The layers in a row between image and scores, named ``kind`` and number from 1."""
    make = GraphBuilder()
    make.add("image", Input())
    for number, layer in enumerate(layers, start=1):
        make.add(f"{layer.kind}{number}", layer)
    make.add("scores", Output(head=head))
    return make.graph()


def chain(length: int, norm: bool = False) -> Graph:
    """Convolutions with ReLU in a row, wide enough in view."""
    layers: list[Layer] = []
    for number in range(length):
        layers.append(Conv2d(out_channels=8, kernel_size=5, bias=not norm))
        layers += [BatchNorm(), Relu()] if norm else [Relu()]
        layers += [MaxPool()] if number == 0 else []
    return line(*layers, GlobalAvgPool())


def _wide(*layers: Layer, head: str = "linear") -> Graph:
    """As ``line``, behind a convolution that sees enough of the image."""
    return line(Conv2d(out_channels=8, kernel_size=17), *layers, head=head)


def _branched() -> Graph:
    graph = _wide(Relu(), GlobalAvgPool())
    for kind, name in ((Conv2d(), "side"), (Relu(), "side_relu")):
        graph, _ = add_node(graph, kind, 0, 0, name)
    return connect(connect(graph, "conv2d1", "side"), "side", "side_relu")


def _shortcut() -> Graph:
    """A stride of 2 in a 1 x 1 convolution, beside a branch that reads all pixels."""
    make = GraphBuilder()
    make.add("image", Input())
    make.add("stem", Conv2d(out_channels=8, kernel_size=17))
    make.add("main", Conv2d(out_channels=8, stride=2))
    make.add("short", Conv2d(out_channels=8, kernel_size=1, stride=2), "stem")
    make.add("sum", Add(), "main", "short")
    make.add("mean", GlobalAvgPool())
    make.add("scores", Output())
    return make.graph()


def _deep_residual(blocks: int) -> Graph:
    """Receptive fields far beyond the image, but a shortcut around each convolution."""
    make = GraphBuilder()
    make.add("image", Input())
    last = make.add("stem", Conv2d(out_channels=8))
    for number in range(blocks):
        make.add(f"conv{number}", Conv2d(out_channels=8, kernel_size=15))
        last = make.add(f"sum{number}", Add(), f"conv{number}", last)
    make.add("mean", GlobalAvgPool())
    make.add("scores", Output())
    return make.graph()


def _gated() -> Graph:
    """A sigmoid as it is meant: a gate that is multiplied."""
    make = GraphBuilder()
    make.add("image", Input())
    make.add("stem", Conv2d(out_channels=8, kernel_size=17))
    make.add("mean", GlobalAvgPool())
    make.add("gate", Linear(out_features=8))
    make.add("open", Sigmoid())
    make.add("gated", Multiply(), "stem", "open")
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    return make.graph()


_HUGE = Linear(out_features=4096)
_FAR = [Conv2d(out_channels=8, kernel_size=63) for _ in range(4)]

BAD: dict[str, list[Graph]] = {
    "bias_before_norm": [
        _wide(BatchNorm(), GlobalAvgPool()),
        _wide(DepthwiseConv2d(), BatchNorm(), GlobalAvgPool()),
        _wide(GlobalAvgPool(), Linear(out_features=8), BatchNorm()),
    ],
    "no_normalisation": [chain(8), chain(12)],
    "squeezed_scores": [
        _wide(GlobalAvgPool(), Linear(out_features=4), Sigmoid()),
        _wide(GlobalAvgPool(), Linear(out_features=4), Tanh(), head="none"),
        _wide(GlobalAvgPool(), Linear(out_features=4), Relu(), head="none"),
        _wide(GlobalAvgPool(), Linear(out_features=4), Sigmoid(), Dropout(), head="none"),
    ],
    "huge_linear": [
        _wide(Flatten(), _HUGE, Relu()),
        _wide(Flatten(), Dropout(), _HUGE, Relu()),
        _wide(GlobalAvgPool(), Linear(out_features=512), Relu(), Linear(out_features=20_000)),
    ],
    "narrow_view": [
        line(Conv2d(), Relu(), GlobalAvgPool()),
        line(*[Conv2d(out_channels=8) for _ in range(5)], GlobalMaxPool()),
        line(Conv2d(), DepthwiseConv2d(), Relu(), Identity(), GlobalAvgPool()),
    ],
    "wide_view": [line(*_FAR, GlobalAvgPool()), line(Conv2d(stride=2), *_FAR, GlobalAvgPool())],
    "vanished_image": [
        line(*[MaxPool() for _ in range(5)], Conv2d(), GlobalAvgPool()),
        line(*[Conv2d(stride=2) for _ in range(6)], Flatten()),
    ],
    "skipped_pixels": [
        line(Conv2d(kernel_size=3, stride=4), Conv2d(kernel_size=17), GlobalAvgPool()),
        line(MaxPool(kernel_size=2, stride=3), Conv2d(kernel_size=17), GlobalAvgPool()),
        line(Conv2d(kernel_size=1, stride=2), Conv2d(kernel_size=17), GlobalAvgPool()),
    ],
    "dead_branch": [_branched()],
}
"""By rule, what it must find."""

GOOD: dict[str, list[Graph]] = {
    "bias_before_norm": [
        line(Conv2d(kernel_size=17, bias=False), BatchNorm(), GlobalAvgPool()),
        _wide(GroupNorm(), GlobalAvgPool()),
        _wide(Relu(), BatchNorm(), GlobalAvgPool()),
    ],
    "no_normalisation": [chain(7), chain(12, norm=True), _deep_residual(9)],
    "squeezed_scores": [
        _wide(GlobalAvgPool(), Linear(out_features=4), head="none"),
        _wide(GlobalAvgPool(), Linear(out_features=16), Relu()),
        _gated(),
    ],
    "huge_linear": [
        _wide(Flatten(), Linear(out_features=64), Relu()),
        _wide(GlobalAvgPool(), _HUGE, Relu()),
    ],
    "narrow_view": [
        line(Conv2d(kernel_size=17), GlobalAvgPool()),
        line(Conv2d(), Relu(), Flatten(), Linear()),
        line(Conv2d(kernel_size=5, stride=2), Conv2d(kernel_size=7), AvgPool(), GlobalAvgPool()),
    ],
    "wide_view": [line(*_FAR[:2], GlobalAvgPool()), _deep_residual(12)],
    "vanished_image": [
        line(*[MaxPool() for _ in range(5)], Conv2d(kernel_size=1), GlobalAvgPool()),
        line(*[MaxPool() for _ in range(4)], Conv2d(), GlobalAvgPool()),
    ],
    "skipped_pixels": [
        _shortcut(),
        line(MaxPool(), Conv2d(kernel_size=17), GlobalAvgPool()),
        line(Conv2d(kernel_size=17, stride=17), GlobalAvgPool()),
    ],
    "dead_branch": [
        _wide(Relu(), GlobalAvgPool()),
        add_node(_wide(Relu()), Conv2d(), 0, 0)[0],
        disconnect(_wide(Relu(), GlobalAvgPool()), Wire("relu2", "global_avg_pool3")),
    ],
}
"""By rule, what it must leave alone, though it is near."""
