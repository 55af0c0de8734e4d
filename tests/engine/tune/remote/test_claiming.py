"""Whose trial is whose, when several ask the same storage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from engine.tune.remote import claiming
from engine.tune.remote.claiming import OWNER, RETRY_OF, Claims

ELSEWHERE = {"host": "elsewhere", "pid": 1, "started": ""}


@pytest.fixture
def study(tmp_path: Path) -> Iterator[optuna.Study]:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = optuna.storages.RDBStorage(f"sqlite:///{tmp_path / 'study.db'}")
    yield optuna.create_study(storage=storage, study_name="shared")
    storage.remove_session()
    storage.engine.dispose()


def another(study: optuna.Study, budget: int = 3, grace: float = 1e9) -> Claims:
    """A participant."""
    return Claims(study, lambda: budget, grace)


def states(study: optuna.Study) -> list[str]:
    return [trial.state.name for trial in study.get_trials(deepcopy=False)]


def begun_elsewhere(study: optuna.Study, **changes: Any) -> int:
    """A trial that a computer runs whose processes cannot be seen from here."""
    key = another(study).next()
    assert key is not None
    study._storage.set_trial_user_attr(key, OWNER, ELSEWHERE | changes)
    return key


def test_all_together_begin_as_many_as_the_budget_holds(study: optuna.Study) -> None:
    ours = [another(study), another(study)]
    keys = [ours[turn % 2].next() for turn in range(6)]
    assert len({key for key in keys if key is not None}) == 3
    assert keys[3:] == [None] * 3
    assert states(study) == ["RUNNING"] * 3


def test_who_is_too_late_for_the_last_one_leaves_it_alone(study: optuna.Study) -> None:
    one, other = another(study, budget=1), another(study, budget=1)
    usual = study._storage.create_new_trial

    def meanwhile(*asked: Any) -> int:
        study._storage.create_new_trial = usual  # type: ignore[method-assign]
        assert other.next() is not None
        return usual(*asked)

    study._storage.create_new_trial = meanwhile  # type: ignore[method-assign]
    assert one.next() is None
    assert states(study) == ["RUNNING", "WAITING"]
    assert one.next() is None
    study._storage.set_trial_state_values(1, TrialState.COMPLETE, [0.5])
    assert one.all_over()
    assert one.finished() == 1


def test_a_trial_that_is_given_back_is_the_next(study: optuna.Study) -> None:
    claims = another(study)
    key = claims.next()
    assert key is not None
    study._storage.set_trial_state_values(key, TrialState.WAITING)
    assert another(study).next() == key


def test_a_silent_computer_loses_its_trial_and_it_is_tried_again_once(study: optuna.Study) -> None:
    key = begun_elsewhere(study)
    optuna.Trial(study, key).suggest_float("lr", 0.0, 1.0)
    looks = [another(study, grace=0.0), another(study, grace=0.0)]
    assert [one.retry_lost(set()) for one in looks] == [[], []]  # each looks for itself first
    found = [one.retry_lost(set()) for one in looks]
    assert [len(one) for one in found] == [1, 0]
    assert "elsewhere gave no sign of life" in found[0][0][1]
    assert states(study) == ["FAIL", "WAITING"]
    lost, again = study.get_trials(deepcopy=False)
    assert again.params == lost.params
    assert again.user_attrs[RETRY_OF] == lost.number
    assert "tried again" in lost.user_attrs["why"]


def test_a_sign_of_life_keeps_a_trial(study: optuna.Study) -> None:
    key, claims = begun_elsewhere(study), another(study, grace=0.0)
    for beat in range(3):
        study._storage.set_trial_user_attr(key, claiming.BEAT, beat)
        assert claims.retry_lost(set()) == []
    assert claims.retry_lost({key}) == []  # our own
    assert len(claims.retry_lost(set())) == 1


def test_settings_that_are_lost_again_and_again_are_given_up(study: optuna.Study) -> None:
    for _ in range(claiming.RETRIES + 1):
        begun_elsewhere(study)
        claims = another(study, grace=0.0, budget=1)
        claims.retry_lost(set())
        claims.retry_lost(set())
    assert states(study) == ["FAIL"] * (claiming.RETRIES + 1)
    assert another(study, budget=1).all_over()
    assert another(study, budget=1).finished() == 1


@pytest.mark.parametrize("owner", [None, [], {"host": 1}, {"host": "x", "pid": "y", "started": 0}])
def test_what_another_wrote_about_itself_is_not_trusted(study: optuna.Study, owner: Any) -> None:
    key, claims = begun_elsewhere(study), another(study, grace=0.0)
    study._storage.set_trial_user_attr(key, OWNER, owner)
    study._storage.set_trial_user_attr(key, claiming.TIMES, "often")
    claims.retry_lost(set())
    assert len(claims.retry_lost(set())) == 1
    assert states(study) == ["FAIL"]
