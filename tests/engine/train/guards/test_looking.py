"""What the guards read from a model is true, and reading leaves no trace."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.graph.builder import GraphBuilder
from engine.layers.activation import HardSwish, Relu, Sigmoid, Tanh
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.linear import Linear
from engine.layers.normalisation import BatchNorm
from engine.layers.pooling import GlobalAvgPool
from engine.losses.cross_entropy import CrossEntropy
from engine.runs.glimpses import NodeNorms, NormsRead
from engine.templates import TEMPLATES
from engine.train.guards.looking import judged, look, plan_of, probe_rows
from engine.train.position import Position
from engine.train.prepare import prepare
from engine.train.trainer import Trainer
from tests.engine.train.hand_made import pieces
from tests.engine.train.test_watch import hooks
from tests.engine.train.tiny_project import make_project


def made(tmp_path: Path, *activations: object, norm: bool = False) -> Trainer:
    """A chain of convolutions with 16 channels, each followed by an activation."""
    make = GraphBuilder()
    make.add("image", Input())
    for number, activation in enumerate(activations):
        make.add(f"conv{number}", Conv2d(out_channels=16, kernel_size=3, padding=1))
        if norm:
            make.add(f"norm{number}", BatchNorm())
        make.add(f"act{number}", activation)
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    project = make_project(tmp_path / "p").with_(model=make.graph())
    return Trainer(prepare(project, tmp_path / "p", device="cpu", known={}).pieces, Position())


def conv(trainer: Trainer, number: int) -> torch.nn.Conv2d:
    return trainer.model.get_submodule(f"conv{number}")


@pytest.mark.parametrize("activation", [Relu, HardSwish])
def test_channels_that_give_nothing_are_counted(tmp_path: Path, activation: type) -> None:
    trainer = made(tmp_path, activation(), activation())
    conv(trainer, 0).bias.data[:12] = -100.0
    seen = look(trainer, probe_rows(trainer.pieces), None)
    assert seen.dead == {"act0": 0.75}
    assert seen.saturated == {}
    assert seen.change is None


def test_values_at_the_ends_are_counted(tmp_path: Path) -> None:
    trainer = made(tmp_path, Tanh(), Sigmoid())
    rows = probe_rows(trainer.pieces)
    assert look(trainer, rows, None).saturated == {}
    conv(trainer, 0).weight.data.mul_(1e4)
    conv(trainer, 1).bias.data[:8] = -50.0
    seen = look(trainer, rows, None)
    assert set(seen.saturated) == {"act0"}
    assert seen.saturated["act0"] > 0.9
    conv(trainer, 1).bias.data[8:] = 50.0
    assert look(trainer, rows, None).saturated["act1"] == 1.0
    assert seen.dead == {}


def test_features_that_answer_to_some_images_only_are_not_dead(tmp_path: Path) -> None:
    make = GraphBuilder()
    make.add("image", Input())
    make.add("pool", GlobalAvgPool())
    make.add("hidden", Linear(out_features=20))
    make.add("act", Relu())
    make.add("scores", Output())
    project = make_project(tmp_path / "p").with_(model=make.graph())
    pieces = prepare(project, tmp_path / "p", device="cpu", known={}).pieces
    trainer = Trainer(pieces, Position())
    bias = trainer.model.get_submodule("hidden").bias.data
    bias[:16] = -100.0
    bias[16:] = 100.0
    assert look(trainer, probe_rows(trainer.pieces), None).dead == {}
    bias[:19] = -100.0
    assert look(trainer, probe_rows(trainer.pieces), None).dead == {"act": pytest.approx(0.95)}


def test_answers_are_counted(tmp_path: Path) -> None:
    trainer = made(tmp_path, Relu())
    rows = probe_rows(trainer.pieces)
    trainer.model.get_submodule("scores").bias.data[1] = 100.0
    seen = look(trainer, rows, None)
    assert (seen.answers, seen.asked) == (1, 3)


def test_norms_are_judged_and_their_middle_is_the_change(tmp_path: Path) -> None:
    trainer = made(tmp_path, Relu())
    nodes = {
        "stem": NodeNorms(1.0, 1e-6, 1e-5, 100),
        "fixed": NodeNorms(1.0, 0.0, 0.0, 100, frozen=True),
        "conv": NodeNorms(1.0, 0.1, 2e-3, 100),
        "block": NodeNorms(1.0, 0.1, 2e-3, 100),
        "block.inner": NodeNorms(1.0, 0.0, 0.0, 100),
        "scores": NodeNorms(1.0, 0.1, 3e-3, 100),
    }
    seen = look(trainer, probe_rows(trainer.pieces), judged(NormsRead(1, 1, nodes)))
    assert seen.flow == {"stem": "vanishing"}
    assert seen.change == pytest.approx(2e-3)


def test_a_look_leaves_no_trace(tmp_path: Path) -> None:
    trainer = made(tmp_path, Relu(), norm=True)
    trainer.step()
    before = {name: value.clone() for name, value in trainer.tensors().items()}
    state, modes = torch.get_rng_state(), [m.training for m in trainer.model.modules()]
    look(trainer, probe_rows(trainer.pieces), None)
    assert all(torch.equal(trainer.tensors()[name], value) for name, value in before.items())
    assert torch.equal(torch.get_rng_state(), state)
    assert [m.training for m in trainer.model.modules()] == modes
    assert hooks(trainer.model) == 0


def test_the_probe_is_as_large_as_a_batch_and_shows_every_class() -> None:
    for batch, count in ((2, 16), (32, 32), (999, 60)):
        made_of = pieces(batch_size=batch)
        rows = probe_rows(made_of)
        assert len(set(rows.tolist())) == len(rows) == count
        assert set(rows.tolist()) <= set(made_of.train_rows.tolist())
        assert len(set(made_of.images.labels[torch.from_numpy(rows)].tolist())) == 3


def test_guessing_is_worth_what_the_shares_of_the_classes_say() -> None:
    even = plan_of(Trainer(pieces(loss=CrossEntropy(label_smoothing=0.1)), Position()))
    assert even.chance == pytest.approx(math.log(3), rel=1e-4)
    assert even.majority == pytest.approx(1 / 3)
    uneven = pieces(loss=CrossEntropy(label_smoothing=0.0))
    rows = uneven.train_rows
    labels = uneven.images.labels[torch.from_numpy(rows)].numpy()
    few = rows[(labels == 0) | (rows < 9)]
    counts = [int((uneven.images.labels[torch.from_numpy(few)] == c).sum()) for c in range(3)]
    shares = [count / len(few) for count in counts]
    plan = plan_of(Trainer(replace(uneven, train_rows=few, val_rows=few), Position()))
    assert plan.chance == pytest.approx(-sum(s * math.log(s) for s in shares), rel=1e-4)
    assert plan.majority == pytest.approx(max(shares))


def test_several_classes_an_image_are_guessed_each_alone() -> None:
    several = pieces()
    answers = torch.zeros(90, 3, dtype=torch.bool)
    answers[:45, 0] = True
    answers[:9, 1] = True
    several.images.labels = answers
    trainer = Trainer(pieces(), Position())
    trainer.pieces = replace(several, val_rows=np.arange(90), train_rows=np.arange(90))

    def loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.binary_cross_entropy_with_logits(scores, targets.float())

    trainer.loss = loss
    plan = plan_of(trainer)
    assert plan.majority == pytest.approx((0.5 + 0.9 + 1.0) / 3)
    entropies = [math.log(2), -0.1 * math.log(0.1) - 0.9 * math.log(0.9), 0.0]
    assert plan.chance == pytest.approx(sum(entropies) / 3, abs=1e-4)
    assert look(trainer, np.arange(30), None).asked == 1


def test_no_validation_images_have_no_majority() -> None:
    alone = pieces()
    assert plan_of(Trainer(replace(alone, val_rows=alone.val_rows[:0]), Position())).majority == 1


def test_the_first_trained_batch_norm_is_found_at_any_depth(tmp_path: Path) -> None:
    trainer = made(tmp_path, Relu(), Relu(), norm=True)
    assert plan_of(trainer).batch_norm == "norm0"
    for weight in trainer.model.get_submodule("norm0").parameters():
        weight.requires_grad_(False)
    assert plan_of(trainer).batch_norm == "norm1"
    project = make_project(tmp_path / "q")
    project = project.with_(model=TEMPLATES["small_resnet"].build(project.frame()))
    other = Trainer(prepare(project, tmp_path / "q", device="cpu", known={}).pieces, Position())
    place = other.pieces.places[plan_of(other).batch_norm]
    assert isinstance(other.model.get_submodule(place.module), torch.nn.BatchNorm2d)
