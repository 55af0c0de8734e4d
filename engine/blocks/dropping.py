"""The rates of dropout and stochastic depth that a recipe sets for a whole model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.blocks.custom import Custom, setting
from engine.blocks.knobs import Knobs
from engine.errors import FoveaError
from engine.graph.order import topological
from engine.graph.records import Graph
from engine.layers.base import Layer
from engine.layers.regularisation import Dropout, Dropout2d, DropPath
from engine.recipe import Training

__all__ = ["as_trained", "dropouts", "paths"]

Turn = Callable[[Layer], Layer]


def as_trained(graph: Graph, recipe: Training) -> Graph:
    """The model as ``recipe`` trains it: with its rates of dropout and stochastic depth.

    The graph itself where it says nothing about them. Dropout: one rate for every dropout layer,
    and for every block that has dropout switched on. Stochastic depth: for every such layer and
    every block that can leave a branch out, rising evenly from 0 at the first to the rate at the
    last, as in ConvNeXt (Liu et al., 2022; Huang et al., 2016, begin one step higher); a single one
    has the rate. Blocks that are repeated have the same rate in each repetition. Weights and their
    names are not affected.
    """
    if recipe.dropout is None and recipe.drop_path is None:
        return graph
    count, number = paths(graph), 0

    def turn(layer: Layer) -> Layer:
        nonlocal number
        drop, path = _dropout(layer), _path(layer)
        if path and recipe.drop_path is not None:
            share = number / (count - 1) if count > 1 else 1.0
            number += 1
            layer = layer.with_(**{path: round(recipe.drop_path * share, 4)})
        if drop and recipe.dropout is not None:
            layer = layer.with_(**{drop: recipe.dropout})
        return layer

    return _turned(graph, turn)


def dropouts(graph: Graph) -> int:
    """How many layers and blocks a rate of dropout is for."""
    return _count(graph, _dropout)


def paths(graph: Graph) -> int:
    """How many layers and blocks a rate of stochastic depth is for."""
    return _count(graph, _path)


def _dropout(layer: Layer) -> str:
    """The name of the layer's rate of dropout; empty where there is none, or none is used."""
    if isinstance(layer, (Dropout, Dropout2d)):
        return "rate"
    return "dropout" if layer.values().get("dropout") else ""


def _path(layer: Layer) -> str:
    """The name of the layer's rate of stochastic depth; empty where it has none."""
    if isinstance(layer, DropPath):
        return "rate"
    return "drop_path" if "drop_path" in type(layer).model_fields else ""


def _count(graph: Graph, name: Callable[[Layer], str]) -> int:
    found = 0

    def look(layer: Layer) -> Layer:
        nonlocal found
        found += bool(name(layer))
        return layer

    _turned(graph, look)
    return found


def _turned(graph: Graph, turn: Turn) -> Graph:
    """The graph with its layers turned in the order of computation, those inside blocks as well."""
    turned: dict[str, Layer] = {}
    for name in topological(graph):
        layer = graph.by_id[name].layer
        new = _custom(layer, turn) if isinstance(layer, Custom) else turn(layer)
        if new is not layer:
            turned[name] = new
    if not turned:
        return graph
    nodes = (
        replace(node, layer=turned[node.id]) if node.id in turned else node for node in graph.nodes
    )
    return replace(graph, nodes=tuple(nodes))


def _custom(block: Custom, turn: Turn) -> Custom:
    """A person's block with the inside turned; what it says for later repetitions gives way."""
    inner = _turned(block.opened, turn)
    if inner is block.opened:
        return block
    turned = block.with_inner(inner)
    knobs = tuple(
        replace(knob, later=None)
        if knob.later is not None and _is_rate(block, knob.targets)
        else knob
        for knob in turned.knobs
    )
    return turned.with_(knobs=Knobs(knobs))


def _is_rate(block: Custom, targets: tuple[str, ...]) -> bool:
    for target in targets:
        try:
            owner, name = setting(block.opened, target)
        except FoveaError:
            continue
        if isinstance(owner, Layer) and name in (_dropout(owner), _path(owner)):
            return True
    return False
