"""Where a run stands: everything that is neither a weight nor a setting."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.runs.events import EpochDone

__all__ = ["Position"]


@dataclass(slots=True)
class Position:
    """The place in a run, saved with every checkpoint and restored exactly.

    Attributes:
        step: updates done since the start of the run.
        epoch: epochs finished, validation included.
        seconds: active time until the last checkpoint or report.
        loss_sum, correct, seen: sums over the images of the epoch in hand.
        best: the numbers of the epoch that the run is known by: ``epoch`` and the metrics of
            ``RunFinished``.
        waited: epochs since the monitored value was at its best.
        top: the numbers of that epoch, and its ``error``; the same epoch as ``best`` but where the
            recipe keeps a later one.
    """

    step: int = 0
    epoch: int = 0
    seconds: float = 0.0
    loss_sum: float = 0.0
    correct: float = 0
    seen: int = 0
    best: dict[str, float] = field(default_factory=dict)
    waited: int = 0
    top: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values; floats survive JSON exactly."""
        own = {"best": dict(self.best), "top": dict(self.top)}
        return {name: getattr(self, name) for name in self.__slots__} | own

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Position:
        """What ``to_json`` wrote; before there was a ``top``, it was the best."""
        best = value.get("best")
        known: dict[str, Any] = {"top": {"error": 0.0} | best if best else {}, **value}
        return cls(**{name: known[name] for name in cls.__slots__ if name in known})

    def finish_epoch(
        self,
        loss: float | None,
        accuracy: float | None,
        *,
        auc: float | None = None,
        error: float = 0.0,
        keep: str = "best",
        monitor: str,
        lr: float,
    ) -> EpochDone:
        """Closes the epoch in hand with its validation, and says whether the run is known by it.

        The top epoch has the highest accuracy (or lowest loss, or largest area, by ``monitor``), of
        equal ones the lower loss (higher accuracy), of equal ones the earlier. Where the area is
        not defined the accuracy decides. Kept is that epoch with ``keep`` ``"best"``, every one
        with ``"last"``, and with ``"one_se"`` each that is not more than the standard error
        ``error`` of the top one below it, which at the end makes it the latest one within that
        distance of the best of all (Breiman et al., "Classification and regression trees", 1984,
        section 3.4.3). Without validation every epoch is kept; one whose values are not finite
        never is.
        """
        metrics = {
            "train_loss": self.loss_sum / max(1, self.seen),
            "train_accuracy": self.correct / max(1, self.seen),
        }
        finite = {"val_loss": loss, "val_accuracy": accuracy, "val_auc": auc}
        metrics |= {k: v for k, v in finite.items() if v is not None and math.isfinite(v)}
        better = accuracy is None or _rank(metrics, monitor) > _rank(self.top, monitor)
        kept = better or (keep != "best" and "val_loss" in metrics)
        if kept and not better and keep == "one_se":
            kept = _value(metrics, monitor) >= _value(self.top, monitor) - self.top["error"]
        self.epoch += 1
        self.loss_sum, self.correct, self.seen = 0.0, 0, 0
        self.waited = 0 if better else self.waited + 1
        if better:
            self.top = {"epoch": self.epoch, "error": error} | metrics
        if kept:
            self.best = {"epoch": self.epoch} | metrics
        return EpochDone(
            epoch=self.epoch,
            step=self.step,
            train_loss=metrics["train_loss"],
            train_accuracy=metrics["train_accuracy"],
            val_loss=metrics.get("val_loss"),
            val_accuracy=metrics.get("val_accuracy"),
            lr=lr,
            seconds=self.seconds,
            best=kept,
            val_auc=metrics.get("val_auc"),
        )


def _value(metrics: Mapping[str, float], monitor: str) -> float:
    """The monitored value, higher is better; the accuracy where there is no area."""
    rank = _rank(metrics, monitor)
    return rank[0] if math.isfinite(rank[0]) else rank[1]


def _rank(metrics: Mapping[str, float], monitor: str) -> tuple[float, ...]:
    worst = -math.inf
    known = metrics if "val_loss" in metrics else {}
    loss = -known.get("val_loss", math.inf)
    accuracy, area = known.get("val_accuracy", worst), known.get("val_auc", worst)
    orders = {"accuracy": (accuracy, loss), "loss": (loss, accuracy), "auc": (area, accuracy, loss)}
    return orders[monitor]
