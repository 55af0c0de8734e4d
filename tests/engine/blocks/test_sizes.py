"""Which models take images of another size than they were built for."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.blocks.sizes import trouble_at
from engine.compile.module import compile_model
from engine.graph.builder import GraphBuilder
from engine.layers.attention import PositionalEmbedding
from engine.layers.base import Frame
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.merge import Add
from engine.layers.pooling import GlobalAvgPool, MaxPool
from engine.layers.transposed import ConvTranspose2d
from engine.project.check import errors
from engine.project.options import options
from engine.recipe import Training
from engine.templates import TEMPLATES
from tests.engine.train.tiny_project import make_project

FRAME = Frame(1, 28, 28, 3)
SIDES = (14, 18, 20, 24)


@pytest.mark.parametrize("name", ["small_resnet", "small_hybrid", "resnet20", "small_vgg"])
def test_a_model_that_is_said_to_take_a_size_takes_it(name: str) -> None:
    graph = TEMPLATES[name].build(FRAME)
    assert trouble_at(graph, FRAME, SIDES) is None
    model = compile_model(graph, FRAME, seed=0)
    for side in SIDES:
        assert model(torch.zeros(2, 1, side, side)).shape == (2, 3)
        smaller = compile_model(graph, Frame(1, side, side, 3), seed=0)
        smaller.load_state_dict(model.state_dict())
        images = torch.randn(2, 1, side, side)
        assert torch.equal(smaller.eval()(images), model.eval()(images))


def test_a_flattening_is_for_one_size() -> None:
    found = trouble_at(TEMPLATES["lenet"].build(FRAME), FRAME, SIDES)
    assert found is not None
    assert found[0] == 14
    assert "hidden1" in found[1]


def test_so_is_what_learns_something_about_each_place() -> None:
    make = GraphBuilder()
    make.add("image", Input())
    make.add("conv", Conv2d(out_channels=4, kernel_size=3))
    make.add("places", PositionalEmbedding())
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    found = trouble_at(make.graph(), FRAME, (24,))
    assert found is not None
    assert "places" in found[1]


def test_a_size_that_does_not_come_back_after_halving_is_found_in_between() -> None:
    """Down and up again gives even sides only; the smallest side fits and a later one does not."""
    make = GraphBuilder()
    make.add("image", Input())
    make.add("wide", Conv2d(out_channels=4, kernel_size=3))
    make.add("down", MaxPool(kernel_size=4, stride=4))
    make.add("up", ConvTranspose2d(out_channels=4, kernel_size=4, stride=4, padding=0))
    make.add("sum", Add(), "up", "wide")
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    assert trouble_at(make.graph(), FRAME, (16, 20, 24)) is None
    found = trouble_at(make.graph(), FRAME, (16, 18, 20))
    assert found is not None
    assert found[0] == 18


def test_a_window_that_is_larger_than_the_image_is_told() -> None:
    make = GraphBuilder()
    make.add("image", Input())
    make.add("wide", Conv2d(out_channels=4, kernel_size=17, padding=0))
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    found = trouble_at(make.graph(), FRAME, SIDES)
    assert found is not None
    assert found[0] == 14


def test_a_run_that_could_not_begin_is_refused_beforehand(tmp_path: Path) -> None:
    project = make_project(tmp_path / "tiny", resize_from=0.5)
    assert list(options(project)) == []
    flat = project.with_(model=TEMPLATES["lenet"].build(FRAME), data=project.data.with_(size=28))
    assert [found.where for found in errors(flat)] == ["training.resize_from"]
    whole = flat.with_(training=flat.training.with_(resize_from=None))
    assert errors(whole) == ()


def test_a_head_that_learns_alone_to_the_end_is_told(tmp_path: Path) -> None:
    project = make_project(tmp_path / "tiny", freeze_epochs=3, epochs=3)
    assert [found.where for found in options(project)] == ["training.freeze_epochs"]
    assert list(options(project.with_(training=Training(freeze_epochs=3, epochs=4)))) == []
