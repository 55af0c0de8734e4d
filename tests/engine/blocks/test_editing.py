"""Opening, exposing, reusing and changing blocks at any depth."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from engine.blocks.base import Block
from engine.blocks.custom import Custom
from engine.blocks.editing import (
    definitions,
    expose,
    expose_all,
    open_block,
    relabel,
    same_definition,
    set_inner,
    set_later,
    unexpose,
)
from engine.blocks.grouping import group
from engine.blocks.paths import look, write
from engine.blocks.residual import Residual
from engine.compile.initialise import initialise
from engine.errors import FoveaError
from engine.graph import edits
from engine.graph.analysis import analyse
from engine.layers.base import LAYERS
from engine.templates import TEMPLATES
from tests.engine.graph.examples import FRAME, chain

SHAPE = ((8, 13, 11),)
READY_MADE = [cls for cls in LAYERS if issubclass(cls, Block) and cls is not Custom]


@pytest.mark.parametrize("cls", READY_MADE, ids=lambda cls: cls.kind)
def test_an_opened_block_is_the_same_block(cls: type[Block]) -> None:
    block = cls()
    opened = open_block(block, SHAPE)
    assert opened.label == block.title
    for fact in ("shape", "parameters", "macs", "activations", "reach"):
        assert getattr(opened, fact)(SHAPE) == getattr(block, fact)(SHAPE), fact
    one, two = block.build(SHAPE), opened.build(SHAPE)
    for module in (one, two):
        initialise(module, 5)
    assert list(one.state_dict()) == list(two.state_dict())
    assert all(map(torch.equal, one.state_dict().values(), two.state_dict().values()))
    x = torch.rand(2, *SHAPE[0])
    results = []
    for module in (one, two):
        torch.manual_seed(0)  # for dropout
        results.append(module(x))
    assert torch.equal(*results)
    assert open_block(opened, SHAPE) is opened


def test_settings_of_an_opened_block_become_its_knobs() -> None:
    opened = open_block(Residual(out_channels=16, stride=2), SHAPE)
    knobs = opened.knobs.by_id
    assert set(knobs["stride"].targets) == {"conv1.stride", "shortcut.stride"}
    assert set(knobs["out_channels"].targets) == {
        "conv1.out_channels",
        "conv2.out_channels",
        "shortcut.out_channels",
    }
    assert knobs["zero_start"].targets == ("norm2.zero_start",)
    wider = opened.with_settings(opened.settings.with_(out_channels=20))
    assert wider.parameters(SHAPE) == Residual(out_channels=20, stride=2).parameters(SHAPE)
    plain = open_block(Residual(out_channels=8), SHAPE)
    assert "stride" not in plain.knobs, "a stride would need a shortcut that is not there"


class Example2(nn.Module):
    """The residual block as the text has it."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1)
        self.norm1 = nn.BatchNorm2d(out_channels)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1)
        self.norm2 = nn.BatchNorm2d(out_channels)
        self.short = nn.Sequential()
        if in_channels != out_channels:
            self.short = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=1),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.norm2(self.conv2(self.relu1(self.norm1(self.conv1(x)))))
        return torch.relu(out + self.short(x))


@pytest.mark.parametrize("channels", [8, 12])
def test_the_residual_block_is_example_2(channels: int) -> None:
    """With its biases; without them the batch norms behind do the same."""
    text = Example2(8, channels)
    block = Residual(out_channels=channels, bias=True, zero_start=False)
    for made in (block, open_block(block, SHAPE)):
        assert made.parameters(SHAPE) == sum(p.numel() for p in text.parameters())
        module = made.build(SHAPE)
        module.load_state_dict(
            {
                name.replace("short.0", "shortcut").replace("short.1", "shortcut_norm"): value
                for name, value in text.state_dict().items()
            }
        )
        x = torch.rand(2, *SHAPE[0])
        assert torch.allclose(module(x), text(x), atol=1e-6)


def test_a_bias_before_batch_norm_changes_nothing_that_is_learned() -> None:
    plain, biased = Residual(out_channels=8), Residual(out_channels=8, bias=True)
    assert biased.parameters(SHAPE) - plain.parameters(SHAPE) == 16


def test_exposing_and_taking_back() -> None:
    block = Custom()
    more = expose(block, "conv.kernel_size", "Window")
    assert more.knobs.by_id["window"].label == "Window"
    assert more.settings.window == 3
    with pytest.raises(FoveaError, match="Window"):
        expose(more, "conv.kernel_size")
    with pytest.raises(FoveaError) as caught:
        expose(block, "conv.wings")
    assert caught.value.code == "FV-H003"
    turned = more.with_settings(more.settings.with_(out_channels=5))
    back = unexpose(turned, "out_channels")
    assert back.inner.node("conv").layer.out_channels == 5
    assert "out_channels" not in back.knobs
    assert relabel(more, "window", "Size").settings.param("window").label == "Size"


def test_two_parameters_of_one_name_get_two_names() -> None:
    make, name = group(chain(2), ["conv0", "conv1"], "Two")
    block = make.node(name).layer
    block = expose(expose(block, "conv0.stride"), "conv1.stride", "Second stride")
    block = expose(block, "conv1.kernel_size", "Stride")
    assert list(block.knobs.by_id) == ["stride", "second_stride", "stride_2"]
    assert LAYERS.from_json(block.to_json()) == block


def test_alike_settings_of_one_name_become_one_parameter() -> None:
    made, name = group(chain(3), ["conv0", "conv1", "conv2"], "Three")
    block = made.node(name).layer
    wide = block.inner.node("conv2").layer.with_(out_channels=99)
    block = block.with_inner(edits.set_layer(block.inner, "conv2", wide))
    wishes = [(f"conv{number}.out_channels", "Width") for number in range(3)]
    block = expose_all(block, [*wishes, ("conv0.stride", "")])
    told = [(knob.label, knob.targets) for knob in block.knobs]
    assert told == [
        ("Width", ("conv0.out_channels", "conv1.out_channels")),
        ("Width of conv2", ("conv2.out_channels",)),
        ("Stride", ("conv0.stride",)),
    ]
    wider = block.with_settings(block.settings.with_(width=7))
    inner = wider.opened
    assert [inner.node(f"conv{n}").layer.out_channels for n in range(3)] == [7, 7, 99]


def test_names_that_python_or_a_spec_needs_are_avoided() -> None:
    block = expose(Custom(), "norm.momentum")
    assert list(block.knobs.by_id)[-1] == "momentum"
    inner, name = group(chain(2), ["conv0"], "Inner")
    outer, outside = group(inner, [name, "conv1"], "Outer")
    block = expose(outer.node(outside).layer, f"{name}.repeats")
    assert list(block.knobs.by_id) == ["repeats_2"]
    assert block.with_settings(block.settings.with_(repeats_2=4)).node_count == 3 + 4 * 3


def test_a_value_for_later_repetitions_is_checked() -> None:
    block = set_later(Custom(), "stride", 2)
    assert block.repetition(1).settings.stride == 2
    with pytest.raises(FoveaError) as caught:
        set_later(block, "stride", 0)
    assert (caught.value.code, caught.value.where) == ("FV-H001", "knobs")
    assert set_later(block, "stride", None).repetition(1).settings.stride == 1


def test_uses_of_one_definition_are_found_at_any_depth() -> None:
    graph = edits.set_layer(chain(3), "conv1", Custom(label="Same"))
    graph = edits.set_layer(graph, "conv2", Custom(label="Same", repeats=2))
    turned = graph.node("conv2").layer
    turned = turned.with_settings(turned.settings.with_(out_channels=8))
    graph = edits.set_layer(graph, "conv2", turned)
    graph, _outer = group(graph, ["conv2"], "Outer")
    found = {d.block.label: d.uses for d in definitions(graph)}
    assert found == {"Same": 2, "Outer": 1}
    moved = set_inner(turned, edits.move(turned.opened, {"conv": (500, 500)}))
    assert same_definition(turned, moved)
    assert not same_definition(turned, turned.with_(label="Other"))


def test_a_change_inside_reaches_this_use_or_all() -> None:
    graph = edits.set_layer(chain(3), "conv1", Custom(label="Same"))
    two = Custom(label="Same", repeats=2)
    two = two.with_settings(two.settings.with_(out_channels=8))
    graph = edits.set_layer(graph, "conv2", two)
    inner = look(graph, FRAME, ["conv1"]).graph
    changed = edits.remove(inner, ["relu"])
    only = write(graph, FRAME, ["conv1"], changed)
    assert "relu" not in only.node("conv1").layer.inner
    assert only.node("conv2") is graph.node("conv2")
    both = write(graph, FRAME, ["conv1"], changed, everywhere=True)
    other = both.node("conv2").layer
    assert "relu" not in other.inner
    assert (other.repeats, other.settings.out_channels) == (2, 8)
    assert write(graph, FRAME, ["conv1"], inner) is graph


def test_a_ready_made_block_is_converted_by_the_first_change_inside() -> None:
    graph = TEMPLATES["small_resnet"].build(FRAME)
    view = look(graph, FRAME, ["block2"])
    assert view.path == ("block2",)
    assert view.analysis.ok
    assert write(graph, FRAME, ["block2"], view.graph) is graph
    conv = view.graph.node("conv1").layer
    wider = edits.set_layer(view.graph, "conv1", conv.with_(kernel_size=5, padding=2))
    changed = write(graph, FRAME, ["block2"], wider)
    assert isinstance(changed.node("block2").layer, Custom)
    assert changed.node("block1") is graph.node("block1")
    assert analyse(changed, FRAME).ok


def test_places_that_are_gone_lead_to_what_is_left() -> None:
    graph = TEMPLATES["small_resnet"].build(FRAME)
    assert look(graph, FRAME, ["nothing", "there"]).path == ()
    assert look(graph, FRAME, ["stem"]).graph is graph
    grouped, name = group(graph, ["block1", "block2"], "Body")
    deep = look(grouped, FRAME, [name, "block2", "conv1"])
    assert deep.path == (name, "block2")
    kernel = deep.graph.node("conv1").layer.with_(kernel_size=1, padding=0)
    changed = write(grouped, FRAME, deep.path, edits.set_layer(deep.graph, "conv1", kernel))
    assert look(changed, FRAME, deep.path).graph.node("conv1").layer == kernel
    assert analyse(changed, FRAME).parameters < analyse(grouped, FRAME).parameters
