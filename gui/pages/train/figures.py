"""The row of numbers above the curves."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.runs.events import EpochDone, Event, RunStarted, StepDone
from gui.numbers import compact, decimal, percent
from gui.theme.tokens import SPACE
from gui.widgets.figure import Figure

__all__ = ["Figures"]


class Figures(QWidget):
    """Best and latest validation accuracy, training accuracy, loss and speed of the shown run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.best = Figure("Best validation accuracy", "On images that training never sees.")
        self.train = Figure(
            "Training accuracy",
            "On the training images, as augmented. Far above validation means overfitting.",
        )
        self.loss = Figure(
            "Validation loss", "Falls while the model still learns what generalises."
        )
        self.epoch = Figure("Epoch", "Epochs done and planned.")
        self.speed = Figure("Images per second", "Training images that go through a step.")
        self._epochs = 0
        self._best = -1.0
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(SPACE)
        for figure in (self.best, self.train, self.loss, self.epoch, self.speed):
            box.addWidget(figure, 1)

    def clear(self) -> None:
        """Back to dashes."""
        self._best = -1.0
        for figure in (self.best, self.train, self.loss, self.epoch, self.speed):
            figure.show_value("–")

    def take(self, events: Sequence[Event]) -> None:
        """Shows the latest of what came in."""
        for event in events:
            if isinstance(event, RunStarted):
                self._epochs = event.epochs
            elif isinstance(event, EpochDone):
                self._take_epoch(event)
        steps = [event for event in events if isinstance(event, StepDone)]
        if steps:
            last = steps[-1]
            self.speed.show_value(compact(last.images_per_second))
            self.train.show_value(percent(last.accuracy))
            self.epoch.show_value(f"{last.epoch} of {self._epochs}")

    def _take_epoch(self, event: EpochDone) -> None:
        if event.best and event.val_accuracy is not None:
            self.best.show_value(percent(event.val_accuracy), f"in epoch {event.epoch}")
        if event.val_loss is not None:
            self.loss.show_value(decimal(event.val_loss, 3))
        self.epoch.show_value(f"{event.epoch} of {self._epochs}")
