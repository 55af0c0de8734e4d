"""Align and distribute: where nodes stand afterwards."""

import pytest

from engine.errors import FoveaError
from engine.graph.edits import add_node
from engine.graph.placing import ALIGNMENTS, align, distribute
from engine.graph.records import Graph
from engine.layers.activation import Relu

PLACES = {"a": (0.0, 0.0), "b": (100.0, 30.0), "c": (40.0, 500.0), "d": (7.0, 8.0)}


@pytest.fixture
def graph():
    made = Graph()
    for name, place in PLACES.items():
        made, _ = add_node(made, Relu(), *place, name)
    return made


@pytest.mark.parametrize(
    ("how", "line"),
    [("left", 0), ("centre", 50), ("right", 100), ("top", 0), ("middle", 250), ("bottom", 500)],
)
def test_nodes_stand_on_one_line(graph, how, line):
    after = align(graph, ["a", "b", "c"], how)
    upright = how in ("left", "centre", "right")
    for name in "abc":
        node, (x, y) = after.node(name), PLACES[name]
        assert (node.x, node.y) == ((line, y) if upright else (x, line))
    assert after.node("d") is graph.node("d")
    assert align(after, "abc", how) is after


@pytest.mark.parametrize("direction", ["horizontally", "vertically"])
def test_gaps_become_equal_and_the_ends_stay(graph, direction):
    after = distribute(graph, ["a", "b", "c"], direction)
    values = sorted(n.x if direction == "horizontally" else n.y for n in after.nodes[:3])
    assert values[1] - values[0] == values[2] - values[1]
    assert (values[0], values[2]) == ((0, 100) if direction == "horizontally" else (0, 500))
    assert distribute(after, "abc", direction) is after


def test_too_few_nodes_stay(graph):
    assert all(align(graph, ["a"], how) is graph for how in ALIGNMENTS)
    assert distribute(graph, ["a", "b"], "vertically") is graph
    assert align(graph, ["a", "a"], "left") is graph


def test_an_unknown_node_is_named(graph):
    with pytest.raises(FoveaError, match="“z”"):
        align(graph, ["a", "z"], "left")
