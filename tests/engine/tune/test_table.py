"""A study's trials as plain rows, against what its events told."""

from __future__ import annotations

import datetime
import sqlite3
import time
from pathlib import Path

import pytest

from engine.errors import FoveaError
from engine.runs.events import EpochDone
from engine.search import Searched, SearchSpace
from engine.tune.events import TrialFinished
from engine.tune.folder import StudyFolder, create_study
from engine.tune.plan import StudyPlan
from engine.tune.storage import close, open_study
from engine.tune.study import tune
from engine.tune.table import read_table
from tests.engine.train.tiny_project import make_project

SPACE = SearchSpace(
    (
        Searched("training.optimizer.lr", 1e-4, 0.1, log=True),
        Searched("training.optimizer", choices=("adamw", "sgd")),
        Searched("training.batch_size", choices=(4, 8)),
    )
)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """A study of a tiny project that nobody has run."""
    folder = tmp_path_factory.mktemp("table") / "p"
    project = make_project(folder, epochs=2).with_(search=SPACE)
    return create_study(folder, project, StudyPlan(trials=3))


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system has no zone per process")
def test_times_are_those_of_this_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: StudyFolder
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        study = StudyFolder(tmp_path, begun.project, begun.plan, "")
        made = open_study(study.database, maximise=True, new=True)
        made.tell(made.ask(), 0.5)
        (remembered,) = made.get_trials()
        close(made)
        again = open_study(study.database, maximise=True, new=False)
        (kept,) = again.get_trials()
        close(again)
        (row,) = read_table(study).rows
    finally:
        monkeypatch.undo()
        time.tzset()
    for begin in (row.begun, kept.datetime_start):
        assert abs(begin - remembered.datetime_start) < datetime.timedelta(seconds=5)


def test_a_study_that_was_not_begun_has_no_rows(begun: StudyFolder) -> None:
    if begun.database.exists():
        begun.database.unlink()
    table = read_table(begun)
    assert table.rows == ()
    assert table.best() is None
    assert table.addresses == tuple(entry.address for entry in SPACE.entries)
    assert table.space == SPACE


def test_rows_hold_what_the_events_told(begun: StudyFolder) -> None:
    epochs: dict[int, list[tuple[int, float | None]]] = {}
    ends: list[TrialFinished] = []
    for event in tune(begun, begun.path.parent.parent, threads=1):
        if isinstance(event, EpochDone):
            epochs.setdefault(len(ends), []).append((event.epoch, event.val_accuracy))
        elif isinstance(event, TrialFinished):
            ends.append(event)
    table = read_table(begun)
    assert [(row.number, row.state, row.run, dict(row.settings)) for row in table.rows] == [
        (end.trial, end.state, end.run, dict(end.values)) for end in ends
    ]
    assert {row.number: list(row.reports) for row in table.rows} == epochs
    complete = [row for row in table.rows if row.state == "complete"]
    assert [row.values for row in complete] == [
        (end.value,) for end in ends if end.state == "complete"
    ]
    best = table.best()
    assert best is not None
    assert best.values[0] == max(row.values[0] for row in complete)
    assert all(row.seconds is not None and row.seconds > 0 for row in table.rows)
    assert {row.worker for row in table.rows} == {"1"}


def test_a_damaged_file_is_an_error_with_its_name(begun: StudyFolder, tmp_path: Path) -> None:
    broken = StudyFolder(tmp_path, begun.project, begun.plan, begun.created)
    broken.database.write_bytes(b"no database" * 100)
    with pytest.raises(FoveaError, match="cannot be read") as caught:
        read_table(broken)
    assert caught.value.code == "FV-S005"
    broken.database.unlink()
    with sqlite3.connect(broken.database) as other:
        other.execute("CREATE TABLE something (a)")
    with pytest.raises(FoveaError, match="cannot be read"):
        read_table(broken)
