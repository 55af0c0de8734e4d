"""The values that a search may draw."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from engine.project.document import Project
from engine.runs.events import Event
from engine.search import Searched, SearchSpace
from engine.tune import study as coordinator
from engine.tune.events import TrialFinished
from engine.tune.folder import StudyFolder, create_study
from engine.tune.outcome import Outcome
from engine.tune.plan import StudyPlan
from engine.tune.sampling import grid
from engine.tune.study import tune

LR, KIND = "training.optimizer.lr", "training.optimizer"
MOMENTUM = "training.optimizer.momentum"


def cells(low: float, high: float, **more: object) -> list[float]:
    entry = Searched(LR, low, high, **more)  # type: ignore[arg-type]  # log or step
    return grid(Project(search=SearchSpace((entry,))))[LR]


def test_a_grid_stays_within_its_range() -> None:
    draw = random.Random(0)
    for _ in range(300):
        low = round(10 ** draw.uniform(-6, -2), 7)
        high = round(low * 10 ** draw.uniform(0.5, 2), 7)
        found = cells(low, high, log=True)
        assert len(found) == 5
        assert low <= min(found)
        assert max(found) <= high


@pytest.mark.parametrize(("high", "last"), [(0.7, 0.7), (0.75, 0.7)])
def test_steps_of_a_grid_end_with_the_last_that_fits(high: float, last: float) -> None:
    found = cells(0.1, high, step=0.1)
    assert found == pytest.approx([0.1, 0.3, 0.4, 0.5, last])
    assert max(found) <= high


@pytest.mark.parametrize(("sampler", "count"), [("qmc", 24), ("gp", 14), ("nsga2", 24)])
def test_a_setting_that_not_every_trial_has_is_drawn_for_itself(
    tmp_path: Path, sampler: str, count: int
) -> None:
    """Neither method has a model of such a space: they draw the momentum of SGD at random."""
    rows = (
        Searched(LR, 1e-4, 0.1, log=True),
        Searched(KIND, choices=("adamw", "sgd")),
        Searched(MOMENTUM, 0.5, 0.95),
    )
    plan = StudyPlan(trials=count, sampler=sampler, startup=4, pruner="none", own_first=False)
    study = create_study(tmp_path, Project(search=SearchSpace(rows)), plan)

    def train(_: StudyFolder, trial: Any, *__: object) -> Iterator[Event]:
        yield from ()
        return Outcome("complete", trial.params[LR])

    with mock.patch.object(coordinator, "train_trial", train):
        ends = [one for one in tune(study, tmp_path) if isinstance(one, TrialFinished)]
    assert [end.state for end in ends] == ["complete"] * count
    momenta = [end.values[MOMENTUM] for end in ends if end.values[KIND] == "sgd"]
    assert len(set(momenta)) == len(momenta) > 2
    assert max(momenta) - min(momenta) > 0.2
    assert all((MOMENTUM in end.values) == (end.values[KIND] == "sgd") for end in ends)
    if sampler == "qmc":
        assert len({end.values[LR] for end in ends}) == count
    else:
        later = [end.values[LR] for end in ends[count // 2 :]]
        assert sorted(later)[len(later) // 2] > 0.003  # the middle of the range
