"""Rows M05 and M07 of the fault table: parameters out of range, and names that Python knows."""

from __future__ import annotations

import math
import sys
from typing import Any

import pytest
import torch

from engine.compile.module import compile_model
from engine.errors import FoveaError
from engine.graph.builder import GraphBuilder
from engine.graph.edits import rename
from engine.graph.records import Graph
from engine.layers.base import LAYERS, Frame, Layer
from engine.spec import Param

FRAME = Frame(3, 32, 32, 4)
NUMBERS = [
    pytest.param(kind, item, id=f"{kind.kind}.{item.name}")
    for kind in LAYERS
    for item in kind.params()
    if item.type in ("int", "float")
]


def outside(item: Param) -> list[Any]:
    """Values that no number of this range may have."""
    found: list[Any] = [math.nan, math.inf, -math.inf, True, "1", [1]]
    if item.minimum is not None:
        found += [item.minimum - 1, -1e308 if item.type == "float" else -(10**400)]
    if item.maximum is not None:
        found += [item.maximum + 1, 1e308 if item.type == "float" else 10**400]
    return found if item.optional else [*found, None]


@pytest.mark.parametrize(("kind", "item"), NUMBERS)
def test_numbers_out_of_range_are_refused_at_their_field(kind: type[Layer], item: Param) -> None:
    for value in outside(item):
        with pytest.raises(FoveaError) as caught:
            kind(**{item.name: value})
        assert caught.value.where == item.name, value
        assert caught.value.what
        with pytest.raises(FoveaError) as caught:
            LAYERS.from_json({"kind": kind.kind, item.name: value}, "/model/nodes/0/layer")
        assert caught.value.where.startswith("/model/nodes/0/layer"), value


@pytest.mark.parametrize(
    "kind", ["os.system", "__class__", "torch.nn.Linear", "engine.layers", "", "Conv2d", None, 3]
)
def test_a_file_names_kinds_and_no_python_objects(kind: object) -> None:
    value = {"nodes": [{"id": "a", "layer": {"kind": kind}}], "wires": []}
    before = set(sys.modules)
    with pytest.raises(FoveaError) as caught:
        Graph.from_json(value, "/model")
    assert caught.value.where.startswith("/model/nodes/0/layer")
    assert set(sys.modules) == before, "nothing was imported to find out"


@pytest.mark.parametrize("name", ["__init__", "__class__", "make", "build", "forward", "kind "])
def test_attributes_of_a_layer_are_no_parameters_of_it(name: str) -> None:
    with pytest.raises(FoveaError) as caught:
        LAYERS.from_json({"kind": "conv2d", name: 1}, "/layer")
    assert caught.value.where.startswith("/layer")


@pytest.mark.parametrize("name", ["__class__", "__init__", "_private", "a.b", "Forward", "a" * 41])
def test_names_that_no_node_can_have_are_refused(name: str) -> None:
    value = {"nodes": [{"id": name, "layer": {"kind": "relu"}}], "wires": []}
    with pytest.raises(FoveaError) as caught:
        Graph.from_json(value, "/model")
    assert caught.value.where == "/model/nodes/0/id"


@pytest.mark.parametrize(
    "name", ["forward", "training", "register_buffer", "parameters", "if", "self", "state_dict"]
)
def test_names_that_a_module_has_for_itself_do_no_harm(name: str) -> None:
    make = GraphBuilder()
    for node, kind in (("image", "input"), ("conv", "conv2d"), ("pool", "global_avg_pool")):
        make.add(node, LAYERS.get(kind)())
    make.add("scores", LAYERS.get("output")())
    plain = compile_model(make.graph(), FRAME, seed=1).eval()
    renamed = compile_model(rename(make.graph(), "conv", name), FRAME, seed=1).eval()
    renamed.load_state_dict(
        dict(zip(renamed.state_dict(), plain.state_dict().values(), strict=True))
    )
    images = torch.rand(2, 3, 32, 32)
    assert torch.equal(plain(images), renamed(images))
