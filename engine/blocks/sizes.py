"""Whether a model that was built for one size of images can take others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import cast

from engine.blocks.base import Block, inside
from engine.graph.analysis import walk
from engine.graph.facts import NodeFacts
from engine.graph.records import Graph
from engine.layers.base import Frame, Layer, Shape
from engine.layers.code import Make

__all__ = ["trouble_at"]


def _trouble_at(graph: Graph, frame: Frame, sides: tuple[int, ...]) -> tuple[int, str] | None:
    own = dict(_made(graph, walk(graph, frame), frame))
    for side in sides:
        smaller = replace(frame, height=side, width=side)
        facts = walk(graph, smaller)
        for fact in facts.values():
            if fact.problem:
                return side, fact.problem
        for name, make in _made(graph, facts, smaller):
            if own.get(name) != make:
                return side, f"“{name}” is made for one size, which its weights or settings follow."
    return None


# The cast is for type checkers, which do not see that a graph of frozen Specs is hashable.
trouble_at = cast(
    "Callable[[Graph, Frame, tuple[int, ...]], tuple[int, str] | None]",
    lru_cache(maxsize=16)(_trouble_at),
)
"""The first of ``sides`` that the model built for ``frame`` cannot take, and why; else ``None``.

A side can be taken where the analysis finds nothing wrong and every module would be the same: a
layer whose weights or settings follow the size, such as one behind a flattening, is not. The model
must be right at its own size. Remembered, for it is asked with every edit of the project.
"""


def _made(
    graph: Graph, facts: Mapping[str, NodeFacts], frame: Frame | None, path: str = ""
) -> Iterator[tuple[str, Make]]:
    """The constructor of every module with its node's path, those inside blocks as well."""
    for name, fact in facts.items():
        layer = graph.by_id[name].layer
        layer = layer.bind(frame) if frame else layer
        if layer.max_inputs == 0:
            continue
        if isinstance(layer, Block):
            found = inside(layer, fact.inputs)
            yield from _made(found.graph, found.facts, None, f"{path}{name}.")
        else:
            yield path + name, _make(layer, fact.inputs)


def _asked(layer: Layer, inputs: tuple[Shape, ...]) -> Make:
    return layer.make(inputs)


_make = cast("Callable[[Layer, tuple[Shape, ...]], Make]", lru_cache(maxsize=4_096)(_asked))
