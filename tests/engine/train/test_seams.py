"""Where the parts of the training meet: a lost card, averages, sampling, layouts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.compute.device import Arithmetic
from engine.compute.images import Images
from engine.errors import FoveaError
from engine.runs.events import Event, Notice, RunFailed, RunStarted
from engine.runs.folder import RunFolder
from engine.runs.listing import find_run, replay
from engine.train import drive, isolated, train
from engine.train.failures import explain
from engine.train.guards.looking import plan_of
from engine.train.keeper import Keeper
from engine.train.position import Position
from engine.train.trainer import Trainer
from tests.engine.train.hand_made import data, pieces
from tests.engine.train.tiny_project import make_project


def test_a_run_says_its_end_though_the_best_weights_are_lost_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> Iterator[Event]:
        raise torch.AcceleratorError("CUDA error: an illegal memory access")

    monkeypatch.setattr(Trainer, "step", lost)
    monkeypatch.setattr(Keeper, "save_best", lost)
    folder = tmp_path / "tiny"
    *_, last = train(make_project(folder), folder)
    assert isinstance(last, RunFailed)
    assert last.code == "FV-T005"


@pytest.fixture
def card_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place for a project whose run here always loses its card."""

    def lost(*_: object) -> None:
        raise torch.AcceleratorError("CUDA error: an illegal memory access")

    monkeypatch.setattr(Trainer, "step", lost)
    monkeypatch.setattr(drive, "_lost_here", False)
    return tmp_path / "tiny"


def test_a_child_that_cannot_begin_fails_the_run_as_its_last_event(
    card_lost: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> Iterator[Event]:
        raise FoveaError("FV-T006", "The device “cuda” is not there.")
        yield

    monkeypatch.setattr(isolated, "train_isolated", refused)
    events = list(drive.drive(make_project(card_lost), card_lost))
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunFailed)
    assert events[-1].code == "FV-T006"
    run = find_run(card_lost, "last")
    assert run.status == "failed"
    assert not [e for e in replay(run.path) if "damaged" in str(e)]


def test_an_error_of_the_child_that_is_not_the_cards_stays_what_it_is(
    card_lost: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> Iterator[Event]:
        raise FoveaError("FV-D001", "The images are gone.", why="No folder.", fix="Mount it.")
        yield

    monkeypatch.setattr(isolated, "train_isolated", refused)
    *_, last = drive.drive(make_project(card_lost), card_lost)
    assert isinstance(last, RunFailed)
    assert (last.code, last.what, last.fix) == ("FV-D001", "The images are gone.", "Mount it.")
    assert last.why.startswith("No folder. The card had failed before: ")
    assert "illegal memory access" in last.why
    run = find_run(card_lost, "last")
    assert run.status == "failed"
    assert list(replay(run.path))[-1] == last


def test_t06_a_card_that_is_gone_after_a_sleep_is_told_with_what_brings_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held for minutes, lost, and not to be had by a second process either."""
    folder = tmp_path / "tiny"
    project = make_project(folder)
    unknown = "CUDA error: unknown error"
    asked: list[object] = []

    def apart(*arguments: object, device: str | None = None, **options: object) -> Iterator[Event]:
        asked.append(device)
        if len(asked) == 2:
            raise FoveaError("FV-T006", "The device “cuda:0” is not there.", why="No card.")
        run = RunFolder.create(folder)
        run.write_project(project.to_json())
        run.begin({"arithmetic": {"device": "cuda:0"}})
        yield RunStarted(run.id, 3, 6, 16, 0, 50, 25, ("a", "b"), 10, "GPU", "bf16")
        yield Notice(isolated._held(120), "warning")
        yield RunFailed(run.id, "FV-T005", "The card stopped.", why=unknown, kept="All of it.")

    monkeypatch.setattr(drive, "_lost_here", False)
    monkeypatch.setattr(isolated, "train_isolated", apart)
    events = list(drive.drive(project, folder, apart=True))
    assert asked == [None, "cuda:0"], "the processor is offered, not taken unasked"
    *_, takes_over, last = events
    assert isinstance(takes_over, Notice)
    assert isinstance(last, RunFailed)
    for words in ("nvidia_uvm", "reboot", "device cpu"):
        assert words in last.fix
    for words in ("No card.", unknown, "slept"):
        assert words in last.why
    assert last.kept == "All of it."
    run = find_run(folder, "last")
    assert run.status == "failed"
    assert list(replay(run.path))[-1] == last


@pytest.mark.parametrize(
    "text", ["CUDA error: unknown error", "CUDA unknown error - this may be", "No CUDA GPUs are"]
)
def test_t06_what_a_new_process_hears_of_a_lost_card_is_a_lost_card(text: str) -> None:
    text = f"{text} available" if text.startswith("No") else text
    error = explain(RuntimeError(text), None, "Everything.")
    assert error.code == "FV-T005"
    assert "nvidia_uvm" in error.fix
    assert "cpu" in error.fix


def test_a_child_that_is_stopped_before_it_begins_leaves_the_failure_as_the_end(
    card_lost: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolated, "train_isolated", lambda *_, **__: iter(()))
    *_, last = drive.drive(make_project(card_lost), card_lost)
    assert isinstance(last, RunFailed)
    assert last.code == "FV-T005"


def test_chance_is_that_of_the_images_as_they_are_drawn() -> None:
    pixels, labels = data()
    labels[:57] = 0  # three training images of the others
    uneven = Images(pixels, labels, torch.device("cpu"))
    found = {}
    for sampling in ("natural", "balanced"):
        own = pieces(sampling=sampling)
        found[sampling] = plan_of(Trainer(replace(own, images=uneven), Position()))
    assert found["natural"].chance < 0.7
    assert found["balanced"].chance == pytest.approx(np.log(3), abs=0.2)
    assert (found["natural"].evened, found["balanced"].evened) == (False, True)


def test_weights_that_are_laid_out_already_stay_where_they_are() -> None:
    """A recorded graph reads them there; torch copies a 1x1 kernel of one channel each time."""
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 8, 1), torch.nn.Conv2d(8, 8, 3))
    arithmetic = Arithmetic(torch.device("cpu"), "fp32", channels_last=True)
    arithmetic.place(model)
    places = [weight.data_ptr() for weight in model.parameters()]
    arithmetic.place(model)
    assert [weight.data_ptr() for weight in model.parameters()] == places


def test_an_older_runs_settings_are_compared_as_this_version_reads_them(tmp_path: Path) -> None:
    place = tmp_path / "tiny"
    project = make_project(place)
    events = train(project, place)
    next(events)
    events.close()
    folder = RunFolder(find_run(place, "last").path)
    old = folder.read_project()
    for name in ("sampling", "averaging", "sam", "keep"):
        del old["training"][name]
    folder.write_project(old)
    resumed = list(train(project, place, resume="last"))
    assert not [event for event in resumed if "differ" in str(event)]
