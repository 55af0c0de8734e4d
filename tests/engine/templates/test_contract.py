"""What every template must hold, for any size of image."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from engine.compile.assemble import assemble
from engine.graph.analysis import Analysis, analyse
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.templates import DEFAULT, GROUPS, TEMPLATES, default_template, grouped
from engine.templates.sizing import LEAST_LEFT, halvings

FRAMES = [
    Frame(1, 28, 28, 10),
    Frame(3, 64, 64, 4),
    Frame(3, 224, 224, 2),
    Frame(3, 5, 9, 3),
    Frame(4, 1, 1, 2),
    Frame(1, 24, 160, 7),
    Frame(3, 1024, 1024, 2),
]


def on_meta(graph: Graph, frame: Frame) -> tuple[nn.Module, Analysis]:
    """The model without values, and what is predicted for it."""
    analysis = analyse(graph, frame)
    with torch.device("meta"):
        return assemble(graph, analysis.nodes, "scores", "Model", frame), analysis


@pytest.mark.parametrize("frame", FRAMES, ids=str)
@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_fits_every_frame(name: str, frame: Frame) -> None:
    graph = TEMPLATES[name].build(frame)
    analysis = analyse(graph, frame)
    assert analysis.problems == ()
    assert analysis.nodes["scores"].shape == (frame.classes,)
    assert Graph.from_json(graph.to_json()) == graph


@pytest.mark.parametrize("frame", [FRAMES[0], FRAMES[2], FRAMES[3]], ids=str)
@pytest.mark.parametrize("name", TEMPLATES)
def test_predicted_costs_equal_those_of_torch(name: str, frame: Frame) -> None:
    model, analysis = on_meta(TEMPLATES[name].build(frame), frame)
    images = torch.empty(2, frame.channels, frame.height, frame.width, device="meta")
    with FlopCounterMode(display=False) as counter:
        scores = model(images)
    assert scores.shape == (2, frame.classes)
    assert counter.get_total_flops() == 2 * 2 * analysis.macs
    assert sum(p.numel() for p in model.parameters()) == analysis.parameters


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_introduce_themselves(name: str) -> None:
    template = TEMPLATES[name]
    assert template.name == name
    assert template.title
    assert template.summary.endswith(".")
    assert 40 <= len(template.summary) <= 110
    assert template.group in GROUPS


def test_the_default_comes_first_and_stays_cheap() -> None:
    assert next(iter(TEMPLATES)) == DEFAULT
    for side, limit in ((28, 30e6), (64, 40e6), (224, 60e6)):
        frame = Frame(3, side, side, 10)
        assert analyse(TEMPLATES[DEFAULT].build(frame), frame).macs <= limit


def test_many_images_start_from_another_template() -> None:
    assert default_template(0) == default_template(9_999) == DEFAULT
    assert default_template(10_000) == "broad_resnet"
    assert "broad_resnet" in TEMPLATES


def test_groups_hold_every_template_once() -> None:
    shown = [template.name for templates in grouped().values() for template in templates]
    assert sorted(shown) == sorted(TEMPLATES)
    assert min(len(templates) for templates in grouped().values()) >= 5
    assert shown[0] == DEFAULT


@pytest.mark.parametrize("template", grouped()["Small images and few data"], ids=lambda t: t.name)
def test_those_for_few_data_are_small(template) -> None:
    frame = Frame(1, 28, 28, 10)
    assert analyse(template.build(frame), frame).parameters < 3e6


@pytest.mark.parametrize("name", TEMPLATES)
def test_nodes_stand_in_a_column_in_their_order(name: str) -> None:
    graph = TEMPLATES[name].build(FRAMES[0])
    heights = [node.y for node in graph.nodes]
    assert heights == sorted(set(heights))


@pytest.mark.parametrize("name", ["resnet50", "densenet121", "googlenet", "inception_v3", "vgg11"])
@pytest.mark.parametrize("side", [24, 40, 64, 96, 138, 139, 200, 299])
def test_classics_leave_some_pixels_to_look_at(name: str, side: int) -> None:
    frame = Frame(3, side, side, 2)
    graph = TEMPLATES[name].build(frame)
    pool = next(i for i, node in enumerate(graph.nodes) if node.id == "avgpool")
    shape = analyse(graph, frame).nodes[graph.nodes[pool - 1].id].shape
    assert shape is not None
    assert min(shape[1:]) >= LEAST_LEFT


@pytest.mark.parametrize("name", ["resnet18", "densenet121", "googlenet", "inception_v3", "vgg11"])
def test_weights_have_the_same_shapes_for_images_of_any_size(name: str) -> None:
    def shapes(side: int) -> list[torch.Size]:
        frame = Frame(3, side, side, 10)
        model, _ = on_meta(TEMPLATES[name].build(frame), frame)
        return [p.shape for p in model.parameters()]

    assert shapes(28) == shapes(96) == shapes(300)


def test_halvings_are_left_out_one_by_one() -> None:
    def kept(side: int) -> int:
        return halvings(Frame(3, side, 500, 2), most=2, later=3)

    assert [kept(side) for side in (224, 96, 95, 48, 47, 3)] == [2, 2, 1, 1, 0, 0]


def test_published_sizes() -> None:
    """Parameters as the papers and the authors' code have them, for images of 32 px."""
    frame = Frame(3, 32, 32, 10)
    for name, parameters in (("wrn16_4", 2_748_890), ("resnet20", 272_474)):
        assert analyse(TEMPLATES[name].build(frame), frame).parameters == parameters
    digits = Frame(1, 28, 28, 10)
    assert analyse(TEMPLATES["lenet"].build(digits), digits).parameters == 61_706
