"""Which epoch is the best."""

from __future__ import annotations

import math
import random

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
    best = {"epoch": 1, "val_loss": 1e-300}
    position = Position(7, 2, 0.1 + 0.2, 1 / 3, 5, 8, best, 1, top={"epoch": 2, "error": 0.1})
    assert Position.from_json(position.to_json()) == position


def test_a_position_without_a_top_had_its_best_there() -> None:
    old = Position(best={"epoch": 1, "val_loss": 0.5, "val_accuracy": 0.9}).to_json()
    del old["top"]
    position = Position.from_json(old)
    done = position.finish_epoch(0.5, 0.8, monitor="accuracy", keep="one_se", lr=0.1)
    assert not done.best
    assert Position.from_json(Position().to_json()) == Position()


@pytest.mark.parametrize("monitor", ["accuracy", "loss", "auc"])
def test_one_standard_error_keeps_the_latest_epoch_near_the_best_of_all(monitor: str) -> None:
    """Epoch by epoch it comes to what Breiman's rule says with all epochs at hand."""
    draw = random.Random(monitor)
    for _ in range(200):
        position, n = Position(), draw.choice([20, 80, 1_000])
        values, errors = [], []
        for epoch in range(30):
            share = round(n * min(1.0, max(0.0, 0.3 + 0.02 * epoch + draw.gauss(0, 0.1)))) / n
            result = {"loss": 1.0, "accuracy": 0.5, "auc": 0.5, monitor: share}
            values.append(-share if monitor == "loss" else share)
            errors.append(math.sqrt(share * (1 - share) / n) if monitor != "loss" else 0.05)
            position.finish_epoch(
                result["loss"],
                result["accuracy"],
                auc=result["auc"],
                error=errors[-1],
                keep="one_se",
                monitor=monitor,
                lr=0.1,
            )
        top = values.index(max(values))
        near = [e for e, value in enumerate(values) if value >= values[top] - errors[top]]
        assert position.best["epoch"] == max(near) + 1
        assert position.waited == 29 - top


def test_the_last_epoch_is_kept_unless_it_is_broken() -> None:
    position = Position()
    for loss, accuracy in [(1.0, 0.9), (1.0, 0.2), (math.nan, 0.3)]:
        position.finish_epoch(loss, accuracy, monitor="accuracy", keep="last", lr=0.1)
    assert position.best["epoch"] == 2
    assert position.waited == 2
    assert position.top["epoch"] == 1


@pytest.mark.parametrize("keep", ["best", "one_se", "last"])
def test_an_epoch_that_is_broken_is_never_kept(keep: str) -> None:
    position = Position()
    done = position.finish_epoch(math.nan, 0.9, monitor="accuracy", keep=keep, lr=0.1)
    assert not done.best
    assert position.best == {}
