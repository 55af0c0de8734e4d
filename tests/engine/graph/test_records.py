"""Nodes and wires as records, and what their file form refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.errors import FoveaError
from engine.graph.builder import GraphBuilder
from engine.graph.records import MAX_NODES, Graph, Node, Wire
from engine.layers.activation import Relu
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input
from engine.templates import TEMPLATES
from tests.engine.graph.examples import FRAME


def _plain() -> dict[str, Any]:
    make = GraphBuilder()
    make.add("image", Input())
    make.add("stem", Conv2d())
    make.add("relu", Relu())
    return make.graph().to_json()


@pytest.mark.parametrize("name", TEMPLATES)
def test_json_there_and_back_is_equal_and_stable(name: str) -> None:
    graph = TEMPLATES[name].build(FRAME)
    text = json.dumps(graph.to_json(), allow_nan=False)
    again = Graph.from_json(json.loads(text))
    assert again == graph
    assert json.dumps(again.to_json()) == text


def test_nodes_and_wires_are_found_by_id() -> None:
    graph = Graph.from_json(_plain())
    assert graph.node("stem").layer == Conv2d()
    assert graph.arriving("stem") == (Wire("image", "stem"),)
    assert graph.leaving("stem") == (Wire("stem", "relu"),)
    with pytest.raises(FoveaError, match="no node") as caught:
        graph.node("stemm")
    assert "stem" in caught.value.fix


@pytest.mark.parametrize("name", ["", "Stem", "1st", "a b", "a" * 41, "__class__", "ä", "a\n"])
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    with pytest.raises(FoveaError) as caught:
        Node(name, Relu())
    assert caught.value.code == "FV-M008"


def _spoil(change: str) -> tuple[dict[str, Any], str, str]:
    """A spoilt file, the code of its refusal and what the refusal must name."""
    value = _plain()
    nodes, wires = value["nodes"], value["wires"]
    if change == "twice the same id":
        nodes[2]["id"] = "stem"
        return value, "FV-P014", "stem"
    if change == "wire to nowhere":
        wires[0]["to"] = "gone"
        return value, "FV-P014", "image → gone"
    if change == "two wires in one port":
        wires.append({"from": "image", "to": "relu", "port": 0})
        return value, "FV-P014", "relu"
    if change == "unknown kind":
        nodes[1]["layer"]["kind"] = "os.system"
        return value, "FV-P011", "/model/nodes/1/layer/kind"
    if change == "attribute as a setting":
        nodes[1]["layer"]["__class__"] = 1
        return value, "FV-P011", "/model/nodes/1/layer/__class__"
    if change == "kernel of nothing":
        nodes[1]["layer"]["kernel_size"] = 0
        return value, "FV-P010", "/model/nodes/1/layer/kernel_size"
    if change == "unknown key":
        nodes[1]["colour"] = "red"
        return value, "FV-P011", "/model/nodes/1/colour"
    if change == "place of text":
        nodes[1]["at"] = ["0", 1]
        return value, "FV-P010", "/model/nodes/1/at"
    if change == "place far away":
        nodes[1]["at"] = [1e300, 1]
        return value, "FV-P010", "/model/nodes/1/at"
    if change == "port below zero":
        wires[1]["port"] = -1
        return value, "FV-P010", "/model/wires/1/port"
    if change == "no wires":
        del value["wires"]
        return value, "FV-P010", "wires"
    assert change == "too many nodes"
    value["nodes"] = nodes * MAX_NODES
    return value, "FV-P007", "/model/nodes"


@pytest.mark.parametrize(
    "change",
    [
        "twice the same id",
        "wire to nowhere",
        "two wires in one port",
        "unknown kind",
        "attribute as a setting",
        "kernel of nothing",
        "unknown key",
        "place of text",
        "place far away",
        "port below zero",
        "no wires",
        "too many nodes",
    ],
)
def test_wrong_files_are_refused_and_name_the_place(change: str) -> None:
    value, code, named = _spoil(change)
    with pytest.raises(FoveaError) as caught:
        Graph.from_json(value, "/model")
    assert caught.value.code == code
    assert named in f"{caught.value.where} {caught.value.what}"


@pytest.mark.parametrize("value", [None, [], 3, "x", {"nodes": 1, "wires": []}, {"nodes": [7]}])
def test_what_is_no_graph_at_all_is_refused(value: object) -> None:
    with pytest.raises(FoveaError):
        Graph.from_json(value)
