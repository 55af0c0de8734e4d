"""Vanishing and exploding gradients are seen where they happen, and nowhere else."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from engine.graph.builder import GraphBuilder
from engine.layers.activation import Relu, Sigmoid
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.pooling import GlobalAvgPool
from engine.project.document import Project
from engine.runs.glimpses import NodeNorms, NormsRead
from engine.templates import TEMPLATES
from engine.train.control import Control
from engine.train.flow import WORDS, flow, relative_gradient, update_ratio
from engine.train.loop import train
from engine.train.position import Position
from engine.train.prepare import prepare
from engine.train.probe import NormProbe
from engine.train.trainer import Trainer
from tests.engine.train.tiny_project import make_project


def plain(depth: int, activation: type) -> object:
    """A deep network without normalisation."""
    make = GraphBuilder()
    make.add("image", Input())
    for number in range(depth):
        make.add(f"conv{number:02d}", Conv2d(out_channels=8, kernel_size=3, padding=1))
        make.add(f"act{number:02d}", activation())
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    return make.graph()


def norms_after(
    project: Project, folder: Path, scales: dict[str, float] | None = None, steps: int = 3
) -> NormsRead:
    """The norms of the last of some steps; ``scales`` multiply the starting weights of nodes."""
    made = Trainer(prepare(project, folder, device="cpu", known={}).pieces, Position())
    for name, scale in (scales or {}).items():
        with torch.no_grad():
            made.model.get_submodule(name).weight.mul_(scale)
    for _ in range(steps):
        probe = NormProbe(made.model, made.pieces.places)
        made.step(probe)
    return probe.read(made.position.step, 1)


def verdicts(read: NormsRead) -> dict[str, str]:
    return {path: found.verdict for path, found in flow(read.nodes).items()}


def test_sigmoids_make_the_gradient_vanish_towards_the_image(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p").with_(model=plain(12, Sigmoid))
    found = verdicts(norms_after(project, tmp_path / "p"))
    assert found["conv00"] == found["conv01"] == "vanishing"
    assert found["conv11"] == found["scores"] == ""
    assert "exploding" not in found.values()


def test_weights_too_large_make_it_explode_before_them(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", clip_norm=None).with_(model=plain(12, Relu))
    scales = {f"conv{i:02d}": 0.1 if i < 6 else 10.0 for i in range(10)}
    found = verdicts(norms_after(project, tmp_path / "p", scales, steps=1))
    assert {path for path, verdict in found.items() if verdict} == {"conv05"}
    assert found["conv05"] == "exploding"


@pytest.mark.parametrize("template", [t.name for t in TEMPLATES.values() if t.group != "Classics"])
def test_the_templates_are_free_of_both(tmp_path: Path, template: str) -> None:
    project = make_project(tmp_path / "p", epochs=5)
    project = project.with_(model=TEMPLATES[template].build(project.frame()))
    control = Control()
    control.watch.norms = True
    reads = [e for e in train(project, tmp_path / "p", control=control) if isinstance(e, NormsRead)]
    assert reads[-1].step == 40
    assert set(verdicts(reads[-1]).values()) == {""}
    for read in reads[1:]:  # within a block that starts as its shortcut little arrives at first
        assert {found for path, found in verdicts(read).items() if "." not in path} == {""}


def test_zero_broken_and_frozen_are_told_apart() -> None:
    nodes = {
        "dead": NodeNorms(1.0, 0.0, 0.0, 100),
        "broken": NodeNorms(1.0, math.nan, 0.0, 100),
        "endless": NodeNorms(1.0, math.inf, 0.0, 100),
        "frozen": NodeNorms(1.0, 0.0, 0.0, 100, frozen=True),
        "scores": NodeNorms(1.0, 0.1, 1e-3, 100),
    }
    found = {path: part.verdict for path, part in flow(nodes).items()}
    assert found == {
        "dead": "none",
        "broken": "broken",
        "endless": "broken",
        "frozen": "frozen",
        "scores": "",
    }
    assert set(found.values()) <= set(WORDS)
    assert flow({}) == {}
    assert flow({"dead": nodes["dead"]})["dead"].verdict == "none"


def test_weights_that_start_at_zero_raise_no_alarm() -> None:
    fresh = NodeNorms(0.0, 0.1, 1e-3, 100)
    assert relative_gradient(fresh) == pytest.approx(1.0)
    assert update_ratio(NodeNorms(2.0, 0.1, 2e-3, 100)) == pytest.approx(1e-3)
    found = flow({"fresh": fresh, "scores": NodeNorms(1.0, 0.1, 1e-3, 100)})
    assert found["fresh"].verdict == ""
