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
        best: the best epoch's numbers: ``epoch`` and the metrics of ``RunFinished``.
        waited: epochs since the best one.
    """

    step: int = 0
    epoch: int = 0
    seconds: float = 0.0
    loss_sum: float = 0.0
    correct: float = 0
    seen: int = 0
    best: dict[str, float] = field(default_factory=dict)
    waited: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain values; floats survive JSON exactly."""
        return {name: getattr(self, name) for name in self.__slots__} | {"best": dict(self.best)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Position:
        """What ``to_json`` wrote."""
        return cls(**{name: value[name] for name in cls.__slots__ if name in value})

    def finish_epoch(
        self,
        loss: float | None,
        accuracy: float | None,
        *,
        auc: float | None = None,
        monitor: str,
        lr: float,
    ) -> EpochDone:
        """Closes the epoch in hand with its validation, and says whether it is the best so far.

        The best has the highest accuracy (or lowest loss, or largest area, by ``monitor``), of
        equal ones the lower loss (higher accuracy), of equal ones the earlier. Where the area is
        not defined the accuracy decides. Without validation every epoch is the best; a value that
        is not finite never is.
        """
        metrics = {
            "train_loss": self.loss_sum / max(1, self.seen),
            "train_accuracy": self.correct / max(1, self.seen),
        }
        finite = {"val_loss": loss, "val_accuracy": accuracy, "val_auc": auc}
        metrics |= {k: v for k, v in finite.items() if v is not None and math.isfinite(v)}
        better = accuracy is None or _rank(metrics, monitor) > _rank(self.best, monitor)
        self.epoch += 1
        self.loss_sum, self.correct, self.seen = 0.0, 0, 0
        self.waited = 0 if better else self.waited + 1
        if better:
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
            best=better,
            val_auc=metrics.get("val_auc"),
        )


def _rank(metrics: Mapping[str, float], monitor: str) -> tuple[float, ...]:
    worst = -math.inf
    known = metrics if "val_loss" in metrics else {}
    loss = -known.get("val_loss", math.inf)
    accuracy, area = known.get("val_accuracy", worst), known.get("val_auc", worst)
    orders = {"accuracy": (accuracy, loss), "loss": (loss, accuracy), "auc": (area, accuracy, loss)}
    return orders[monitor]
