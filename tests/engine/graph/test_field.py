"""Receptive fields on the image against gradients of torch."""

from __future__ import annotations

import pytest
import torch

from engine.compile.module import compile_model
from engine.graph.analysis import analyse
from engine.graph.facts import NodeFacts
from engine.graph.field import Field, field_at, middle, place_under
from engine.layers.base import Frame, Reach
from engine.layers.convolution import Conv2d
from engine.layers.pooling import AvgPool, GlobalAvgPool
from tests.engine.graph.advice.cases import line

FRAME = Frame(1, 21, 27, 2)
GRAPH = line(Conv2d(stride=2), AvgPool(kernel_size=3, stride=2), Conv2d(), GlobalAvgPool())


def seen_by_torch(place: tuple[int, int]) -> tuple[int, int, int, int]:
    """Top, left, bottom and right (exclusive) of the pixels that move an output of the last."""
    model = compile_model(GRAPH, FRAME, seed=0)
    image = torch.zeros(1, 1, FRAME.height, FRAME.width, requires_grad=True)
    out = image
    for name in ("conv2d1", "avg_pool2", "conv2d3"):
        layer = model.get_submodule(name)
        for weight in layer.parameters():
            torch.nn.init.ones_(weight)
        out = layer(out)
    out[0, 0, place[0], place[1]].backward()
    assert image.grad is not None
    rows, columns = image.grad[0, 0].nonzero(as_tuple=True)
    edges = (rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)
    return tuple(int(edge) for edge in edges)


@pytest.mark.parametrize("place", [(0, 0), (1, 2), (2, 3), (4, 5), (3, 0)])
def test_the_field_lies_where_gradients_flow(place: tuple[int, int]) -> None:
    facts = analyse(GRAPH, FRAME).nodes["conv2d3"]
    assert facts.shape == (32, 5, 6)
    field = field_at(facts, place)
    assert field is not None
    inside = (
        max(0, field.top),
        max(0, field.left),
        min(FRAME.height, field.top + field.height),
        min(FRAME.width, field.left + field.width),
    )
    top, left, bottom, right = seen_by_torch(place)
    if place in ((4, 5), (3, 0)):  # at the border a part may see nothing but padding
        assert inside[:2] <= (top, left)
        assert inside[2:] >= (bottom, right)
    else:
        assert inside == (top, left, bottom, right)
    size = (inside[2] - inside[0]) * (inside[3] - inside[1])
    assert field.share(FRAME.height, FRAME.width) == pytest.approx(size / (21 * 27))


def test_the_middle_of_a_field_leads_back_to_its_place() -> None:
    facts = analyse(GRAPH, FRAME).nodes["conv2d3"]
    for row in range(5):
        for column in range(6):
            field = field_at(facts, (row, column))
            assert field is not None
            centre = (field.top + field.height / 2, field.left + field.width / 2)
            assert place_under(facts, *centre) == (row, column)
    assert place_under(facts, -50, 500) == (0, 5)
    assert middle(facts, 21, 27) == (2, 3)


def test_what_sees_everything_or_nothing_has_no_field() -> None:
    facts = analyse(GRAPH, FRAME).nodes
    assert field_at(facts["global_avg_pool4"], (0, 0)) is None
    assert middle(facts["global_avg_pool4"], 21, 27) == (0, 0)
    assert place_under(facts["scores"], 3, 3) == (0, 0)
    assert field_at(NodeFacts(), (0, 0)) is None
    assert field_at(NodeFacts((1, 9, 9), reach=Reach()), (4, 5)) == Field(4, 5, 1, 1)
    assert Field(30, 30, 5, 5).share(9, 9) == 0
    assert Field(-5, -5, 90, 90).share(9, 9) == 1
