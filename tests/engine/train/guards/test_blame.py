"""A failure names the node where the first number that is not finite came up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.graph.builder import GraphBuilder
from engine.layers.activation import Relu
from engine.layers.ends import Input, Output
from engine.layers.pooling import GlobalAvgPool
from engine.project.document import Project
from engine.runs.checkpoints import write_checkpoint
from engine.runs.events import EpochDone, RunFailed
from engine.templates import TEMPLATES
from engine.train.guards.blame import Origin, find_origin
from engine.train.loop import train
from engine.train.meter import NotFinite
from engine.train.position import Position
from engine.train.prepare import prepare
from engine.train.trainer import Trainer
from tests.engine.train.test_watch import hooks
from tests.engine.train.tiny_project import make_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "p")


def made(project: Project, tmp_path: Path) -> Trainer:
    return Trainer(prepare(project, tmp_path / "p", device="cpu", known={}).pieces, Position())


def break_forward(trainer: Trainer, node: str) -> None:
    def spoil(_: object, __: object, output: torch.Tensor) -> torch.Tensor:
        spoilt = output.clone()
        spoilt.view(-1)[0] = float("nan")
        return spoilt

    trainer.model.get_submodule(trainer.pieces.places[node].module).register_forward_hook(spoil)


def break_backward(trainer: Trainer, node: str) -> None:
    def spoil(_: object, __: object, output: torch.Tensor) -> None:
        output.register_hook(lambda gradient: gradient * float("inf"))

    trainer.model.get_submodule(trainer.pieces.places[node].module).register_forward_hook(spoil)


@pytest.mark.parametrize("node", ["stem", "norm", "relu", "scores"])
def test_the_first_output_is_named(project: Project, tmp_path: Path, node: str) -> None:
    trainer = made(project, tmp_path)
    break_forward(trainer, node)
    origin = find_origin(trainer, 1)
    assert origin is not None
    assert (origin.node, origin.part) == (node, "output")
    assert len(origin.files) == 8


@pytest.mark.parametrize("node", ["stem", "norm", "pool"])
def test_the_first_gradient_on_the_way_back_is_named(
    project: Project, tmp_path: Path, node: str
) -> None:
    trainer = made(project, tmp_path)
    break_backward(trainer, node)
    origin = find_origin(trainer, 1)
    assert origin is not None
    assert (origin.node, origin.part) == (node, "gradient")


def test_the_node_within_a_block_is_named(project: Project, tmp_path: Path) -> None:
    template = TEMPLATES["small_resnet"].build(project.frame())
    trainer = made(project.with_(model=template), tmp_path)
    inner = [path for path in trainer.pieces.places if "." in path and "norm" in path]
    assert inner
    break_forward(trainer, inner[1])
    origin = find_origin(trainer, 2)
    assert origin is not None
    assert origin.node == inner[1]
    weight = trainer.model.get_submodule(trainer.pieces.places[inner[2]].module).weight
    weight.data.fill_(float("inf"))
    origin = find_origin(trainer, 2)
    assert origin is not None
    assert (origin.node, origin.part) == (inner[2], "weights")


def test_weights_that_are_gone_are_taken_from_the_checkpoint(
    project: Project, tmp_path: Path
) -> None:
    trainer = made(project, tmp_path)
    write_checkpoint(
        tmp_path / "kept", "last", trainer.tensors(), {"position": Position(step=3).to_json()}
    )
    trainer.model.get_submodule("stem").weight.data.fill_(float("nan"))
    alone = find_origin(trainer, 5)
    assert alone is not None
    assert (alone.node, alone.part) == ("stem", "weights")
    restored = find_origin(trainer, 5, tmp_path / "kept")
    assert restored is not None
    assert (restored.node, restored.part, restored.step) == ("", "", 3)
    assert "after step 3" in restored.sentence(5)
    break_forward(trainer, "pool")
    again = find_origin(trainer, 5, tmp_path / "kept")
    assert again is not None
    assert again.node == "pool"


def test_a_look_back_leaves_no_trace(project: Project, tmp_path: Path) -> None:
    trainer = made(project, tmp_path)
    before = {name: value.clone() for name, value in trainer.tensors().items()}
    assert find_origin(trainer, 1) == Origin("", "", 0, find_origin(trainer, 1).files)
    after = trainer.tensors()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert hooks(trainer.model) == 0


def test_averages_that_the_failed_step_has_spoilt_are_not_blamed(
    project: Project, tmp_path: Path
) -> None:
    trainer = made(project, tmp_path)
    break_forward(trainer, "stem")
    with pytest.raises(NotFinite) as caught:
        trainer.step()
    assert not bool(trainer.model.get_submodule("norm").running_var.isfinite().all())
    origin = find_origin(trainer, caught.value.step)
    assert origin is not None
    assert (origin.node, origin.part) == ("stem", "output")


def test_the_loss_itself_is_named_where_all_nodes_are_finite(
    project: Project, tmp_path: Path
) -> None:
    trainer = made(project, tmp_path)
    usual = trainer.loss
    trainer.loss = lambda scores, targets: usual(scores, targets) * float("inf")
    origin = find_origin(trainer, 1)
    assert origin is not None
    assert origin.part == "loss"
    assert "only the loss" in origin.sentence(1)


@pytest.mark.parametrize("error", [RuntimeError("out of memory"), OSError("the disc is gone")])
def test_a_batch_that_cannot_be_run_again_is_not_a_second_failure(
    project: Project, tmp_path: Path, error: Exception
) -> None:
    trainer = made(project, tmp_path)

    def refuse(*_: object) -> None:
        raise error

    trainer.model.get_submodule("stem").register_forward_hook(refuse)
    assert find_origin(trainer, 1) is None


def test_the_batch_is_the_one_that_failed(project: Project, tmp_path: Path) -> None:
    trainer = made(project, tmp_path)
    names = tuple(f"image {row}" for row in range(90))
    trainer.pieces = replace(trainer.pieces, names=names)
    origin = find_origin(trainer, 8 + 3)
    assert origin is not None
    trainer.position.epoch, trainer.position.step = 1, 10
    labels = trainer.next_batch().labels.tolist()
    rows = [int(name.removeprefix("image ")) for name in origin.files]
    assert [int(trainer.pieces.images.labels[row]) for row in rows] == labels


def test_a_failed_run_tells_node_and_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = GraphBuilder()
    make.add("image", Input())
    make.add("relu", Relu())
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    project = make_project(tmp_path / "p").with_(model=make.graph())
    usual = Trainer.step

    def step(self: Trainer, norms: object = None) -> None:
        if self.position.step == 12:
            self.model.get_submodule("scores").weight.data.fill_(float("nan"))
        usual(self, norms)

    monkeypatch.setattr(Trainer, "step", step)
    events = list(train(project, tmp_path / "p"))
    assert any(isinstance(event, EpochDone) for event in events)
    failed = events[-1]
    assert isinstance(failed, RunFailed)
    assert "step 13" in failed.why
    assert "after step 8" in failed.why  # the weights were broken by hand; the saved ones are not
    assert "holds" in failed.why
    assert "5 more" in failed.why
