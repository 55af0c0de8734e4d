"""How much of what a network computes its backward pass needs again: an estimate, without torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

from engine.compile.plan import fitting_in_place
from engine.graph.analysis import walk
from engine.graph.composite import inner_graph
from engine.graph.facts import NodeFacts
from engine.graph.records import Graph
from engine.layers.activation import Celu, Elu, LeakyRelu, Relu, Selu, Sigmoid, Tanh
from engine.layers.attention import Attention
from engine.layers.base import Layer, Shape
from engine.layers.ends import Output
from engine.layers.merge import Multiply
from engine.layers.pooling import GlobalAvgPool, MaxPool
from engine.layers.regularisation import Dropout2d, DropPath
from engine.layers.reshape import Flatten, Identity

__all__ = ["Kept", "kept"]

_NEED_INPUT: Final = ("Convolution", "Linear", "Normalisation", "Pooling", "Activation")
_NEED_OUTPUT: Final = (Relu, Sigmoid, Tanh)
_FROM_OUTPUT: Final = (Relu, LeakyRelu, Elu, Celu, Selu)
"""Activations that, in place, need nothing but what they wrote."""
_VIEWS: Final = (Flatten, Identity)
_INDEX_BYTES = 8
_COUNTED: Final = ("Merge", "Reshape", "Ends", *_NEED_INPUT)


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes per image that stay until the backward pass, and the largest single tensor.

    Attributes:
        nodes: by the id of the node that made them; 0 for what is overwritten in place or not
            needed again.
        largest: bytes of the largest output: so much is in work beside what stays, a few times.
    """

    nodes: Mapping[str, int]
    largest: int

    @property
    def total(self) -> int:
        """Bytes per image that stay."""
        return sum(self.nodes.values())


@dataclass(slots=True, eq=False)
class _Tensor:
    """Memory that one or, by views and in-place layers, several outputs share."""

    owner: str
    elements: int
    needed: bool = False


class _Ledger:
    """Tensors as they are made, and what layers keep beside their inputs and outputs."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.tensors: list[_Tensor] = []
        self.extra: dict[str, int] = {}
        self.largest = 0

    def new(self, owner: str, elements: int) -> _Tensor:
        made = _Tensor(owner, elements)
        self.tensors.append(made)
        self.largest = max(self.largest, elements * self.width)
        return made

    def keep(self, owner: str, size: int) -> None:
        self.extra[owner] = self.extra.get(owner, 0) + size

    def result(self, names: Sequence[str]) -> Kept:
        sums = dict.fromkeys(names, 0)
        for tensor in self.tensors:
            sums[tensor.owner] += tensor.elements * self.width if tensor.needed else 0
        for owner, size in self.extra.items():
            sums[owner] += size
        return Kept(sums, self.largest)


def kept(graph: Graph, facts: Mapping[str, NodeFacts], width: int) -> Kept:
    """What the backward pass of a model needs again, for elements of ``width`` bytes.

    ``facts`` are in the order of computation; nodes without a known output are left out.
    Convolutions, linear layers, normalisations and poolings need their input again, most
    activations too, and in place they keep a copy of it; ReLU, sigmoid and tanh need their output;
    max pooling stores where each maximum lay (8 bytes), attention how much each place attends to
    each. Views, and ReLU and its kin in place, keep nothing of their own. Small things (means,
    seeds) are not counted. An estimate: within 1 % of what torch holds for every template; up to
    three times off for seldom kinds that keep steps in between
    (``tests/engine/compile/test_demand.py``).
    """
    ledger = _Ledger(width)
    known = {name: fact for name, fact in facts.items() if fact.shape is not None}
    _run(graph, known, ledger, (), None)
    return ledger.result(list(known))


def _run(
    graph: Graph,
    facts: Mapping[str, NodeFacts],
    ledger: _Ledger,
    sources: Sequence[_Tensor],
    owner: str | None,
) -> _Tensor | None:
    """Does the nodes' book-keeping in order; the tensor of the last one in the graph."""
    values: dict[str, _Tensor] = {}
    waiting = list(sources)
    for node in graph.nodes:
        if node.layer.max_inputs == 0 and waiting:
            values[node.id] = waiting.pop(0)
    for name, fact in facts.items():
        if name in values:
            continue
        layer = fitting_in_place(graph, graph.by_id[name])
        inputs = [values[wire.source] for wire in graph.arriving(name)]
        values[name] = _layer(layer, fact, inputs, ledger, owner or name)
    return values.get(graph.nodes[-1].id) if graph.nodes else None


def _layer(
    layer: Layer, fact: NodeFacts, inputs: list[_Tensor], ledger: _Ledger, owner: str
) -> _Tensor:
    size = prod(fact.shape or ())
    inside = inner_graph(layer, fact.inputs)
    if inside is not None:
        made = _run(inside, walk(inside, None), ledger, inputs, owner)
        return made or ledger.new(owner, size)
    if isinstance(layer, _VIEWS):
        return inputs[0]
    if getattr(layer, "inplace", False):
        if isinstance(layer, _FROM_OUTPUT):
            inputs[0].needed = True
        elif layer.category == "Activation":  # torch copies what the backward pass needs
            ledger.keep(owner, size * ledger.width)
        else:
            ledger.keep(owner, _beside(layer, fact, size, ledger.width))
        return inputs[0]
    _mark(layer, inputs)
    made = ledger.new(owner, size)
    made.needed = isinstance(layer, _NEED_OUTPUT)
    ledger.keep(owner, _beside(layer, fact, size, ledger.width))
    return made


def _mark(layer: Layer, inputs: list[_Tensor]) -> None:
    """Marks the inputs that the layer's backward pass reads."""
    reads = layer.category in _NEED_INPUT and not isinstance(layer, (GlobalAvgPool, *_NEED_OUTPUT))
    scores = isinstance(layer, Output) and layer.head == "linear"
    other = layer.category not in (*_COUNTED, "Regularisation")
    if reads or scores or other or isinstance(layer, Multiply):
        for tensor in inputs:
            tensor.needed = True


def _beside(layer: Layer, fact: NodeFacts, size: int, width: int) -> int:
    """Bytes of what is neither input nor output: masks, places of maxima, steps in between."""
    if isinstance(layer, DropPath):
        return 0  # one number for each image
    if layer.category == "Regularisation":
        masked = fact.shape[0] if isinstance(layer, Dropout2d) and fact.shape else size
        return masked * width if layer.values().get("rate", 1.0) else 0
    if isinstance(layer, MaxPool):
        return size * _INDEX_BYTES
    if isinstance(layer, Attention):
        return layer.heads * _places(fact.inputs[0]) * _places(fact.inputs[1]) * width
    return max(0, fact.activations - size) * width


def _places(shape: Shape) -> int:
    """How many places attention looks at: the tokens of a sequence, the pixels of an image."""
    return shape[0] if len(shape) == 2 else prod(shape[1:])
