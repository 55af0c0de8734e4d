"""Which epoch is the best."""

from __future__ import annotations

import math

import pytest

from engine.train.position import Position

Result = tuple[float | None, float | None]


@pytest.mark.parametrize(
    ("monitor", "results", "best", "waited"),
    [
        ("accuracy", [(1.0, 0.5), (0.9, 0.6), (0.8, 0.6)], 3, 0),
        ("accuracy", [(1.0, 0.5), (1.0, 0.5), (1.1, 0.5)], 1, 2),
        ("loss", [(0.5, 0.9), (0.6, 0.99), (0.5, 0.95)], 3, 0),
        ("loss", [(0.5, 0.9), (0.5, 0.9)], 1, 1),
        ("accuracy", [(0.5, 0.9), (math.nan, 0.99), (math.inf, 1.0)], 1, 2),
        ("loss", [(math.nan, 0.99), (2.0, 0.1)], 2, 0),
        ("accuracy", [(None, None), (None, None)], 2, 0),
        ("accuracy", [(math.nan, 0.5)], None, 1),
    ],
)
def test_the_order_is_defined(
    monitor: str, results: list[Result], best: int | None, waited: int
) -> None:
    position = Position()
    for loss, accuracy in results:
        position.loss_sum, position.correct, position.seen = 3.0, 1, 2
        done = position.finish_epoch(loss, accuracy, monitor=monitor, lr=0.1)
        assert done.train_loss == 1.5
        assert done.best == (position.best.get("epoch") == position.epoch)
    assert position.best.get("epoch") == best
    assert position.waited == waited
    assert all(math.isfinite(value) for value in position.best.values())


def test_json_there_and_back() -> None:
    position = Position(
        7, 2, 0.1 + 0.2, 1 / 3, 5, 8, {"epoch": 1, "val_loss": 1e-300}, 1, [-0.5, None]
    )
    assert Position.from_json(position.to_json()) == position


@pytest.mark.parametrize(
    ("monitor", "result", "kept"),
    [
        ("accuracy", (0.7, 0.4), 0.4),
        ("loss", (0.7, 0.4), -0.7),
        ("loss", (math.nan, 0.4), None),
        ("accuracy", (None, None), -1.5),
    ],
)
def test_the_history_of_what_is_monitored_rises_with_every_gain(
    monitor: str, result: Result, kept: float | None
) -> None:
    position = Position(loss_sum=3.0, correct=1, seen=2)
    position.finish_epoch(*result, monitor=monitor, lr=0.1)
    assert position.history == [kept]
    assert Position.from_json(position.to_json()) == position
