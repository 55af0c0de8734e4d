"""Grouping nodes into a block and taking it apart again."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.blocks.custom import Custom
from engine.blocks.editing import expose, set_later
from engine.blocks.grouping import group, ungroup, why_no_block
from engine.compile.module import compile_model
from engine.errors import FoveaError
from engine.graph.analysis import analyse
from engine.graph.edits import set_layer
from engine.graph.records import Graph
from engine.layers.base import LAYERS
from engine.templates import TEMPLATES
from tests.engine.graph.examples import FRAME, branched, chain
from tests.engine.graph.test_edits_at_random import STEP, _apply


def plain(graph: Graph) -> tuple[object, object]:
    """The graph up to the order of its records and their places."""
    nodes = {node.id: node.layer for node in graph.nodes}
    return nodes, set(graph.wires)


def test_a_grouped_selection_computes_the_same() -> None:
    graph = chain(4)
    made, name = group(graph, ["conv1", "conv2"], "My stage")
    assert name == "my_stage"
    assert [node.id for node in made.nodes] == [
        "image",
        "conv0",
        "my_stage",
        "conv3",
        "pool",
        "scores",
    ]
    before, after = analyse(graph, FRAME), analyse(made, FRAME)
    assert after.ok
    for fact in ("parameters", "macs", "activations"):
        assert getattr(before, fact) == getattr(after, fact)
    assert before.nodes["scores"].reach == after.nodes["scores"].reach
    assert before.nodes["conv3"].reach == after.nodes["conv3"].reach
    one, two = compile_model(graph, FRAME, 0), compile_model(made, FRAME, 0)
    names = [name.replace("conv1", "my_stage.conv1") for name, _ in one.named_parameters()]
    names = [name.replace("conv2", "my_stage.conv2") for name in names]
    assert sorted(names) == sorted(name for name, _ in two.named_parameters())
    weights = {
        name: one.get_parameter(name.removeprefix("my_stage."))
        for name, _ in two.named_parameters()
    }
    two.load_state_dict(weights)
    images = torch.rand(3, 1, 28, 28)
    assert torch.equal(one(images), two(images))


def test_branches_become_inputs_in_order() -> None:
    made, name = group(branched(), ["sum", "relu"], "Join")
    block = made.node(name).layer
    assert isinstance(block, Custom)
    assert block.entries == ("input", "input_2")
    assert [wire.source for wire in made.arriving(name)] == ["conv", "stem"]
    assert analyse(made, FRAME).ok
    assert plain(ungroup(made, name)[0]) == plain(branched())


def test_the_whole_body_can_be_one_block() -> None:
    made, name = group(branched(), ["stem", "conv", "sum", "relu", "pool"], "Body")
    assert analyse(made, FRAME).ok
    assert len(made.nodes) == 3
    assert plain(ungroup(made, name)[0]) == plain(branched())


def test_unconnected_nodes_get_an_input_of_their_own() -> None:
    graph = Graph(tuple(node for node in chain(2).nodes if node.id.startswith("conv")))
    graph = Graph(graph.nodes, tuple(w for w in chain(2).wires if w.source == "conv0")[:1])
    made, name = group(graph, ["conv0", "conv1"], "Two")
    assert made.node(name).layer.entries == ("input",)
    assert made.wires == ()
    assert plain(ungroup(made, name)[0]) == plain(graph)


@pytest.mark.parametrize(
    ("ids", "word"),
    [
        ([], "Select"),
        (["image", "stem"], "end"),
        (["relu", "scores"], "end"),
        (["stem", "sum"], "between"),
        (["stem", "conv"], "one output"),
    ],
)
def test_what_cannot_be_a_block_is_told_in_a_sentence(ids: list[str], word: str) -> None:
    assert word in why_no_block(branched(), ids)
    with pytest.raises(FoveaError) as caught:
        group(branched(), ids, "Block")
    assert caught.value.code == "FV-M011"
    assert caught.value.what == why_no_block(branched(), ids)


def test_a_label_that_is_none_is_refused() -> None:
    for label in ("", "x" * 61, "two\nlines"):
        with pytest.raises(FoveaError, match="name of a block"):
            group(chain(), ["conv1"], label)


def test_taking_apart_writes_values_and_repetitions_out() -> None:
    made, name = group(chain(3), ["conv1"], "Stage")
    block = expose(made.node(name).layer, "conv1.stride")
    block = set_later(block, "stride", 1)
    block = block.with_settings(block.settings.with_(stride=2)).with_(repeats=3)
    made = set_layer(made, name, block)
    out, names = ungroup(made, name)
    assert names == ("conv1", "conv1_2", "conv1_3")
    assert [out.node(n).layer.stride for n in names] == [2, 1, 1]
    assert [out.node(n).y for n in names] == sorted({out.node(n).y for n in names})
    before, after = analyse(made, FRAME), analyse(out, FRAME)
    assert (before.parameters, before.macs) == (after.parameters, after.macs)
    assert after.ok


def test_other_nodes_cannot_be_taken_apart() -> None:
    graph = TEMPLATES["small_resnet"].build(FRAME)
    for name in ("stem", "block1"):
        with pytest.raises(FoveaError, match="taken apart"):
            ungroup(graph, name)


@given(
    st.sampled_from(sorted(TEMPLATES)),
    st.lists(STEP, max_size=12),
    st.sets(st.integers(0, 60), min_size=1, max_size=12),
)
@settings(max_examples=150, deadline=None)
def test_ungroup_is_the_inverse_of_group(
    name: str, steps: list[tuple[str, int, int, int]], picks: set[int]
) -> None:
    graph = TEMPLATES[name].build(FRAME)
    for step in steps:
        try:
            graph, _ = _apply(graph, *step)
        except FoveaError:
            continue
    order = [node.id for node in graph.nodes]
    chosen = {order[pick] for pick in picks if pick < len(order)}
    if why_no_block(graph, chosen):
        return
    made, block = group(graph, chosen, "A block")
    assert len(made.nodes) == len(graph.nodes) - len(chosen) + 1
    assert Graph.from_json(made.to_json()) == made
    before, after = analyse(graph, FRAME), analyse(made, FRAME)
    if before.ok:
        assert after.ok
        assert before.parameters == after.parameters
    out, names = ungroup(made, block)
    assert set(names) == chosen
    assert plain(out) == plain(graph)


@given(st.integers(0, 8), st.integers(1, 6))
@settings(max_examples=30, deadline=None)
def test_any_run_of_a_chain_is_a_block(start: int, length: int) -> None:
    names = [f"conv{i}" for i in range(10)][start : start + length]
    made, block = group(chain(10), names, "Run")
    assert analyse(made, FRAME).ok
    assert ungroup(made, block)[1] == tuple(names)
    assert LAYERS.from_json(made.node(block).layer.to_json()) == made.node(block).layer
