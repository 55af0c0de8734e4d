"""Blocks that a person made: values, repetitions, names, nesting."""

from __future__ import annotations

import pytest
import torch

from engine.blocks.custom import MOST_LEVELS, Custom
from engine.blocks.editing import expose, set_inner
from engine.blocks.grouping import group
from engine.blocks.knobs import Knob, Knobs
from engine.blocks.residual import Residual
from engine.compile.module import compile_model
from engine.errors import FoveaError
from engine.graph import edits
from engine.graph.analysis import analyse, analyse_inside
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph, Wire
from engine.layers.base import LAYERS, Misfit
from engine.layers.convolution import Conv2d
from engine.layers.ends import Entry, Input, Output, Result
from engine.layers.merge import Add
from engine.layers.pooling import GlobalAvgPool
from tests.engine.graph.examples import FRAME, chain

SHAPE = ((8, 20, 20),)


def stage(repeats: int = 3) -> Custom:
    """A stage of a ResNet: stride 2 first, then 1."""
    make = GraphBuilder()
    make.add("input", Entry())
    make.add("block", Residual(out_channels=16))
    make.add("output", Result())
    knobs = Knobs((Knob("stride", "Stride", ("block.stride",), 2, later=1),))
    return Custom(label="Stage", inner=make.graph(), knobs=knobs, repeats=repeats)


def nested(levels: int, repeats: int = 1) -> Custom:
    """A convolution in so many blocks."""
    block = Custom(repeats=repeats)
    for _ in range(levels - 1):
        make = GraphBuilder()
        make.add("input", Entry())
        make.add("deeper", block)
        make.add("output", Result())
        block = Custom(inner=make.graph(), knobs=Knobs(), repeats=repeats)
    return block


def model(block: Custom) -> Graph:
    make = GraphBuilder()
    make.add("image", Input())
    make.add("stage", block)
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    return make.graph()


def test_a_stage_of_a_resnet_shrinks_once() -> None:
    block = stage()
    assert block.shape(SHAPE) == (16, 10, 10)
    single = [Residual(out_channels=16, stride=2), *[Residual(out_channels=16)] * 2]
    shape, parameters, macs = SHAPE[0], 0, 0
    for part in single:
        parameters += part.parameters((shape,))
        macs += part.macs((shape,))
        shape = part.shape((shape,))
    assert (block.parameters(SHAPE), block.macs(SHAPE)) == (parameters, macs)
    module = block.build(SHAPE)
    assert module(torch.rand(2, *SHAPE[0])).shape == (2, 16, 10, 10)
    names = {name.split(".")[0] for name, _ in module.named_parameters()}
    assert names == {"0", "1", "2"}


def test_modules_are_nested_and_numbered() -> None:
    names = [n for n, _ in compile_model(model(stage()), FRAME, 0).named_parameters()]
    assert "stage.0.block.conv1.weight" in names
    assert "stage.2.block.norm2.bias" in names
    once = [n for n, _ in compile_model(model(stage(1)), FRAME, 0).named_parameters()]
    assert "stage.block.conv1.weight" in once


def test_other_nodes_keep_their_starting_weights() -> None:
    """A change inside one block, or of its repetitions, draws no other weight anew."""
    one = compile_model(model(stage(2)), FRAME, 3)
    two = compile_model(model(stage(3)), FRAME, 3)
    for name, weight in one.named_parameters():
        if not name.startswith("scores"):
            assert torch.equal(weight, two.get_parameter(name)), name
    assert torch.equal(one.get_parameter("scores.weight"), two.get_parameter("scores.weight"))


def test_a_knob_drives_all_its_targets_and_keeps_the_default() -> None:
    make = GraphBuilder()
    make.add("input", Entry())
    make.add("one", Conv2d(out_channels=4))
    make.add("two", Conv2d(out_channels=4))
    make.add("output", Result())
    block = Custom(label="Two", inner=make.graph(), knobs=Knobs())
    block = expose(block, "one.out_channels", "Width")
    block = expose(block, "two.out_channels", knob="width")
    turned = block.with_settings(block.settings.with_(width=12))
    assert [turned.opened.node(n).layer.out_channels for n in ("one", "two")] == [12, 12]
    assert turned.inner is block.inner
    item = turned.settings.param("width")
    assert (item.label, item.default, item.minimum, item.scale) == ("Width", 4, 1, "log")
    with pytest.raises(FoveaError, match="Width cannot be 0"):
        block.settings.with_(width=0)


def test_editing_a_driven_setting_inside_turns_its_knob() -> None:
    block = Custom()
    conv = block.opened.node("conv").layer
    graph = edits.set_layer(
        block.opened, "conv", conv.with_(out_channels=7, kernel_size=5, padding=2)
    )
    changed = set_inner(block, graph)
    assert changed.knobs.by_id["out_channels"].value == 7
    assert changed.inner.node("conv").layer.out_channels == 64
    assert changed.inner.node("conv").layer.kernel_size == 5
    assert changed.opened == graph
    assert set_inner(changed, changed.opened) is changed


def test_a_knob_goes_with_its_last_target() -> None:
    block = Custom()
    changed = set_inner(block, edits.remove(block.opened, ["conv"]))
    assert len(changed.knobs) == 0
    assert changed.settings is None


def test_the_inside_is_analysed_for_the_place_of_use() -> None:
    found = analyse_inside(Custom().opened, SHAPE)
    assert found.ok
    assert found.nodes["relu"].shape == (64, 20, 20)
    unknown = analyse_inside(Custom().opened, [None])
    assert unknown.nodes["conv"].waits_for == "input"


def test_problems_inside_name_the_node_and_the_knob() -> None:
    block = Custom(label="Stage 2")
    conv = block.opened.node("conv").layer
    block = set_inner(block, edits.set_layer(block.opened, "conv", conv.with_(groups=16)))
    with pytest.raises(Misfit) as caught:
        block.shape(SHAPE)
    assert caught.value.told(["stem"]).startswith("Inside “Stage 2” at “conv”: ")
    exposed = expose(block, "conv.groups")
    with pytest.raises(Misfit) as caught:
        exposed.shape(SHAPE)
    assert caught.value.param == "groups"


def test_problems_in_a_repetition_say_which() -> None:
    make = GraphBuilder()
    make.add("input", Entry())
    make.add("pool", GlobalAvgPool())
    make.add("output", Result())
    block = Custom(label="Pool", inner=make.graph(), knobs=Knobs(), repeats=2)
    with pytest.raises(Misfit, match="repetition 2 of 2") as caught:
        block.shape(SHAPE)
    assert "the repetition before" in caught.value.told(["stem"])


def broken(change: str) -> Custom:
    """A default block with something wrong inside."""
    block = Custom()
    graph = block.inner
    if change == "no input":
        graph = edits.remove(graph, ["input"], heal=False)
    elif change == "no output":
        graph = edits.remove(graph, ["output"], heal=False)
    elif change == "unused":
        graph = edits.add_node(graph, Entry(), 0, 0)[0]
    elif change == "image inside":
        graph = edits.add_node(graph, Input(), 0, 0)[0]
    elif change == "two outputs":
        graph = edits.add_node(graph, Result(), 0, 0)[0]
    elif change == "after the output":
        graph, _ = edits.add_node(graph, GlobalAvgPool(), 0, 0, "late")
        graph = Graph(graph.nodes, (*graph.wires, Wire("output", "late")))
    elif change == "into the input":
        graph = Graph(graph.nodes, (*graph.wires, Wire("relu", "input")))
    elif change == "loop":
        graph, _ = edits.add_node(graph, Add(), 0, 0, "sum")
        graph = Graph(graph.nodes, (*graph.wires, Wire("sum", "sum")))
    return Custom(inner=graph, knobs=Knobs())


@pytest.mark.parametrize(
    "change",
    [
        "no input",
        "no output",
        "unused",
        "image inside",
        "two outputs",
        "after the output",
        "into the input",
        "loop",
    ],
)
def test_a_half_built_inside_is_a_legal_value_that_explains_itself(change: str) -> None:
    block = broken(change)
    assert LAYERS.from_json(block.to_json()) == block
    shapes = SHAPE * len(block.entries)
    with pytest.raises(Misfit) as caught:
        block.shape(shapes)
    assert str(caught.value).endswith((".", "”"))
    assert not analyse(model(block), FRAME).ok


def test_ends_of_blocks_have_no_place_in_a_model() -> None:
    graph, _ = edits.add_node(chain(), Entry(), 0, 0)
    problem = next(p for p in analyse(graph, FRAME).problems if p.where == "entry")
    assert "belongs inside a block" in problem.message
    assert "Image" in problem.fix


def test_a_block_that_hands_on_what_arrives() -> None:
    make = GraphBuilder()
    make.add("input", Entry())
    make.add("output", Result())
    block = Custom(inner=make.graph(), knobs=Knobs())
    x = torch.rand(1, *SHAPE[0])
    assert torch.equal(block.build(SHAPE)(x), x)
    assert block.parameters(SHAPE) == 0


def test_repeating_needs_one_input() -> None:
    made, name = group(model(Custom()), ["stage"], "Outer")
    outer = made.node(name).layer
    inner = edits.add_node(outer.inner, Entry(), 0, 0)[0]
    inner, _ = edits.add_node(inner, Add(), 0, 0, "sum")
    inner = edits.connect(edits.connect(inner, "entry", "sum"), "stage", "sum")
    inner = edits.connect(inner, "sum", "output")
    two = Custom(inner=inner, knobs=Knobs(), repeats=2)
    with pytest.raises(Misfit, match="2 inputs") as caught:
        two.shape(SHAPE * 2)
    assert caught.value.param == "repeats"


def test_blocks_nest_up_to_a_limit() -> None:
    deepest = nested(MOST_LEVELS)
    assert deepest.shape(SHAPE) == (64, 20, 20)
    assert LAYERS.from_json(deepest.to_json()) == deepest
    with pytest.raises(FoveaError) as caught:
        nested(MOST_LEVELS + 1)
    assert caught.value.code == "FV-P007"


def test_repetitions_of_repetitions_are_counted_before_anything_is_computed() -> None:
    with pytest.raises(FoveaError) as caught:
        nested(3, repeats=100)
    assert (caught.value.code, caught.value.where) == ("FV-P007", "repeats")
    part, _ = edits.add_node(Graph(), Custom(repeats=100), 0, 0)
    for _ in range(4):
        part, _ = edits.duplicate(part, list(part.by_id))
    with pytest.raises(FoveaError, match="nodes, more than Fovea opens"):
        edits.duplicate(part, list(part.by_id))


def test_a_knob_cannot_hide_a_bomb() -> None:
    """Repetitions that a knob sets count as those in the file do."""
    block = nested(1)
    for level in range(3):
        make = GraphBuilder()
        make.add("input", Entry())
        make.add("deeper", block)
        make.add("output", Result())
        targets = ("deeper.repeats",) if not level else ("deeper.often",)
        knobs = Knobs((Knob("often", "Often", targets, 1),))
        block = Custom(inner=make.graph(), knobs=knobs, repeats=10)
    with pytest.raises(FoveaError) as caught:
        block.with_settings(block.settings.with_(often=100))
    assert caught.value.code == "FV-P007"
