"""The trials in memory are those in the file, as Optuna itself reads it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState

from engine.tune.storage import close, open_study


def facts(trial: FrozenTrial) -> dict[str, Any]:
    """All of a trial but the moments, with numbers that are none as texts."""
    reports = {step: str(value) for step, value in trial.intermediate_values.items()}
    known = (trial.number, trial.state, trial.values, trial.params, list(trial.params))
    return {
        "known": known,
        "distributions": trial.distributions,
        "attrs": (trial.user_attrs, trial.system_attrs),
        "reports": reports,
    }


def in_file(file: Path) -> list[dict[str, Any]]:
    study = optuna.load_study(study_name="study", storage=f"sqlite:///{file}")
    found = [facts(trial) for trial in study.get_trials()]
    study._storage._backend.engine.dispose()  # type: ignore[attr-defined]  # a cache of Optuna's
    return found


@pytest.mark.filterwarnings("ignore:.*eported.*")
def test_memory_and_file_agree_after_every_kind_of_change(tmp_path: Path) -> None:
    file = tmp_path / "study.db"
    study = open_study(file, maximise=True, new=True)
    study.set_user_attr("seconds", 4.5)
    study.enqueue_trial({"lr": 0.003, "kind": "sgd"})
    for number in range(5):
        trial = study.ask()
        trial.suggest_float("lr", 1e-5, 0.1, log=True)
        if trial.suggest_categorical("kind", ["adam", "sgd", None]) == "sgd":
            trial.suggest_int("width", 8, 64, step=8)
        for step, value in enumerate((0.5, math.inf, -math.inf, math.nan, 0.25)):
            trial.report(value, step)
        trial.set_user_attr("why", {"parts": [1, "two", None]})
        if number < 3:
            study.tell(trial, 0.1 + number / 3)
        elif number == 3:
            study.tell(trial, state=TrialState.PRUNED)
    study._storage.set_trial_state_values(4, TrialState.WAITING)
    written = [facts(trial) for trial in study.get_trials()]
    assert in_file(file) == written
    close(study)
    again = open_study(file, maximise=True, new=False)
    assert [facts(trial) for trial in again.get_trials()] == written
    assert again.user_attrs == {"seconds": 4.5}
    assert again.best_trial.number == 2
    assert again.direction.name == "MAXIMIZE"
    kinds = {type(one) for trial in again.get_trials() for one in trial.distributions.values()}
    assert kinds >= {FloatDistribution, CategoricalDistribution}
    assert kinds <= {FloatDistribution, CategoricalDistribution, IntDistribution}
    close(again)


def test_two_objectives_are_read_back(tmp_path: Path) -> None:
    file = tmp_path / "study.db"
    study = open_study(file, maximise=True, new=True, weighed=True)
    for number in range(3):
        trial = study.ask()
        trial.suggest_float("lr", 0.0, 1.0)
        if number < 2:
            study.tell(trial, [0.5 + number / 7, 3.0 - number / 3])
        else:
            study.tell(trial, state=TrialState.PRUNED)
    written = [facts(trial) for trial in study.get_trials()]
    assert in_file(file) == written
    close(study)
    again = open_study(file, maximise=True, new=False)
    assert [facts(trial) for trial in again.get_trials()] == written
    assert [one.name for one in again.directions] == ["MAXIMIZE", "MINIMIZE"]
    assert [one.number for one in again.best_trials] == [1]
    close(again)
