"""The three live plots of a run, fed with the engine's events, live or replayed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from PySide6.QtWidgets import QWidget

from engine.runs.events import EpochDone, Event, RunStarted, StepDone
from gui.plots.curve_plot import CurvePlot
from gui.theme.tokens import SPACE
from gui.widgets import column, row

__all__ = ["Curves", "History"]

TRAINING, VALIDATION, RATE = "Training", "Validation", "Learning rate"
SMOOTHING = 0.7
"""At first: a mean over some six reports shows the trend of small batches; the raw curve stays
faintly behind, and the plot's own button changes it."""


@dataclass
class History:
    """What a run's events say about its curves: positions in epochs, values as measured."""

    steps_per_epoch: int = 1
    step_x: list[float] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    epoch_x: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    val_accuracy: list[float] = field(default_factory=list)
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
            self.step_x.append(event.step / self.steps_per_epoch)
            self.loss.append(event.loss)
            self.accuracy.append(event.accuracy)
            self.rate.append(event.lr)
        elif isinstance(event, EpochDone):
            if event.val_loss is not None and event.val_accuracy is not None:
                self.epoch_x.append(float(event.epoch))
                self.val_loss.append(event.val_loss)
                self.val_accuracy.append(event.val_accuracy)
            if event.best:
                self.best = event.epoch


class Curves(QWidget):
    """Loss, accuracy and learning rate over epochs; one redraw per plot and per batch of events.

    The place beside the learning rate is for the page (:meth:`set_corner`).
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps_per_epoch = 1
        self.loss = CurvePlot("Loss", x_label="Epoch")
        self.accuracy = CurvePlot("Accuracy", x_label="Epoch", percent=True)
        self.rate = CurvePlot("Learning rate", x_label="Epoch")
        for plot in (self.loss, self.accuracy):
            plot.add_series(TRAINING, colour=0)
            plot.add_series(VALIDATION, colour=1, dashed=True, smoothed=False)
            plot.set_smoothing(SMOOTHING)
        self.rate.add_series(RATE, colour=2, smoothed=False)
        self._below = row(self.rate)
        self._below.setStretch(0, 1)
        above = row(self.loss, self.accuracy)
        for place in (0, 1):
            above.setStretch(place, 1)
        whole = column(above, self._below, gap=SPACE)
        whole.setStretch(0, 3)
        whole.setStretch(1, 2)
        self.setLayout(whole)

    @property
    def plots(self) -> tuple[CurvePlot, CurvePlot, CurvePlot]:
        """Loss, accuracy, learning rate."""
        return self.loss, self.accuracy, self.rate

    def set_corner(self, widget: QWidget) -> None:
        """Puts a widget beside the learning rate."""
        self._below.addWidget(widget, 1)

    def clear(self) -> None:
        """Empties the plots; earlier runs that lie behind stay."""
        self._steps_per_epoch = 1
        for plot in self.plots:
            plot.clear()

    def take(self, events: Sequence[Event]) -> None:
        """Adds what came in; cheap however many events there are."""
        news = History.of(events, self._steps_per_epoch)
        self._steps_per_epoch = news.steps_per_epoch
        if not (news.step_x or news.epoch_x):
            return
        self.loss.append(TRAINING, news.step_x, news.loss)
        self.accuracy.append(TRAINING, news.step_x, news.accuracy)
        self.rate.append(RATE, news.step_x, news.rate)
        self.loss.append(VALIDATION, news.epoch_x, news.val_loss)
        self.accuracy.append(VALIDATION, news.epoch_x, news.val_accuracy)
        if news.best is not None:
            for plot in (self.loss, self.accuracy):
                plot.mark_best(news.best, f"best: {news.best}")
        for plot in self.plots:
            plot.flush()

    def show_earlier(self, run: str, history: History) -> None:
        """Lays an earlier run's validation curves behind, named by its id."""
        self.loss.show_overlay(run, history.epoch_x, history.val_loss)
        self.accuracy.show_overlay(run, history.epoch_x, history.val_accuracy)
        self.rate.show_overlay(run, history.step_x, history.rate)

    def hide_earlier(self, run: str) -> None:
        """Takes an earlier run away."""
        for plot in self.plots:
            plot.remove_overlay(run)

    def clear_earlier(self) -> None:
        """Takes all earlier runs away."""
        for plot in self.plots:
            plot.clear_overlays()
