"""Blocks in damaged and hostile files: refused with a pointer, quickly, without a deep stack."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from engine.blocks.custom import Custom
from engine.blocks.knobs import Knobs
from engine.errors import FoveaError
from engine.graph.records import Graph
from engine.layers.base import LAYERS


def in_blocks(levels: int, repeats: int = 1) -> dict[str, Any]:
    """The JSON of a block in so many blocks, which no Spec could have written."""
    value = Custom(repeats=repeats).to_json()
    for _ in range(levels - 1):
        inner = {
            "nodes": [
                {"id": "input", "layer": {"kind": "entry"}},
                {"id": "deeper", "layer": value},
                {"id": "output", "layer": {"kind": "result"}},
            ],
            "wires": [{"from": "input", "to": "deeper"}, {"from": "deeper", "to": "output"}],
        }
        value = {"kind": "custom", "repeats": repeats, "inner": inner, "knobs": []}
    return value


def refused(value: dict[str, Any]) -> FoveaError:
    began = time.process_time()
    with pytest.raises(FoveaError) as caught:
        LAYERS.from_json(value, "#/layer")
    assert time.process_time() - began < 1
    assert caught.value.where.startswith("#/layer")
    return caught.value


@pytest.mark.parametrize("levels", [9, 400, 30_000])
def test_deep_nesting_is_refused_without_going_deep(levels: int) -> None:
    assert refused(in_blocks(levels)).code == "FV-P007"


def test_eight_levels_of_a_hundred_repetitions_are_refused_at_once() -> None:
    assert refused(in_blocks(8, repeats=100)).code == "FV-P007"


def test_nodes_inside_blocks_count() -> None:
    value = Custom().to_json()
    value["inner"]["nodes"] *= 3_000
    assert refused(value).code == "FV-P007"
    one = {"id": "a", "layer": Custom(repeats=100).to_json()}
    nodes = [{**one, "id": f"a{i}"} for i in range(30)]
    with pytest.raises(FoveaError) as caught:
        Graph.from_json({"nodes": nodes, "wires": []}, "#/model")
    assert (caught.value.code, caught.value.where) == ("FV-P007", "#/model")


def knob(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda value: value["knobs"][0].update(changes)


def add_knob(value: dict[str, Any]) -> None:
    value["knobs"].append({**value["knobs"][0], "id": "again"})


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "unknown key": (lambda v: v.update(wings=2), "#/layer/wings"),
    "unknown key of a knob": (knob(wings=2), "#/layer/knobs/0/wings"),
    "repeats 0": (lambda v: v.update(repeats=0), "#/layer/repeats"),
    "repeats 101": (lambda v: v.update(repeats=101), "#/layer/repeats"),
    "repeats a text": (lambda v: v.update(repeats="3"), "#/layer/repeats"),
    "no graph": (lambda v: v.update(inner=[]), "#/layer/inner"),
    "a graph without wires": (lambda v: v["inner"].pop("wires"), "#/layer/inner"),
    "an unknown layer": (
        lambda v: v["inner"]["nodes"][1].update(layer={"kind": "__class__"}),
        "#/layer/inner/nodes/1/layer/kind",
    ),
    "knobs no list": (lambda v: v.update(knobs={}), "#/layer/knobs"),
    "too many knobs": (lambda v: v.update(knobs=v["knobs"] * 500), "#/layer/knobs"),
    "a knob of Python": (knob(id="__class__"), "#/layer/knobs/0/id"),
    "a knob of ours": (knob(id="with_"), "#/layer/knobs/0/id"),
    "a knob of pydantic": (knob(id="model_fields"), "#/layer/knobs/0/id"),
    "a knob named as a field": (knob(id="repeats"), "#/layer/knobs/0"),
    "a knob twice": (lambda v: v.update(knobs=v["knobs"][:1] * 2), "#/layer/knobs/1"),
    "no target": (knob(targets=[]), "#/layer/knobs/0/targets"),
    "a target that is none": (knob(targets=["conv.x.y"]), "#/layer/knobs/0/targets/0"),
    "a target of Python": (knob(targets=["conv.__class__"]), "#/layer/knobs/0/targets/0"),
    "a target that is a graph": (knob(targets=["conv"]), "#/layer/knobs/0/targets/0"),
    "two knobs of one target": (add_knob, "#/layer/knobs/2/targets/0"),
    "a value that is not allowed": (knob(value=-1), "#/layer/knobs"),
    "a value of another type": (knob(value="8"), "#/layer/knobs"),
    "true for a number": (knob(value=True), "#/layer/knobs"),
    "a value that is an object": (knob(value={}), "#/layer/knobs/0/value"),
    "an empty label": (lambda v: v.update(label=""), "#/layer/label"),
    "a long label of a knob": (knob(label="x" * 81), "#/layer/knobs/0/label"),
    "a later value that is not allowed": (knob(later=0), "#/layer/knobs"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_wrong_is_named_by_its_pointer(name: str) -> None:
    value = json.loads(json.dumps(Custom().to_json()))
    change, pointer = CHANGES[name]
    change(value)
    error = refused(value)
    assert error.where == pointer
    assert error.code in ("FV-P007", "FV-P010", "FV-P011", "FV-H001", "FV-H002")


def test_a_block_without_anything_takes_the_defaults() -> None:
    assert LAYERS.from_json({"kind": "custom"}) == Custom()
    assert LAYERS.from_json({"kind": "custom", "knobs": []}) == Custom(knobs=Knobs())
