"""Random legal models: all kinds of layers with random legal parameters, merges, blocks."""

from __future__ import annotations

import random
from math import prod
from typing import ClassVar

from torch import nn
from typing_extensions import override

from engine.blocks.base import Block
from engine.blocks.residual import Residual
from engine.errors import FoveaError
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.attention import SelfAttention
from engine.layers.base import LAYERS, Frame, Layer, Misfit, Shape
from engine.layers.convolution import Conv2d, DepthwiseConv2d
from engine.layers.ends import Input, Output, Source
from engine.layers.merge import Add, Concat
from engine.layers.normalisation import BatchNorm
from engine.layers.pooling import GlobalAvgPool
from engine.layers.reshape import Identity
from engine.layers.sequence import SequenceToImage, TokenPool
from engine.layers.windows import need_image
from engine.spec import param
from tests.engine.layers.cases import draw

__all__ = ["KINDS", "BranchBlock", "ChainBlock", "GateBlock", "random_model"]

KINDS = tuple(cls.kind for cls in LAYERS if cls.category != "Ends")
NAMES = (
    "if",
    "self",
    "x",
    "out",
    "torch",
    "nn",
    "forward",
    "sum",
    "input",
    "class",
    "type",
    "code",
)
LARGEST, MOST_PARAMETERS = 20_000, 200_000


class BranchBlock(Block):
    """Branches of other widths, nested blocks, and a depthwise convolution."""

    title = 'A "branched" block (of 3)'
    summary = "Has branches."

    width: int = param(8, ge=2, le=64, help="Its channels.")
    stride: int = param(1, ge=1, le=2, help="Its step.")
    skip: bool = param(True, help="Whether the image passes beside it.")

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        need_image(inputs, self.title)
        make = GraphBuilder()
        entry = make.add("if", Source.of(inputs[0]))
        make.add("left_conv", Conv2d(out_channels=self.width, kernel_size=1))
        make.add("left_norm", BatchNorm(zero_start=self.skip))
        left = make.add("left_act", Relu(inplace=True))
        make.add("deep1", DepthwiseConv2d(stride=1), entry)
        make.add("deep2", Conv2d(out_channels=2 * self.width))
        deep = make.add("same", Identity())
        parts = [left, deep, entry] if self.skip else [left, deep]
        make.add("join", Concat(), *parts)
        make.add("inner", Residual(out_channels=2 * self.width, stride=self.stride))
        return make.graph()


class GateBlock(Block):
    """Two inputs, the second of which passes through attention."""

    title = "Gate"
    summary = (
        "Adds what was looked at: with a sentence that is a good deal longer than one line is."
    )
    min_inputs: ClassVar[int] = 2
    max_inputs: ClassVar[int | None] = 2

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        make = GraphBuilder()
        left = make.add("left", Source.of(inputs[0]))
        right = make.add("right", Source.of(inputs[1]))
        make.add("look", SelfAttention(heads=1), right)
        make.add("add", Add(), left, "look")
        return make.graph()


class ChainBlock(Block):
    """A block in a row of several, as blocks that people make have it."""

    title = "Stage"
    summary = "A row of blocks."

    repeats: int = param(2, ge=1, le=100, help="How many.")
    width: int = param(8, ge=1, le=64, help="Their channels.")

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        need_image(inputs, self.title)
        make = GraphBuilder()
        make.add("input", Source.of(inputs[0]))
        if self.repeats == 1:
            make.add("conv", Conv2d(out_channels=self.width))
            make.add("inner", BranchBlock(width=self.width))
        for number in range(self.repeats if self.repeats > 1 else 0):
            make.add(f"repetition{number}", self.with_(repeats=1))
        return make.graph()

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        if self.repeats == 1:
            return super().build(inputs)
        parts: list[nn.Module] = []
        for _ in range(self.repeats):
            one = self.with_(repeats=1)
            parts.append(one.build(inputs))
            inputs = (one.shape(inputs),)
        return nn.Sequential(*parts)


class _Sketch:
    """A model that grows by random layers."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.frame = Frame(
            rng.randint(1, 4), rng.randint(6, 20), rng.randint(6, 20), rng.randint(2, 6)
        )
        self.make = GraphBuilder()
        self.make.add("image", Input())
        self.shapes: dict[str, Shape] = {
            "image": (self.frame.channels, self.frame.height, self.frame.width)
        }
        self.open = {"image": None}
        self.long = rng.random() < 0.3

    def name(self, kind: str) -> str:
        """A name that is free: plain, one that Python or torch needs, or as long as can be."""
        found = self.rng.choice((kind, kind, self.rng.choice(NAMES)))
        if self.long:
            found = f"{found}_a_name_as_long_as_a_node_may_have_one"[:36]
        return found if found not in self.shapes else f"{found}_{len(self.shapes)}"

    def grow(self) -> None:
        """One more layer somewhere, if one of some random ones fits."""
        for _ in range(60):
            layer = self._layer()
            if layer is None:
                continue
            most = max(layer.min_inputs, 3) if layer.max_inputs is None else layer.max_inputs
            count = self.rng.randint(layer.min_inputs, most)
            sources = [self._source() for _ in range(count)]
            if self.rng.random() < 0.7:
                alike = [n for n, s in self.shapes.items() if s == self.shapes[sources[0]]]
                sources = [sources[0], *(self.rng.choice(alike) for _ in sources[1:])]
            if self.add(layer, *sources):
                return

    def add(self, layer: Layer, *sources: str) -> bool:
        """Adds a layer where it fits."""
        inputs = tuple(self.shapes[name] for name in sources)
        try:
            shape = layer.shape(inputs)
        except Misfit:
            return False
        if prod(shape) > LARGEST or layer.parameters(inputs) > MOST_PARAMETERS:
            return False
        name = self.name(layer.kind or type(layer).__name__.lower())
        self.make.add(name, layer, *sources)
        self.shapes[name] = shape
        self.open[name] = None
        for source in sources:
            self.open.pop(source, None)
        return True

    def _source(self) -> str:
        return self.rng.choice((*self.shapes, *list(self.shapes)[-2:], *self.open))

    def _layer(self) -> Layer | None:
        if self.rng.random() < 0.02:  # of random heights hardly any fits
            return SequenceToImage(height=1)
        if self.rng.random() < 0.2:
            return self.rng.choice(
                (
                    BranchBlock(width=self.rng.randint(2, 6), skip=self.rng.random() < 0.5),
                    GateBlock(),
                    ChainBlock(width=self.rng.randint(2, 5), repeats=self.rng.randint(1, 5)),
                    Residual(out_channels=self.rng.randint(2, 6), stride=self.rng.randint(1, 2)),
                    Relu(inplace=True),
                    Relu(inplace=True),
                )
            )
        try:
            return draw(LAYERS.get(self.rng.choice(KINDS)), self.rng)
        except FoveaError:
            return None

    def close(self) -> Graph:
        """Everything that leads nowhere is joined and becomes the class scores."""
        for name in list(self.open):
            side = len(self.shapes[name])
            if side == 3:
                assert self.add(GlobalAvgPool(), name)
            elif side == 2:
                assert self.add(TokenPool(), name)
        ends = list(self.open)
        if len(ends) > 1:
            assert self.add(Concat(), *ends)
        self.make.add("scores" if "scores" not in self.shapes else "scores_", Output(), *self.open)
        return self.make.graph()


def random_model(seed: int) -> tuple[Graph, Frame]:
    """A legal model, the same for the same seed."""
    sketch = _Sketch(random.Random(seed))
    for _ in range(sketch.rng.randint(1, 14)):
        sketch.grow()
    return sketch.close(), sketch.frame
