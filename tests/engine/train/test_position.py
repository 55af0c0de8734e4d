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


@pytest.mark.parametrize(
    ("results", "best"),
    [
        ([(0.9, 0.6, 0.7), (0.8, 0.7, 0.6)], 1),
        ([(0.9, 0.6, 0.7), (0.9, 0.7, 0.7), (0.8, 0.7, 0.7)], 3),
        ([(0.9, 0.6, None), (0.8, 0.7, None)], 2),
        ([(0.9, 0.6, 0.7), (math.nan, 0.9, 0.9)], 1),
    ],
)
def test_the_area_decides_and_where_there_is_none_the_accuracy(
    results: list[tuple[float, float, float | None]], best: int
) -> None:
    position = Position()
    for loss, accuracy, auc in results:
        done = position.finish_epoch(loss, accuracy, auc=auc, monitor="auc", lr=0.1)
        assert done.val_auc == auc
    assert position.best["epoch"] == best


def test_json_there_and_back() -> None:
    position = Position(7, 2, 0.1 + 0.2, 1 / 3, 5, 8, {"epoch": 1, "val_loss": 1e-300}, 1)
    assert Position.from_json(position.to_json()) == position
