"""MobileNet, EfficientNet and ConvNeXt are torchvision's, value for value; a small hybrid."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby

import pytest
import torch
import torchvision
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from engine.blocks.conv_attention import ConvAttention
from engine.blocks.mbconv import MBConv
from engine.compile.assemble import assemble
from engine.compile.module import compile_model
from engine.graph.analysis import Analysis, analyse
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.templates import TEMPLATES
from engine.templates.shrinking import strides
from engine.templates.sizing import LEAST_LEFT
from tests.support.nested_state import entries, fill, hand_over

Rule = Callable[[str], str]
"""From a key of torchvision's ``state_dict`` to the node that holds it, as docstrings have it."""

SIDES = [1, 5, 28, 47, 48, 64, 95, 96, 130, 224]


def rule(last: int, **more: str) -> Rule:
    """That of the mobile networks: ``features`` by their number, then what is told."""
    table = {r"features\.0\.0": "stem", r"features\.0\.1": "stem_norm"}
    table |= {rf"features\.{last}\.0": "last", rf"features\.{last}\.1": "last_norm"}
    table |= {key.replace("_", r"\."): node for key, node in more.items()}
    table |= {r"features\.(\d+)\.block": r"block\1", r"features\.(\d+)\.conv": r"block\1"}
    table |= {r"features\.(\d+)\.(\d+)": r"stage\1_\2"}

    def node(key: str) -> str:
        found = next(match for pattern in table if (match := re.match(rf"{pattern}\.", key)))
        return found.expand(table[found.re.pattern.removesuffix(r"\.")])

    return node


def convnext_rule(key: str) -> str:
    parts = key.split(".")
    if parts[0] == "classifier":
        return "norm" if parts[1] == "0" else "scores"
    stage, number = int(parts[1]), parts[2]
    if stage == 0:
        return "stem_norm" if number == "1" else "stem"
    if stage % 2:
        return f"stage{(stage + 1) // 2}_{number}"
    return f"down{stage // 2 + 1}" + ("_norm" if number == "0" else "")


RULES: dict[str, Rule] = {
    "mobilenet_v2": rule(18, classifier_1="scores"),
    "mobilenet_v3_large": rule(16, classifier_0="hidden", classifier_3="scores"),
    "mobilenet_v3_small": rule(12, classifier_0="hidden", classifier_3="scores"),
    "efficientnet_b0": rule(8, classifier_1="scores"),
    "convnext_tiny": convnext_rule,
}


def square(side: int, classes: int = 1000) -> Frame:
    return Frame(3, side, side, classes)


def original(name: str) -> nn.Module:
    """torchvision's model, without values."""
    with torch.device("meta"):
        return torchvision.models.get_model(name, weights=None).eval()


def on_meta(graph: Graph, frame: Frame) -> tuple[nn.Module, Analysis]:
    """The model without values, and what is predicted for it."""
    analysis = analyse(graph, frame)
    with torch.device("meta"):
        return assemble(graph, analysis.nodes, "scores", "Model", frame), analysis


def flops(module: nn.Module, side: int) -> int:
    with FlopCounterMode(display=False) as counter:
        module(torch.empty(1, 3, side, side, device="meta"))
    return counter.get_total_flops()


def with_weights_of(theirs: nn.Module, name: str, frame: Frame) -> nn.Module:
    """Our model with torchvision's values, each node's by the rule for its keys."""
    graph = TEMPLATES[name].build(frame)
    ours, analysis = on_meta(graph, frame)
    missing = {key.split(".")[0] for key in ours.state_dict()}
    for node, keys in groupby(theirs.state_dict().items(), key=lambda item: RULES[name](item[0])):
        layer, inputs = graph.by_id[node].layer.bind(frame), analysis.nodes[node].inputs
        values = [value for _, value in keys]
        hand_over(values, entries(layer, inputs, ours.get_submodule(node)))
        missing.remove(node)
    assert missing == set()
    return ours.eval()


def difference(ours: nn.Module, theirs: nn.Module, side: int) -> float:
    """The largest difference of any score, relative to the largest score."""
    images = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected, got = theirs(images), ours(images)
    assert expected.std() > 1e-2, "the image must count"
    return float((got - expected).abs().max() / expected.abs().max())


@pytest.mark.parametrize("name", RULES)
def test_parameters_and_multiply_adds_are_torchvisions(name: str) -> None:
    theirs, frame = original(name), square(224)
    ours, analysis = on_meta(TEMPLATES[name].build(frame), frame)
    assert analysis.problems == ()
    assert analysis.parameters == sum(p.numel() for p in theirs.parameters())
    assert 2 * analysis.macs == flops(theirs, 224) == flops(ours.eval(), 224)


@pytest.mark.parametrize("name", RULES)
def test_outputs_are_torchvisions_with_its_weights(name: str) -> None:
    theirs = fill(original(name))
    assert difference(with_weights_of(theirs, name, square(96)), theirs, 96) <= 1e-5


@pytest.mark.parametrize("name", RULES)
def test_below_96_px_only_strides_differ(name: str) -> None:
    """With the first stride changed in torchvision's model, the two are equal again."""
    theirs = fill(original(name))
    stem = theirs.get_submodule("features.0.0")
    assert isinstance(stem, nn.Conv2d)
    assert stem.stride in ((2, 2), (4, 4))
    half = stem.stride[0] // 2
    stem.stride = (half, half)
    if name == "convnext_tiny":
        stem.padding = (1, 1)
    assert difference(with_weights_of(theirs, name, square(64)), theirs, 64) <= 1e-5


@pytest.mark.parametrize("name", RULES)
def test_dropping_is_torchvisions(name: str) -> None:
    """Rates of dropout and of stochastic depth where it matters: beside a shortcut."""
    theirs, frame = original(name), square(224)
    ours, _ = on_meta(TEMPLATES[name].build(frame), frame)
    assert rates(ours) == rates(theirs)


def rates(module: nn.Module) -> list[float]:
    found = []
    for part in module.modules():
        if isinstance(part, nn.Dropout):
            found.append(part.p)
        unused = getattr(part, "use_res_connect", True) is False
        depth = getattr(part, "stochastic_depth", None)
        if depth is not None and not unused and depth.p:
            found.append(round(depth.p, 4))
        if type(part).__name__ == "StochasticDepth" and hasattr(part, "rate"):
            found.append(getattr(part, "rate"))  # noqa: B009 - type checkers know no such attribute
    return found


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", [*RULES, "small_hybrid"])
def test_no_image_is_too_small_and_some_pixels_are_left(name: str, side: int) -> None:
    for frame in (square(side, 4), Frame(1, side, 2 * side + 3, 2)):
        graph = TEMPLATES[name].build(frame)
        analysis = analyse(graph, frame)
        assert analysis.problems == ()
        assert Graph.from_json(graph.to_json()) == graph
        before = next(wire.source for wire in graph.wires if wire.target == "avgpool")
        shape = analysis.nodes[before].shape
        assert shape is not None
        assert min(shape[1:]) >= min(LEAST_LEFT, side)


@pytest.mark.parametrize("name", RULES)
def test_weights_have_the_same_shapes_for_images_of_any_size(name: str) -> None:
    def shapes(side: int) -> dict[str, torch.Size]:
        model, _ = on_meta(TEMPLATES[name].build(square(side, 10)), square(side, 10))
        return {key: value.shape for key, value in model.state_dict().items()}

    assert shapes(5) == shapes(48) == shapes(224)


def test_strides_are_left_out_one_halving_at_a_time() -> None:
    def kept(side: int, *published: int) -> tuple[int, ...]:
        return strides(square(side), published)

    assert kept(96, 2, 1, 2, 2, 1, 2, 2) == (2, 1, 2, 2, 1, 2, 2)
    assert kept(95, 2, 1, 2, 2, 1, 2, 2) == (1, 1, 2, 2, 1, 2, 2)
    assert kept(28, 2, 1, 2, 2, 1, 2, 2) == (1, 1, 1, 2, 1, 2, 2)
    assert [kept(side, 4, 2, 2, 2)[:2] for side in (96, 64, 28, 12)] == [
        (4, 2), (2, 2), (1, 2), (1, 1),
    ]  # fmt: skip
    assert kept(2, 4, 2, 2, 2) == (1, 1, 1, 1)


def test_the_hybrid_is_small_wherever_images_are() -> None:
    for side, limit in ((28, 35e6), (64, 50e6), (224, 60e6)):
        graph = TEMPLATES["small_hybrid"].build(square(side, 10))
        analysis = analyse(graph, square(side, 10))
        assert analysis.macs <= limit
        assert analysis.parameters < 0.5e6


@pytest.mark.parametrize("side", [24, 32, 45, 46, 90, 91, 160, 224, 300, 512])
def test_the_hybrid_looks_at_few_places_with_attention_and_last(side: int) -> None:
    graph = TEMPLATES["small_hybrid"].build(square(side, 10))
    facts = analyse(graph, square(side, 10)).nodes
    order = [type(node.layer) for node in graph.nodes]
    assert order.count(ConvAttention) == 2
    last_convolution = max(i for i, cls in enumerate(order) if cls is MBConv)
    assert order.index(ConvAttention) > last_convolution
    shape = facts["attention1"].shape
    assert shape is not None
    assert 25 <= shape[1] * shape[2] <= 144


def test_the_hybrid_learns() -> None:
    """Whether the bright spots at both sides are on the same height."""
    frame = Frame(1, 16, 16, 2)
    images, same = torch.zeros(16, 1, 16, 16), torch.zeros(16, dtype=torch.long)
    for i, image in enumerate(images):
        left, right = divmod(i, 4)
        same[i] = left == right
        image[0, 4 * left : 4 * left + 3, :3] = image[0, 4 * right : 4 * right + 3, -3:] = 1
    model = compile_model(TEMPLATES["small_hybrid"].build(frame), frame, seed=0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    losses = []
    for _ in range(30):
        loss = nn.functional.cross_entropy(model(images), same)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] > 0.3
    assert losses[-1] < 0.1


@pytest.mark.parametrize("name", [*RULES, "small_hybrid"])
def test_summaries_say_for_whom_it_is(name: str) -> None:
    assert 40 <= len(TEMPLATES[name].summary) <= 110
    if name in RULES:
        assert re.search(r"published weights|few thousand", TEMPLATES[name].summary)
