"""Edits of a graph, one by one."""

from __future__ import annotations

import pytest

from engine.errors import FoveaError
from engine.graph import edits
from engine.graph.records import Graph, Wire
from engine.layers.activation import Relu
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input
from engine.layers.merge import Add
from tests.engine.graph.examples import branched, chain


def test_a_new_node_is_named_after_its_kind() -> None:
    graph, first = edits.add_node(chain(), Relu(), 3, 4)
    graph, second = edits.add_node(graph, Relu(), 3, 4)
    graph, third = edits.add_node(graph, Relu(), 3, 4)
    assert (first, second, third) == ("relu", "relu_2", "relu_3")
    assert (graph.node(second).x, graph.node(second).y) == (3.0, 4.0)
    assert edits.free_id(graph, second) == "relu_4"


def test_long_names_stay_within_40_letters() -> None:
    graph, _ = edits.add_node(Graph(), Relu(), 0, 0, "a" * 40)
    name = edits.free_id(graph, "a" * 40)
    assert (len(name), name[-2:]) == (40, "_2")


def test_a_taken_name_is_refused() -> None:
    with pytest.raises(FoveaError, match="same name"):
        edits.add_node(chain(), Relu(), 0, 0, "pool")
    with pytest.raises(FoveaError, match="same name"):
        edits.rename(chain(), "conv0", "pool")


def test_removing_heals_the_wire() -> None:
    graph = edits.remove(chain(3), ["conv0", "conv1", "unknown"])
    assert graph.arriving("conv2") == (Wire("image", "conv2"),)
    cut = edits.remove(chain(3), ["conv1"], heal=False)
    assert cut.arriving("conv2") == ()


def test_removing_a_joint_heals_by_its_first_input() -> None:
    graph = edits.remove(branched(), ["sum"])
    assert graph.arriving("relu") == (Wire("conv", "relu"),)


def test_removing_the_image_leaves_its_follower_open() -> None:
    graph = edits.remove(chain(1), ["image"])
    assert graph.arriving("conv0") == ()


def test_connecting_replaces_the_wire_of_a_single_input() -> None:
    graph = edits.connect(branched(), "stem", "relu")
    assert graph.arriving("relu") == (Wire("stem", "relu"),)
    assert edits.connect(graph, "stem", "relu") is graph


def test_connecting_to_a_joint_takes_the_next_free_port() -> None:
    graph = edits.connect(branched(), "image", "sum")
    assert graph.arriving("sum")[-1] == Wire("image", "sum", 2)
    graph = edits.disconnect(graph, Wire("conv", "sum", 0))
    assert edits.connect(graph, "image", "sum").arriving("sum")[0].port == 0


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("relu", "stem", "loop"),
        ("conv", "conv", "loop"),
        ("stem", "image", "nothing can lead into it"),
        ("scores", "relu", "nothing can follow"),
        ("gone", "relu", "no node"),
    ],
)
def test_impossible_wires_are_explained(source: str, target: str, said: str) -> None:
    assert said in (edits.can_connect(branched(), source, target) or "")
    with pytest.raises(FoveaError, match=said):
        edits.connect(branched(), source, target)


def test_possible_wires_are_allowed() -> None:
    assert edits.can_connect(branched(), "image", "sum") is None


def test_a_port_that_is_not_there_is_refused() -> None:
    with pytest.raises(FoveaError, match="no input number 2"):
        edits.connect(branched(), "stem", "relu", 1)


def test_disconnecting_an_unknown_wire_changes_nothing() -> None:
    graph = chain()
    assert edits.disconnect(graph, Wire("image", "scores")) is graph


def test_edits_that_change_nothing_give_the_same_graph() -> None:
    graph = chain()
    node = graph.node("conv0")
    assert edits.move(graph, {"conv0": (node.x, node.y)}) is graph
    assert edits.set_layer(graph, "conv0", Conv2d(out_channels=8)) is graph
    assert edits.rename(graph, "conv0", "conv0") is graph
    assert edits.remove(graph, []) is graph
    arranged = edits.arrange(graph)
    assert edits.arrange(arranged) is arranged


def test_renaming_takes_the_wires_along() -> None:
    graph = edits.rename(branched(), "stem", "entry")
    assert {wire.target for wire in graph.leaving("entry")} == {"conv", "sum"}
    assert "stem" not in graph


def test_inserting_on_a_wire_keeps_the_port() -> None:
    graph, name = edits.insert_on_wire(branched(), Wire("stem", "sum", 1), Relu(), 5, 6)
    assert graph.arriving("sum")[1] == Wire(name, "sum", 1)
    assert graph.arriving(name) == (Wire("stem", name, 0),)
    with pytest.raises(FoveaError):
        edits.insert_on_wire(graph, Wire("stem", "sum", 1), Relu(), 0, 0)
    with pytest.raises(FoveaError):
        edits.insert_on_wire(graph, Wire("stem", "conv"), Input(), 0, 0)


def test_duplicates_keep_the_wires_among_them() -> None:
    graph, names = edits.duplicate(branched(), ["conv", "sum"])
    assert names == {"conv": "conv_2", "sum": "sum_2"}
    assert graph.arriving("sum_2") == (Wire("conv_2", "sum_2", 0),)
    assert graph.node("sum_2").layer == Add()


def test_arranging_puts_followers_below_and_nothing_on_top_of_each_other() -> None:
    graph = edits.arrange(branched())
    for wire in graph.wires:
        assert graph.node(wire.source).y < graph.node(wire.target).y
    assert len({(node.x, node.y) for node in graph.nodes}) == len(graph.nodes)
    assert {node.x for node in graph.nodes} == {0.0}
    assert all(node.x % 24 == 0 and node.y % 24 == 0 for node in graph.nodes)
