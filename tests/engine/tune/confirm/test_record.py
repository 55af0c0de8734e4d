"""The file of a check: what is written is read, and nothing else is."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.errors import FoveaError
from engine.project.document import Project
from engine.tune.confirm.plan import ConfirmPlan
from engine.tune.confirm.record import (
    Arm,
    Confirmation,
    confirm_dir,
    read_confirmation,
    write_confirmation,
)
from engine.tune.folder import StudyFolder, create_study
from engine.tune.plan import StudyPlan

VALUES = {
    "training.optimizer": "sgd",
    "training.batch_size": 8,
    "augment.scale.factor": (0.8, 1.2),
    "model.pool.present": True,
    "training.clip_norm": None,
}
RECORD = Confirmation(
    "mine",
    "open",
    ConfirmPlan(best=2, seeds=4),
    "accuracy",
    60,
    1,
    "0123456789ab",
    (
        Arm(scores=(0.8, 0.81)),
        Arm(12, 0.86, VALUES, (0.82, 0.83)),
        Arm(3, 0.85, {}, (), "Run 1: it failed."),
    ),
)


@pytest.fixture
def study(tmp_path: Path) -> StudyFolder:
    """A study with the record."""
    made = create_study(tmp_path, Project(), StudyPlan(), "mine")
    assert read_confirmation(made) is None
    confirm_dir(made).mkdir()
    write_confirmation(made, RECORD)
    return made


def test_a_check_is_read_as_it_was_written(study: StudyFolder) -> None:
    assert read_confirmation(study) == RECORD


def test_runs_of_arms_that_failed_do_not_count() -> None:
    assert RECORD.runs == (4, 8)


def changed(place: tuple[Any, ...], value: Any) -> Callable[[Any], None]:
    def change(whole: Any) -> None:
        for step in place[:-1]:
            whole = whole[step]
        whole[place[-1]] = value

    return change


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("status",), "running"),
        (("goal",), "beauty"),
        (("searched",), 0),
        (("searched",), True),
        (("each",), 0),
        (("study",), "theirs"),
        (("more",), 1),
        (("plan", "seeds"), 1),
        (("plan", "luck"), 1),
        (("arms",), []),
        (("arms", 0, "trial"), 1),
        (("arms", 1, "trial"), None),
        (("arms", 1, "trial"), -1),
        (("arms", 1, "tuned"), None),
        (("arms", 1, "scores"), [0.1] * 5),
        (("arms", 1, "scores"), ["0.1"]),
        (("arms", 1, "values"), [1]),
        (("arms", 1, "values", "training.batch_size"), {"a": 1}),
        (("arms", 2, "why"), None),
    ],
)
def test_what_makes_no_sense_is_refused(
    study: StudyFolder, place: tuple[Any, ...], value: Any
) -> None:
    file = confirm_dir(study) / "winner.json"
    whole = copy.deepcopy(RECORD.to_json())
    changed(place, value)(whole)
    file.write_text(json.dumps(whole))
    with pytest.raises(FoveaError) as caught:
        read_confirmation(study)
    assert caught.value.code == "FV-S021"
    assert str(file) in caught.value.where


@pytest.mark.parametrize("text", ["", "{", "[]", '{"study": NaN}'])
def test_what_is_no_record_is_refused(study: StudyFolder, text: str) -> None:
    (confirm_dir(study) / "winner.json").write_text(text)
    with pytest.raises(FoveaError) as caught:
        read_confirmation(study)
    assert caught.value.code == "FV-S021"
