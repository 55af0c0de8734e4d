"""The graph that grows while a file is read, with the weights of each node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from engine.graph.facts import layer_facts
from engine.layers.base import Layer, Misfit, Shape
from engine.onnx_import.records import Op, Unmapped

__all__ = ["Piece", "Sheet"]

Weights = dict[str, np.ndarray]


@dataclass
class Piece:
    """One node: its layer, what feeds it, its output's shape, its weights by their torch names."""

    layer: Layer
    sources: list[str]
    shape: Shape
    weights: Weights = field(default_factory=dict)
    op: Op | None = None


class Sheet:
    """Nodes by their ids, in the order of computation; ``result`` is the one that is wanted."""

    def __init__(self) -> None:
        self.pieces: dict[str, Piece] = {}
        self.result = ""

    def __getitem__(self, name: str) -> Piece:
        return self.pieces[name]

    def __contains__(self, name: object) -> bool:
        return name in self.pieces

    def add(
        self, name: str, layer: Layer, sources: Iterable[str], weights: Weights, op: Op | None
    ) -> str:
        """A new node; raises Unmapped with the layer's own sentence where it does not fit."""
        sources = list(sources)
        shape = self.fitting(layer, sources)
        if weights:
            self._refuse_other_weights(layer, sources, weights)
        self.pieces[name] = Piece(layer, sources, shape, weights, op)
        return name

    def fitting(self, layer: Layer, sources: list[str]) -> Shape:
        """The output shape of a layer behind these nodes; raises Unmapped."""
        found = layer_facts(layer, tuple(self[source].shape for source in sources))
        if isinstance(found, Misfit):
            raise Unmapped(found.told([f"“{source}”" for source in sources]))
        if found.shape is None:
            raise Unmapped("Its output's shape is not known.")
        return found.shape

    def _refuse_other_weights(self, layer: Layer, sources: list[str], weights: Weights) -> None:
        own = [value.size for key, value in weights.items() if not key.startswith("running_")]
        inputs = tuple(self[source].shape for source in sources)
        averages = [value.size for key, value in weights.items() if key.startswith("running_")]
        if sum(own) != layer.parameters(inputs) or any(n != inputs[0][0] for n in averages):
            raise Unmapped("Its weights do not fit what arrives.")

    def followers(self, name: str) -> list[str]:
        """The nodes that a node feeds."""
        return [other for other, piece in self.pieces.items() if name in piece.sources]

    def only_follower(self, name: str) -> str | None:
        """The one node that reads a node's output, None where there are more."""
        found = self.followers(name)
        return found[0] if len(found) == 1 else None

    def bypass(self, name: str) -> None:
        """Takes a node with one input out; what it fed reads its source."""
        source = self.pieces.pop(name).sources[0]
        self.result = source if self.result == name else self.result
        for piece in self.pieces.values():
            piece.sources = [source if other == name else other for other in piece.sources]

    def rename(self, name: str, part: str, other: str) -> None:
        """Another word in a node's name, unless that name is taken."""
        new = name.replace(part, other)[:40]
        if new in self.pieces:
            return
        self.result = new if self.result == name else self.result
        self.pieces = {new if key == name else key: piece for key, piece in self.pieces.items()}
        for piece in self.pieces.values():
            piece.sources = [new if source == name else source for source in piece.sources]

    def chain(self, *kinds: type[Layer] | tuple[type[Layer], ...]) -> Iterator[tuple[str, ...]]:
        """Runs of nodes of these kinds, each read by the next one alone."""
        for name in list(self.pieces):
            found: list[str] = []
            here: str | None = name
            for kind in kinds:
                if here is None or not isinstance(self.pieces[here].layer, kind):
                    break
                found.append(here)
                here = self.only_follower(here)
            if len(found) == len(kinds) and found[0] in self.pieces:
                yield tuple(found)
