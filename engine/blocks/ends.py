"""From the inside of a block as a person draws it to the graph that is computed."""

from __future__ import annotations

from dataclasses import replace

from engine.graph.records import Graph
from engine.layers.base import Misfit, Shape
from engine.layers.ends import Entry, Result, Source

__all__ = ["between_ends", "in_repetition"]


def between_ends(graph: Graph, inputs: tuple[Shape, ...]) -> Graph:
    """The graph between its ends: sources for the entries, and the last node is the result."""
    shapes = iter(inputs)
    nodes = [
        replace(node, layer=Source.of(next(shapes))) if isinstance(node.layer, Entry) else node
        for node in graph.nodes
    ]
    end = next(node for node in nodes if isinstance(node.layer, Result))
    last = next(node for node in nodes if node.id == graph.arriving(end.id)[0].source)
    if isinstance(last.layer, Source):  # the block hands on what arrives
        return Graph((*(node for node in nodes if node is not end), end), graph.wires)
    others = tuple(node for node in nodes if node is not end and node is not last)
    return Graph((*others, last), tuple(wire for wire in graph.wires if wire.target != end.id))


def in_repetition(misfit: Misfit, number: int, repeats: int) -> Misfit:
    """The misfit of a repetition, counted from 0, in words that hold outside of the block."""
    sentence = misfit.sentence
    if number:
        sentence = sentence.replace("{0}", "the repetition before")
        sentence = f"{sentence} This is in repetition {number + 1} of {repeats}."
    return type(misfit)(sentence, misfit.param)
