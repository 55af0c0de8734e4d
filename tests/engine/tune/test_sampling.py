"""The values that a search may draw."""

from __future__ import annotations

import random

import pytest

from engine.project.document import Project
from engine.search import Searched, SearchSpace
from engine.tune.sampling import grid

LR = "training.optimizer.lr"


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
