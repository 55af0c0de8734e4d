"""Fine-tuning: runs start from loaded weights, frozen layers stay, slowed ones move less."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.blocks.grouping import group, ungroup
from engine.compile.factors import factors
from engine.compile.module import compile_model
from engine.errors import FoveaError
from engine.graph.edits import rename, set_training
from engine.graph.training import NodeTraining
from engine.optimizers.sgd import SGD
from engine.project.address import get, put
from engine.project.document import Project
from engine.project.save_as import save_as
from engine.runs.checkpoints import read_checkpoint
from engine.runs.events import EpochDone, RunFinished, RunStarted
from engine.runs.listing import find_run
from engine.train import Control, train
from engine.train.position import Position
from engine.train.prepare import prepare
from engine.train.trainer import Trainer
from engine.weights.fitting import fit_file
from engine.weights.keeping import keep, read_start
from tests.engine.train.tiny_project import make_project

FROZEN = NodeTraining(lr_factor=0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tiny"


def with_factors(project: Project, **by_node: float) -> Project:
    model = project.model
    for name, factor in by_node.items():
        model = set_training(model, [name], NodeTraining(lr_factor=factor))
    return project.with_(model=model)


def started(project: Project, folder: Path) -> Project:
    """The project with starting weights that no seed of its own would give."""
    torch.manual_seed(11)
    model = compile_model(project.model, project.frame(), seed=99)
    state = model.state_dict()
    state["norm.running_mean"].uniform_(-1, 1)
    state["norm.running_var"].uniform_(0.5, 2)
    path = folder.parent / "given.pth"
    torch.save(state, path)
    fitted = fit_file(path, project.model, project.frame())
    return project.with_(start=keep(fitted, path, folder))


def last_weights(folder: Path) -> dict[str, torch.Tensor]:
    kept = read_checkpoint(find_run(folder, "last").path / "checkpoints", "last")
    assert kept is not None
    return dict(kept.tensors)


def test_a_run_starts_from_the_weights_and_keeps_frozen_ones_bit_for_bit(folder: Path) -> None:
    project = with_factors(started(make_project(folder), folder), stem=0.0, norm=0.0)
    (folder.parent / "given.pth").rename(folder.parent / "elsewhere.pth")
    given = torch.load(folder.parent / "elsewhere.pth", weights_only=True)
    events = list(train(project, folder))
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunFinished)
    notes = " ".join(events[0].notes)
    assert "The weights start from given.pth." in notes
    assert "Frozen: stem, norm; " in notes
    after = last_weights(folder)
    for name in given:
        same = torch.equal(after[f"model.{name}"], given[name])
        assert same == name.startswith(("stem.", "norm.")), name


def test_a_batch_norm_that_is_not_frozen_moves_its_averages(folder: Path) -> None:
    project = with_factors(started(make_project(folder), folder), stem=0.0)
    given = torch.load(folder.parent / "given.pth", weights_only=True)
    list(train(project, folder))
    assert not torch.equal(
        last_weights(folder)["model.norm.running_mean"], given["norm.running_mean"]
    )


def first_step(project: Project, folder: Path) -> dict[str, torch.Tensor]:
    """How far each weight moves in the first update."""
    trainer = Trainer(prepare(project, folder, device="cpu", known={}).pieces, Position())
    trainer.model.train()
    before = {name: weight.detach().clone() for name, weight in trainer.model.named_parameters()}
    trainer.step()
    return {name: w.detach() - before[name] for name, w in trainer.model.named_parameters()}


def test_a_factor_of_a_tenth_moves_a_tenth(folder: Path) -> None:
    project = make_project(folder, optimizer=SGD(lr=0.5), precision="fp32")
    whole = first_step(project, folder)
    slowed = first_step(with_factors(project, stem=0.1), folder)
    for name, moved in whole.items():
        wanted = 0.1 * moved if name.startswith("stem.") else moved
        assert torch.allclose(slowed[name], wanted, rtol=1e-3, atol=1e-7), name
    assert whole["stem.weight"].abs().max() > 1e-4


def test_factors_change_nothing_where_there_are_none(folder: Path) -> None:
    project = make_project(folder)
    trainer = Trainer(prepare(project, folder, device="cpu", known={}).pieces, Position())
    assert [set(group) & {"lr_factor"} for group in trainer.optimizer.param_groups] == [set()] * 2


def test_stop_and_resume_equal_an_uninterrupted_run(folder: Path, tmp_path: Path) -> None:
    """Also when the starting weights are gone by then: the checkpoint has all weights."""
    by_node = {"stem": 0.0, "norm": 0.3}
    project = with_factors(started(make_project(folder), folder), **by_node)
    list(train(project, folder))
    other = tmp_path / "other"
    project = with_factors(started(make_project(other), other), **by_node)
    control = Control()
    for event in train(project, other, control=control):
        if isinstance(event, EpochDone):
            control.stop()
    assert project.start is not None
    project.start.path(other).unlink()
    list(train(None, other, resume="last"))
    whole, resumed = last_weights(folder), last_weights(other)
    assert whole.keys() == resumed.keys()
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_lost_weights_are_told_before_a_run_begins(folder: Path) -> None:
    project = started(make_project(folder), folder)
    assert project.start is not None
    project.start.path(folder).unlink()
    with pytest.raises(FoveaError) as caught:
        next(train(project, folder))
    assert caught.value.code == "FV-M015"
    assert not list((folder / "runs").glob("*"))


def test_nothing_to_train_is_told(folder: Path) -> None:
    project = make_project(folder)
    model = set_training(project.model, project.model.by_id, FROZEN)
    frozen = project.with_(model=model)
    assert any(p.code == "FV-T015" for p in frozen.check() if p.severity == "error")
    with pytest.raises(FoveaError):
        next(train(frozen, folder))


def test_what_has_no_weights_of_its_own_is_noted(folder: Path) -> None:
    project = started(make_project(folder), folder)
    assert not [p for p in project.check() if "at random" in p.message]
    nodes = tuple(replace(n, id="first") if n.id == "stem" else n for n in project.model.nodes)
    wires = tuple(
        replace(w, **{end: "first" for end in ("source", "target") if getattr(w, end) == "stem"})
        for w in project.model.wires
    )
    renamed = project.with_(model=replace(project.model, nodes=nodes, wires=wires))
    notes = [p for p in renamed.check() if "at random" in p.message]
    assert [p.where for p in notes] == ["first"]


def test_weights_follow_a_node_that_is_renamed(folder: Path) -> None:
    project = with_factors(started(make_project(folder), folder), stem=0.0)
    given = torch.load(folder.parent / "given.pth", weights_only=True)
    assert project.start is not None
    start, model = project.start, project.model
    for old, new in (("stem", "first"), ("norm", "stem"), ("stem", "forward")):
        start, model = start.after_rename(old, new), rename(model, old, new)
    renamed = Project.from_json(project.with_(start=start, model=model).to_json())
    assert renamed.start == start
    assert not [p for p in renamed.check() if "at random" in p.message]
    events = list(train(renamed, folder))
    assert isinstance(events[0], RunStarted)
    assert "The weights start from given.pth." in events[0].notes
    assert torch.equal(last_weights(folder)["model.first.weight"], given["stem.weight"])
    assert start.after_rename("first", "stem").after_rename("forward", "norm") == project.start


def test_factors_multiply_through_blocks(folder: Path) -> None:
    project = with_factors(make_project(folder), stem=0.5, norm=0.0)
    model, name = group(project.model, ["stem", "norm", "relu"], "Front")[:2]
    model = set_training(model, [name], NodeTraining(lr_factor=0.5))
    found = factors(compile_model(model, project.frame(), seed=0))
    assert found[f"{name}.stem.weight"] == 0.25
    assert found[f"{name}.norm.weight"] == 0.0
    assert found["scores.weight"] == 1.0
    inside = put(project.with_(model=model), f"model.{name}.stem.lr_factor", 0.2)
    assert get(inside, f"model.{name}.stem.lr_factor") == 0.2
    assert (
        factors(compile_model(inside.model, inside.frame(), seed=0))[f"{name}.stem.weight"] == 0.1
    )


def test_ungrouping_keeps_what_is_frozen_and_slowed(folder: Path) -> None:
    project = with_factors(make_project(folder), stem=0.5, norm=0.0)
    model, name = group(project.model, ["stem", "norm", "relu"], "Front")
    model = set_training(model, [name], NodeTraining(lr_factor=0.5))
    model, _ = ungroup(model, name)
    assert {n: model.node(n).lr_factor for n in ("stem", "norm", "scores")} == {
        "stem": 0.25,
        "norm": 0.0,
        "scores": 1.0,
    }


def test_a_project_saved_under_another_name_has_its_weights(folder: Path, tmp_path: Path) -> None:
    project = started(make_project(folder), folder)
    copy, _ = save_as(folder, project, tmp_path / "copy")
    assert copy.start is not None
    assert copy.start == project.start
    assert read_start(copy.start, tmp_path / "copy").keys() == read_start(copy.start, folder).keys()


def test_addresses_and_files_carry_factors_and_weights(folder: Path) -> None:
    project = started(make_project(folder), folder)
    changed = put(project, "model.stem.lr_factor", 0.1)
    assert changed.model.node("stem").lr_factor == 0.1
    assert put(changed, "model.stem.lr_factor", 1.0) == project
    assert Project.from_json(changed.to_json()) == changed
    plain = project.with_(start=None).to_json()
    assert "start" not in plain
    assert not any("lr_factor" in node for node in plain["model"]["nodes"])
    for wrong in (-1, 11, True, "fast"):
        with pytest.raises(FoveaError):
            put(project, "model.stem.lr_factor", wrong)
