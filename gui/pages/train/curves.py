"""The live plots of a run, fed with the engine's events, live or replayed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from PySide6.QtWidgets import QWidget

from engine.runs.events import Event
from gui.pages.train.board import Board
from gui.pages.train.history import History
from gui.pages.train.looks import Look
from gui.plots import CurvePlot, link
from gui.plots.legend import Legend, LegendChip
from gui.theme import theme
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Covers, Turns, column, row

__all__ = ["Curves"]

TRAINING, VALIDATION, RATE = "Training", "Validation", "Learning rate"
NORM, SPEED = "Gradient norm", "Images per second"
FIRST_CHOICE = ("loss", "accuracy")
SMOOTHING = 0.7
"""At first: a mean over some six reports shows the trend of small batches; the raw curve stays
faintly behind, and the plot's own button changes it."""


class Curves(QWidget):
    """Plots over epochs, read and zoomed together; one redraw per shown plot and batch of events.

    Each redraw has a turn of the event loop to itself: together they would hold it for as long as
    all plots take, and beside short steps, which take half of the time, for longer than a frame.
    Earlier runs lie behind all plots, each with its look and one chip in a common legend. Where
    all plots change at once, they are painted one after the other.
    """

    def __init__(self, chosen: Iterable[str] = FIRST_CHOICE, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps_per_epoch = 1
        self.loss = _plot("Loss")
        self.accuracy = _plot("Accuracy", percent=True, rises=True)
        self.auc = _plot("AUC", rises=True)
        self.rate = _plot(RATE)
        self.gradient = _plot(NORM)
        self.speed = _plot(SPEED)
        self._add_series()
        self._covers = Covers(self)
        self._turns = Turns(self)
        self._best: int | None = None
        self._looks: dict[str, Look] = {}
        self._chips: dict[str, LegendChip] = {}
        self.legend = Legend()
        self.legend.setAccessibleName("Runs behind the curves")
        named = {"loss": self.loss, "accuracy": self.accuracy, "auc": self.auc}
        named |= {"rate": self.rate, "gradient": self.gradient, "speed": self.speed}
        self.board = Board(named, chosen)
        self._show_available()
        link(self.plots)
        whole = column(self.board.toggles, row(self.legend, STRETCH), self.board, gap=SPACE)
        whole.setStretch(2, 1)
        self.setLayout(whole)
        self.legend.hide()
        theme().follow(self._restyle)

    def _add_series(self) -> None:
        for plot in (self.loss, self.accuracy):
            plot.add_series(TRAINING, colour=0)
            plot.add_series(VALIDATION, colour=1, dashed=True, smoothed=False)
        self.auc.add_series(VALIDATION, colour=1, dashed=True, smoothed=False)
        self.rate.add_series(RATE, colour=0, smoothed=False)
        self.gradient.add_series(NORM, colour=0)
        self.speed.add_series(SPEED, colour=0)
        for plot in (self.loss, self.accuracy, self.gradient, self.speed):
            plot.set_smoothing(SMOOTHING)

    @property
    def plots(self) -> tuple[CurvePlot, ...]:
        """Loss, accuracy, AUC, learning rate, gradient norm, images per second."""
        return self.loss, self.accuracy, self.auc, self.rate, self.gradient, self.speed

    def clear(self) -> None:
        """Empties the plots; earlier runs that lie behind stay."""
        self._covers.shut(self.board)
        self._steps_per_epoch, self._best = 1, None
        for plot in self.plots:
            plot.clear()
        self._show_available()

    def take(self, events: Sequence[Event]) -> None:
        """Adds what came in, at once, and draws it soon; cheap however many events there are."""
        news = History.of(events, self._steps_per_epoch)
        self._steps_per_epoch = news.steps_per_epoch
        if not (news.step_x or news.epoch_x):
            return
        self.loss.append(TRAINING, news.step_x, news.loss)
        self.accuracy.append(TRAINING, news.step_x, news.accuracy)
        self.rate.append(RATE, news.step_x, news.rate)
        self.speed.append(SPEED, news.step_x, news.speed)
        self.gradient.append(NORM, news.gradient_x, news.gradient)
        self.loss.append(VALIDATION, news.epoch_x, news.val_loss)
        self.accuracy.append(VALIDATION, news.epoch_x, news.val_accuracy)
        self.auc.append(VALIDATION, news.auc_x, news.val_auc)
        self._best = self._best if news.best is None else news.best
        for plot in self.plots:
            self._draw_soon(plot)
        self._show_available()

    def _draw_soon(self, plot: CurvePlot) -> None:
        """In a turn of its own; at once while hidden or under a cover, where nothing is painted."""
        if self._covers.any_shut or not plot.isVisible():
            self._draw(plot)
        else:
            self._turns.add(plot, partial(self._draw, plot))

    def _draw(self, plot: CurvePlot) -> None:
        if self._best is not None:
            plot.mark_best(self._best, f"best: {self._best}")
        plot.flush()

    def _show_available(self) -> None:
        """Offers AUC and gradient norm only where the shown run, or one behind it, has them."""
        for name, plot in (("auc", self.auc), ("gradient", self.gradient)):
            self.board.set_available(name, not plot.is_empty)

    # Earlier runs

    def show_earlier(self, run: str, history: History, look: Look) -> None:
        """Lays an earlier run's validation curves behind, and the others that it has."""
        self.hide_earlier(run)
        self._covers.shut(self.board)
        self._looks[run] = look
        steps, epochs = history.step_x, history.epoch_x
        loss = (epochs, history.val_loss) if epochs else (steps, history.loss)
        accuracy = (epochs, history.val_accuracy) if epochs else (steps, history.accuracy)
        for plot, (xs, ys), smoothed in (
            (self.loss, loss, not epochs),
            (self.accuracy, accuracy, not epochs),
            (self.auc, (history.auc_x, history.val_auc), False),
            (self.rate, (steps, history.rate), False),
            (self.gradient, (history.gradient_x, history.gradient), True),
            (self.speed, (steps, history.speed), True),
        ):
            if xs:
                plot.show_overlay(
                    run,
                    xs,
                    ys,
                    colour=look.colour,
                    pattern=look.pattern,
                    smoothed=smoothed,
                    chip=False,
                )
        self._add_chip(run, look)
        self._show_available()

    def _add_chip(self, run: str, look: Look) -> None:
        chip = LegendChip(run, minor=True)
        chip.set_style(look.shade, look.pattern)
        chip.toggled.connect(lambda on: self._set_visible(run, on))
        self._chips[run] = chip
        self.legend.add(chip)
        self.legend.show()

    def _set_visible(self, run: str, on: bool) -> None:
        for plot in self.plots:
            plot.set_overlay_visible(run, on)

    @property
    def earlier(self) -> tuple[str, ...]:
        """The runs that lie behind."""
        return tuple(self._looks)

    def chip(self, run: str) -> LegendChip:
        """The legend's chip of an earlier run."""
        return self._chips[run]

    def hide_earlier(self, run: str) -> None:
        """Takes an earlier run away."""
        if self._looks.pop(run, None) is None:
            return
        self._covers.shut(self.board)
        self.legend.remove(self._chips.pop(run))
        self.legend.setVisible(bool(self._chips))
        for plot in self.plots:
            plot.remove_overlay(run)
        self._show_available()

    def clear_earlier(self) -> None:
        """Takes all earlier runs away."""
        for run in self.earlier:
            self.hide_earlier(run)

    def _restyle(self) -> None:
        for run, look in self._looks.items():
            self._chips[run].set_style(look.shade, look.pattern)


def _plot(title: str, *, percent: bool = False, rises: bool = False) -> CurvePlot:
    return CurvePlot(title, x_label="Epoch", percent=percent, rises=rises)
