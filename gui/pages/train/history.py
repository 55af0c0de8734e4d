"""What a run's events say about its curves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.runs.events import EpochDone, Event, RunStarted, StepDone

__all__ = ["History"]


@dataclass
class History:
    """Positions in epochs, values as measured; what a run did not measure stays empty."""

    steps_per_epoch: int = 1
    step_x: list[float] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    speed: list[float] = field(default_factory=list)
    gradient_x: list[float] = field(default_factory=list)
    gradient: list[float] = field(default_factory=list)
    epoch_x: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    val_accuracy: list[float] = field(default_factory=list)
    auc_x: list[float] = field(default_factory=list)
    val_auc: list[float] = field(default_factory=list)
    best: int | None = None

    @classmethod
    def of(cls, events: Iterable[Event], steps_per_epoch: int = 1) -> History:
        """The curves of some events; ``steps_per_epoch`` is known from earlier events or given."""
        made = cls(steps_per_epoch)
        for event in events:
            made.take(event)
        return made

    def take(self, event: Event) -> None:
        """Adds one event; those without numbers change nothing."""
        if isinstance(event, RunStarted):
            self.steps_per_epoch = max(1, event.steps_per_epoch)
        elif isinstance(event, StepDone):
            self._take_step(event)
        elif isinstance(event, EpochDone):
            self._take_epoch(event)

    def _take_step(self, event: StepDone) -> None:
        x = event.step / self.steps_per_epoch
        self.step_x.append(x)
        self.loss.append(event.loss)
        self.accuracy.append(event.accuracy)
        self.rate.append(event.lr)
        self.speed.append(event.images_per_second)
        if event.gradient_norm is not None:
            self.gradient_x.append(x)
            self.gradient.append(event.gradient_norm)

    def _take_epoch(self, event: EpochDone) -> None:
        if event.val_loss is not None and event.val_accuracy is not None:
            self.epoch_x.append(float(event.epoch))
            self.val_loss.append(event.val_loss)
            self.val_accuracy.append(event.val_accuracy)
        if event.val_auc is not None:
            self.auc_x.append(float(event.epoch))
            self.val_auc.append(event.val_auc)
        if event.best:
            self.best = event.epoch
