"""Where a wire may lead, asked for a whole model at once, and whether shapes would fit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from engine.graph.edits import can_connect, has_output
from engine.graph.facts import Analysis, layer_facts
from engine.graph.order import ancestors, descendants
from engine.graph.records import Graph
from engine.layers.base import Frame, Layer, Misfit, Shape

__all__ = ["Wiring"]


@dataclass(frozen=True)
class Wiring:
    """The other ends that a wire from (or, ``backwards``, to) one node may have.

    What would make a loop is found in one walk, so that asking about every node takes linear time.

    Attributes:
        graph: the model, without the wire in the hand.
        end: the node at which the wire is held.
        backwards: whether the wire leads to ``end``, and a node to come from is looked for.
        port: the input of ``end``, where the wire leads backwards.
        analysis, frame: what shapes are known, and for which images; None where nothing is.
    """

    graph: Graph
    end: str
    backwards: bool = False
    port: int | None = None
    analysis: Analysis | None = None
    frame: Frame | None = None

    @cached_property
    def _blocked(self) -> frozenset[str]:
        walk = descendants if self.backwards else ancestors
        return walk(self.graph, self.end)

    def _pair(self, name: str) -> tuple[str, str]:
        return (name, self.end) if self.backwards else (self.end, name)

    def refusal(self, name: str) -> str:
        """Why the wire cannot end at a node, in one sentence; empty when it can."""
        layer = self.graph.node(name).layer
        own = self.graph.node(self.end).layer
        ends = (layer, own) if self.backwards else (own, layer)
        if name not in self._blocked and has_output(ends[0]) and ends[1].max_inputs != 0:
            return ""
        return can_connect(self.graph, *self._pair(name)) or ""

    def misfit(self, name: str, port: int | None = None) -> str:
        """What would be wrong with the shapes, in one sentence; empty when they fit.

        A warning, no refusal: the wire may be drawn, and a parameter be changed afterwards. Says
        nothing while a shape is unknown or inputs are missing. ``port`` is where the wire would
        lead, None for the free one.
        """
        if self.refusal(name) or self.analysis is None or self.frame is None:
            return ""
        source, target = self._pair(name)
        layer = self.graph.node(target).layer
        sources = self._sources(source, target, layer, self.port if self.backwards else port)
        shapes: list[Shape] = []
        for feeder in sources:
            fact = self.analysis.nodes.get(feeder)
            if fact is None or fact.shape is None:
                return ""
            shapes.append(fact.shape)
        if len(shapes) < layer.min_inputs or len(shapes) > (layer.max_inputs or len(shapes)):
            return ""
        found = layer_facts(layer.bind(self.frame), tuple(shapes))
        return found.told(sources) if isinstance(found, Misfit) else ""

    def _sources(self, source: str, target: str, layer: Layer, port: int | None) -> list[str]:
        """What feeds the target in the order of its ports, with the wire in place."""
        feeders = {wire.port: wire.source for wire in self.graph.arriving(target)}
        if port is None:
            free = (p for p in range(len(feeders) + 1) if p not in feeders)
            port = 0 if layer.max_inputs == 1 else next(free)
        feeders[port] = source
        return [feeders[p] for p in sorted(feeders)]
