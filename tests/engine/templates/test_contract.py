"""What every template must hold, for any size of image."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from engine.compile.module import compile_model
from engine.graph.analysis import analyse
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.templates import DEFAULT, TEMPLATES

FRAMES = [
    Frame(1, 28, 28, 10),
    Frame(3, 64, 64, 4),
    Frame(3, 224, 224, 2),
    Frame(3, 5, 9, 3),
    Frame(4, 1, 1, 2),
    Frame(1, 24, 160, 7),
    Frame(3, 1024, 1024, 2),
]
SMALL = [frame for frame in FRAMES if frame.height * frame.width <= 64 * 64]


@pytest.mark.parametrize("frame", FRAMES, ids=str)
@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_fits_every_frame(name: str, frame: Frame) -> None:
    graph = TEMPLATES[name].build(frame)
    analysis = analyse(graph, frame)
    assert analysis.problems == ()
    assert analysis.nodes["scores"].shape == (frame.classes,)
    assert Graph.from_json(graph.to_json()) == graph


@pytest.mark.parametrize("frame", SMALL, ids=str)
@pytest.mark.parametrize("name", TEMPLATES)
def test_predicted_costs_equal_those_of_torch(name: str, frame: Frame) -> None:
    graph = TEMPLATES[name].build(frame)
    analysis = analyse(graph, frame)
    model = compile_model(graph, frame, seed=0).eval()
    with FlopCounterMode(display=False) as counter:
        scores = model(torch.rand(2, frame.channels, frame.height, frame.width))
    assert scores.shape == (2, frame.classes)
    assert counter.get_total_flops() == 2 * 2 * analysis.macs
    assert sum(p.numel() for p in model.parameters()) == analysis.parameters


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_introduce_themselves(name: str) -> None:
    template = TEMPLATES[name]
    assert template.name == name
    assert template.title
    assert template.summary.endswith(".")


def test_the_default_comes_first_and_stays_cheap() -> None:
    assert next(iter(TEMPLATES)) == DEFAULT
    for side, limit in ((28, 30e6), (64, 40e6), (224, 60e6)):
        frame = Frame(3, side, side, 10)
        assert analyse(TEMPLATES[DEFAULT].build(frame), frame).macs <= limit


@pytest.mark.parametrize("name", TEMPLATES)
def test_nodes_stand_in_a_column_in_their_order(name: str) -> None:
    graph = TEMPLATES[name].build(FRAMES[0])
    heights = [node.y for node in graph.nodes]
    assert heights == sorted(set(heights))
