"""What a person does to runs afterwards: notes, comparing, deleting."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import FoveaError
from engine.runs.comparing import differing
from engine.runs.events import EpochDone, Notice, StepDone, from_json
from engine.runs.folder import RunFolder
from engine.runs.listing import list_runs
from engine.runs.notes import LONGEST, read_note, write_note
from engine.runs.removing import delete_run


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run that has ended."""
    folder = RunFolder.create(tmp_path, "2026-01-01-001")
    folder.begin({"epochs": 3})
    folder.end("done")
    return folder


def test_a_note_is_kept_listed_and_removed(tmp_path: Path, run: RunFolder) -> None:
    assert read_note(run.path) == ""
    write_note(run.path, "  Warmer lamp, größer\nsecond line ")
    assert read_note(run.path) == "Warmer lamp, größer\nsecond line"
    assert list_runs(tmp_path)[0].note == "Warmer lamp, größer\nsecond line"
    write_note(run.path, "   ")
    assert read_note(run.path) == ""
    assert not (run.path / "note.txt").exists()
    write_note(run.path, "")


def test_a_note_of_any_size_is_bounded(run: RunFolder) -> None:
    (run.path / "note.txt").write_bytes(b"\xff" + b"x" * 3 * LONGEST)
    assert len(read_note(run.path)) == LONGEST


def test_a_note_that_cannot_be_written_says_so(run: RunFolder) -> None:
    (run.path / "note.txt").mkdir()
    with pytest.raises(FoveaError) as caught:
        write_note(run.path, "")
    assert caught.value.code == "FV-O001"


def test_only_settings_that_differ_are_rows() -> None:
    first = {"training": {"epochs": 5, "optimizer": {"kind": "adamw", "lr": 0.1}}, "name": "a"}
    second = {"training": {"epochs": 5, "optimizer": {"kind": "adamw", "lr": 0.2}}, "name": "a"}
    third = {"training": {"epochs": 9, "optimizer": {"kind": "sgd", "lr": 0.1}}, "name": "a"}
    assert differing([first, second, third]) == {
        "training.epochs": ("5", "5", "9"),
        "training.optimizer.kind": ("adamw", "adamw", "sgd"),
        "training.optimizer.lr": ("0.1", "0.2", "0.1"),
    }
    assert differing([first, first]) == {}
    assert differing([first]) == {}
    assert differing([first, {"training": {"epochs": 5}, "name": "a"}]) == {
        "training.optimizer.kind": ("adamw", "–"),
        "training.optimizer.lr": ("0.1", "–"),
    }


def test_a_run_is_deleted_for_good(tmp_path: Path, run: RunFolder) -> None:
    (run.checkpoints / "weights").write_bytes(b"x")
    delete_run(run.path)
    assert list_runs(tmp_path) == []
    with pytest.raises(FoveaError) as caught:
        delete_run(run.path)
    assert caught.value.code == "FV-O001"


def test_a_run_that_trains_is_not_deleted(run: RunFolder) -> None:
    run.begin({})
    with pytest.raises(FoveaError) as caught:
        delete_run(run.path)
    assert caught.value.code == "FV-T003"
    assert run.path.exists()
    run.end("stopped")


def test_events_of_before_have_no_auc_gradient_or_place() -> None:
    step = StepDone(1, 1, 0.5, 0.5, 0.1, 10.0, 1.0)
    epoch = EpochDone(1, 5, 0.5, 0.5, None, None, 0.1, 1.0, True)
    old = [
        {k: v for k, v in event.to_json().items() if k not in ("gradient_norm", "val_auc", "where")}
        for event in (step, epoch, Notice("Words."))
    ]
    assert [from_json(value) for value in old] == [step, epoch, Notice("Words.")]


def test_auc_gradient_and_place_are_read_back() -> None:
    for event in (
        StepDone(1, 1, 0.5, 0.5, 0.1, 10.0, 1.0, gradient_norm=2.5),
        EpochDone(1, 5, 0.5, 0.5, 0.4, 0.6, 0.1, 1.0, True, val_auc=0.75),
        Notice("Words.", "warning", "training.optimizer.lr"),
    ):
        assert from_json(event.to_json()) == event
