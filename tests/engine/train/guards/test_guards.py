"""The guards in real runs: silent where all is well, heard where it is not, never felt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.layers.activation import Sigmoid
from engine.optimizers.adam import AdamW
from engine.optimizers.sgd import SGD
from engine.runs.checkpoints import read_checkpoint
from engine.runs.events import EpochDone, Event, Notice, StepDone, from_json
from engine.schedules.simple import Constant
from engine.templates import DEFAULT, TEMPLATES
from engine.train.control import Control
from engine.train.fit import fit
from engine.train.guards import guards as guards_module
from engine.train.guards.guards import Guards
from engine.train.keeper import Keeper
from engine.train.loop import train
from engine.train.position import Position
from engine.train.prepare import prepare
from engine.train.trainer import Trainer
from tests.engine.train.hand_made import pieces, run_folder
from tests.engine.train.test_fit import history, same
from tests.engine.train.test_flow import plain
from tests.engine.train.test_watch import PLACES
from tests.engine.train.tiny_project import make_project


def notices(events: list[Event]) -> list[Notice]:
    return [event for event in events if isinstance(event, Notice)]


def trainer(position: Position | None = None, **recipe: object) -> Trainer:
    return Trainer(replace(pieces(**recipe), places=PLACES), position or Position())


def run(folder: Path, **recipe: object) -> tuple[list[Event], Trainer]:
    made = trainer(**recipe)
    return list(fit(made, Keeper(run_folder(folder)), Control())), made


STILL = SGD(lr=1e-12, momentum=0.0, nesterov=False)


def indifferent(position: Position | None = None, **recipe: object) -> Trainer:
    """One whose last layer sees the same for every image, and which does not move from there."""
    made = trainer(position, optimizer=STILL, **recipe)
    for weight in (made.model[1].weight, made.model[6].weight, made.model[6].bias):
        weight.data.zero_()
    made.model[1].bias.data.fill_(1.0)
    return made


# Healthy runs


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "recipe",
    [
        {},
        {"optimizer": SGD(lr=0.05)},
        {"augmented": False, "batch_size": 8},
        {"precision": "bf16"},
    ],
    ids=["default", "sgd", "plain", "bf16"],
)
def test_an_ordinary_run_is_left_alone(
    tmp_path: Path, recipe: dict[str, object], seed: int
) -> None:
    events, made = run(tmp_path, epochs=52, seed=seed, **recipe)
    assert made.position.best["val_accuracy"] > 0.9
    assert len(made.position.guards["looks"]) >= 2
    assert notices(events) == []


SMALL = [t.name for t in TEMPLATES.values() if t.group != "Classics"]
QUICK = ("lenet", DEFAULT)
"""Part of every check: the plainest one, and the one that projects start with."""


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "template",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in SMALL],
)
def test_ordinary_runs_of_the_templates_are_left_alone(tmp_path: Path, template: str) -> None:
    project = make_project(tmp_path / "p", epochs=27)  # two looks
    project = project.with_(model=TEMPLATES[template].build(project.frame()))
    events = list(train(project, tmp_path / "p"))
    assert [e.text for e in notices(events)] == []


# Unfelt


@pytest.mark.parametrize("recipe", [{}, {"optimizer": SGD(lr=0.05)}, {"precision": "bf16"}])
def test_a_run_is_the_same_to_the_bit_with_and_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: dict[str, object]
) -> None:
    monkeypatch.setattr(guards_module, "EVERY", 1)  # a look at the end of every epoch
    watched, one = run(tmp_path, epochs=6, **recipe)
    alone, two = run(tmp_path, epochs=6, guards=False, **recipe)
    assert history(watched) == history(alone)
    assert same(one.tensors(), two.tensors())
    assert len(one.position.guards["looks"]) == 6
    assert two.position.guards == {}


def test_looks_keep_their_distance(tmp_path: Path) -> None:
    _, made = run(tmp_path, epochs=53)  # of 4 steps each
    assert [one["epoch"] for one in made.position.guards["looks"]] == [50, 53]


# Heard


def test_a_run_that_learns_nothing_is_told_once_and_nothing_of_what_follows(tmp_path: Path) -> None:
    made = indifferent(epochs=100)
    found = notices(list(fit(made, Keeper(run_folder(tmp_path)), Control())))
    assert "not learned anything" in found[0].text
    assert "same class" not in " ".join(notice.text for notice in found)
    assert [notice.where for notice in found[1:]] == ["model.conv", "training.schedule"]
    assert from_json(found[0].to_json()) == found[0]


def test_batches_of_two_under_batch_norm_are_told_before_the_first_step(tmp_path: Path) -> None:
    events, _ = run(tmp_path, epochs=1, batch_size=2)
    assert isinstance(events[0], Notice)
    assert events[0].where == "training.batch_size"


def test_gradients_that_vanish_are_told_with_their_node(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", epochs=30).with_(model=plain(12, Sigmoid))
    found = notices(list(train(project, tmp_path / "p")))
    assert "model.conv00" in [notice.where for notice in found]
    assert len(found) <= 3


def test_dead_units_are_told_with_their_node(tmp_path: Path) -> None:
    made = trainer(epochs=52, optimizer=AdamW(lr=1e-6))
    made.model[1].bias.data.fill_(-100.0)
    found = notices(list(fit(made, Keeper(run_folder(tmp_path)), Control())))
    assert "model.relu" in [notice.where for notice in found]


def test_a_constant_rate_is_told_at_the_end(tmp_path: Path) -> None:
    events, _ = run(tmp_path, epochs=8, schedule=Constant(), optimizer=AdamW(lr=1e-3))
    found = notices(events)
    assert [notice.where for notice in found] == ["training.schedule"]
    last = next(e for e in events if isinstance(e, EpochDone) and e.epoch == 8)
    assert events.index(found[0]) > events.index(last)


def test_a_loss_that_explodes_is_told_while_it_does(tmp_path: Path) -> None:
    made = trainer(epochs=90, optimizer=STILL)
    found: list[Notice] = []
    for event in fit(made, Keeper(run_folder(tmp_path)), Control()):
        if made.position.epoch == 50:
            made.model[6].weight.data.mul_(0.0)
            made.model[6].bias.data.copy_(torch.tensor([100.0, 0.0, 0.0]))
        if isinstance(event, Notice):
            found.append(event)
    texts = " ".join(notice.text for notice in found)
    assert "jumped" in texts
    assert "diverges" in texts


def test_what_was_said_is_not_said_again_after_a_resume(tmp_path: Path) -> None:
    recipe = {"epochs": 100}
    whole = list(fit(indifferent(**recipe), Keeper(run_folder(tmp_path)), Control()))
    folder, control, made = run_folder(tmp_path), Control(), indifferent(**recipe)
    events: list[Event] = []
    for event in fit(made, Keeper(folder), control):
        events.append(event)
        if isinstance(event, EpochDone) and event.epoch == 60:
            control.stop()
    kept = read_checkpoint(folder.checkpoints, "last")
    assert kept is not None
    resumed = indifferent(Position.from_json(kept.facts["position"]), **recipe)
    resumed.restore(kept.tensors)
    events += list(fit(resumed, Keeper(folder), Control()))
    assert notices(events) == notices(whole)
    assert history(events) == history(whole)


def test_a_stop_in_a_validation_loses_nothing_of_the_look_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guards_module, "EVERY", 1)
    _, whole = run(tmp_path, epochs=3)
    folder, control, made = run_folder(tmp_path), Control(), trainer(epochs=3)
    for event in fit(made, Keeper(folder), control):
        if isinstance(event, StepDone) and event.step == 8:
            control.stop()
    kept = read_checkpoint(folder.checkpoints, "last")
    assert kept is not None
    assert (made.position.epoch, made.position.step) == (1, 8)
    resumed = trainer(Position.from_json(kept.facts["position"]), epochs=3)
    resumed.restore(kept.tensors)
    list(fit(resumed, Keeper(folder), Control()))
    assert all(look["change"] > 0 for look in whole.position.guards["looks"])
    assert resumed.position.guards == whole.position.guards


def test_one_kind_is_said_again_only_when_it_was_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.train.guards.base import Facts, Finding, Guard

    there = [True]

    class Planted(Guard):
        kind = "planted"

        def judge(self, facts: Facts) -> Finding | None:
            return Finding("It is there.") if there[0] else None

    monkeypatch.setattr(guards_module, "JUDGES", (Planted(),))
    monkeypatch.setattr(guards_module, "EVERY", 1)
    made = trainer(epochs=100)
    watch = Guards(made)
    told: list[int] = []
    pattern = [True] * 5 + [False] * 3 + [True] * 5 + [False] * 6 + [True] * 5 + [False] * 9
    for number, now in enumerate([*pattern, True]):
        there[0] = now
        made.position.epoch += 1
        made.position.step += 4
        done = EpochDone(made.position.epoch, made.position.step, 1, 0.5, 1, 0.5, 1e-3, 1, False)
        if list(watch.end_epoch(done)):
            told.append(number)
    assert told == [0, 19]


def test_a_resumed_run_of_an_older_version_goes_on(tmp_path: Path) -> None:
    made = trainer(epochs=2)
    old = made.position.to_json()
    for name in ("guards", "good", "repairs"):
        del old[name]
    events = list(
        fit(trainer(Position.from_json(old), epochs=2), Keeper(run_folder(tmp_path)), Control())
    )
    assert len(history(events)) == 2


def test_the_guards_can_be_switched_off(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", epochs=6, batch_size=2, guards=False)
    assert notices(list(train(project, tmp_path / "p"))) == []
    made = Trainer(prepare(project, tmp_path / "p", device="cpu", known={}).pieces, Position())
    assert not Guards(made).due
