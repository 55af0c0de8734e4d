"""The copy of a shared study, against the study."""

from __future__ import annotations

import math
from pathlib import Path
from unittest import mock

import optuna
import pytest

from engine.errors import FoveaError
from engine.tune.remote import copy
from engine.tune.remote.claiming import BEAT
from engine.tune.remote.copy import LocalCopy
from engine.tune.storage import close, look, open_study


@pytest.fixture
def shared() -> optuna.Study:
    """A study in which much has happened: one trial of each kind."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(study_name="shared", directions=["maximize", "minimize"])
    study.add_trial(optuna.create_trial(values=[0.1 + 0.2, math.inf], user_attrs={"why": "ä"}))
    trial = study.ask()
    trial.suggest_float("training.optimizer.lr", 1e-4, 0.1, log=True)
    trial.suggest_categorical("training.batch_size", (4, None, "[1, 2]"))
    study.tell(trial, [1 / 3, 7.0])
    study.tell(study.ask(), state=optuna.trial.TrialState.FAIL)
    study.enqueue_trial({"training.optimizer.lr": 0.01})
    study.enqueue_trial({"training.optimizer.lr": 0.02})
    trial = study.ask()
    trial.set_user_attr(BEAT, 1)
    return study


def same(file: Path, study: optuna.Study) -> bool:
    look(file)
    found = open_study(file, maximise=True, new=False, weighed=True)
    there = [_facts(one) for one in found.get_trials()]
    directions = found.directions
    close(found)
    return there == [_facts(one) for one in study.get_trials()] and directions == study.directions


def _facts(trial: optuna.trial.FrozenTrial) -> tuple[object, ...]:
    attributes = {key: value for key, value in trial.user_attrs.items() if key != BEAT}
    times = trial.datetime_start, trial.datetime_complete
    drawn = trial.params, trial.distributions, trial.system_attrs
    return trial.state, trial.values, trial.intermediate_values, attributes, *times, *drawn


def test_it_holds_what_the_storage_holds(shared: optuna.Study, tmp_path: Path) -> None:
    assert LocalCopy(tmp_path / "study.db").update(shared)
    assert same(tmp_path / "study.db", shared)


def test_only_news_are_written(shared: optuna.Study, tmp_path: Path) -> None:
    kept = LocalCopy(tmp_path / "study.db")
    kept.update(shared)
    running = optuna.Trial(shared, 3)
    with mock.patch.object(copy, "write_bytes") as wrote:
        assert not kept.update(shared)
        running.set_user_attr(BEAT, 2)
        assert not kept.update(shared)
    assert not wrote.called
    running.set_user_attr("worker", "elsewhere")
    assert kept.update(shared)
    assert same(tmp_path / "study.db", shared)
    shared.tell(running, [0.5, 1.0])
    shared.tell(shared.ask(), [0.25, 2.0])
    assert kept.update(shared)
    assert same(tmp_path / "study.db", shared)


def test_what_the_disc_refuses_is_written_the_next_time(
    shared: optuna.Study, tmp_path: Path
) -> None:
    kept, file = LocalCopy(tmp_path / "study.db"), tmp_path / "study.db"
    full = FoveaError("FV-O001", "The disc is full.")
    with mock.patch.object(copy, "write_bytes", side_effect=full), pytest.raises(FoveaError):
        kept.update(shared)
    assert not file.exists()
    assert kept.update(shared)
    assert same(file, shared)
