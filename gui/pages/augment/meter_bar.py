"""The strip below the pipeline: measure, watch, and what the whole pipeline does."""

from __future__ import annotations

import time

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QProgressBar, QWidget

from engine.errors import FoveaError
from engine.meter import Reading
from gui.pages.augment.lines import Line, tone_of
from gui.pages.augment.meter_estimate import about
from gui.pages.augment.meter_words import FIGURES, estimate_of, figure_of, interval
from gui.pages.augment.meter_work import Stage
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, ElidedLabel, button, column, hand_on, label, row

__all__ = ["MeterBar"]

_SURE_AFTER = 5.0  # seconds of work by which the rest can be told from
_SURE_FROM = 0.08  # and the share of it


class MeterBar(QFrame):
    """A button that measures, the progress of it, and the reading of the whole pipeline.

    It shows what it is told. Signals: ``wished(fresh)``: measure what is missing, or everything;
    ``cancelled()``; ``details_wished()``; ``error_wished(error)``: show the whole of an error.
    """

    wished = Signal(bool)
    cancelled = Signal()
    details_wished = Signal()
    error_wished = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "group")
        self.setAccessibleName("Effect of the pipeline")
        self.summary, self.problem = Line(), Line()
        self.problem.offer("Show the whole message", self._on_error)
        self.figures = Figures()
        self.note = label("", "caption", wrap=True)
        self.start = button("Measure the effect", self._on_start, icon="gauge")
        self.details = button("Details…", self.details_wished.emit, look="link", icon="table")
        self.details.setToolTip("Class by class, and how the cards compare.")
        self.progress = QProgressBar(textVisible=False)
        self.progress.setAccessibleName("Progress of measuring")
        self.progress.setFixedHeight(SPACE - 2)
        self.doing = ElidedLabel("", "caption")
        self.cancel = button("Cancel", self._on_cancel)
        hand_on(self.start, self.cancel)
        hand_on(self.cancel, self.start)
        self._fresh = False
        self._error: FoveaError | None = None
        self._since: tuple[int, float] = (-1, 0.0)
        self._lay_out()
        self.show_stage(None)

    def _lay_out(self) -> None:
        self.work = QWidget()
        foot = row(self.doing, self.cancel)
        foot.setStretch(0, 1)
        self.work.setLayout(column(self.progress, foot, gap=SPACE // 2))
        self.idle = QWidget()
        self.idle.setLayout(row(self.start, self.details, STRETCH))
        parts = (self.summary, self.figures, self.problem, self.note, self.work, self.idle)
        self.setLayout(column(*parts, gap=SPACE // 2 + 2, margin=SPACE))
        for line in (self.summary, self.problem):
            box = line.layout()
            assert box is not None
            box.setContentsMargins(0, 0, 0, 0)

    # What it shows

    def show_reading(self, reading: Reading | None, *, stale: bool) -> None:
        """Shows what the whole pipeline does; a stale reading only says that it is one."""
        holds = reading is not None and not stale
        self.figures.setVisible(holds)
        if reading is None:
            self.summary.say("")
        elif stale:
            self.summary.say(
                "The pipeline was measured with other settings.",
                icon="history",
                tip=f"Then: {reading.sentence}",
            )
        else:
            words = f"Whole pipeline: {_lowered(reading.sentence)}"
            self.summary.say(words, tone_of(reading))
            self.figures.show_reading(reading)

    def show_offer(self, *, fresh: bool, there: bool, refusal: str, note: str) -> None:
        """Sets the button: what it measures, why it cannot, and what is to be said beside it."""
        self._fresh = fresh
        self.start.setText("Measure again" if fresh else "Measure the effect")
        self.start.setEnabled(not refusal)
        self.start.setToolTip(refusal or "Trains small networks with and without each card.")
        self.details.setVisible(there)
        self.note.setText(refusal or note)
        self.note.setVisible(bool(refusal or note))

    def show_error(self, error: FoveaError | None) -> None:
        """Says why measuring ended early; None takes it away."""
        self._error = error
        sentence = "" if error is None else f"{error.what} {error.why} {error.fix}"
        self.problem.say(" ".join(sentence.split()), "danger")

    def show_stage(self, stage: Stage | None) -> None:
        """Shows how far a measurement is; None when nothing is measured."""
        starting = stage is not None and self.work.isHidden()
        self.work.setVisible(stage is not None)
        self.idle.setVisible(stage is None)
        if stage is None:
            self._since = (-1, 0.0)
            return
        if starting:
            self.cancel.setEnabled(True)
        self.progress.setRange(0, stage.total)
        self.progress.setValue(stage.done)
        self.doing.setText(self._words(stage))
        self.doing.setAccessibleName(self.doing.text())

    def _words(self, stage: Stage) -> str:
        """What goes on, which of how many, and how long it will still take once that is known."""
        parts = [stage.text]
        if stage.ready < stage.wanted and stage.text.startswith("Measuring"):
            parts = [f"{stage.text}, {stage.ready + 1} of {stage.wanted}"]
        left = self._left(stage)
        return "; ".join([*parts, f"{about(left)} left"] if left else parts) + "…"

    def _left(self, stage: Stage) -> float:
        now = time.monotonic()
        if self._since[0] != stage.total:
            self._since = (stage.total, now)
        spent = now - self._since[1]
        share = stage.done / stage.total if stage.total else 0.0
        if spent < _SURE_AFTER or not _SURE_FROM < share < 1:
            return 0.0
        return spent * (1 - share) / share

    # What it asks for

    def _on_start(self) -> None:
        self.wished.emit(self._fresh)

    def _on_cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.cancelled.emit()

    def _on_error(self) -> None:
        self.error_wished.emit(self._error)


class Figures(QWidget):
    """Affinity, diversity and gain side by side, each with its 95 % interval below."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(0)
        self.values: dict[str, QLabel] = {}
        self.intervals: dict[str, QLabel] = {}
        for place, (figure, (title, help)) in enumerate(FIGURES.items()):
            name = label(title, "caption")
            value = self.values[figure] = label("", "section")
            ends = self.intervals[figure] = label("", "caption")
            for line, part in enumerate((name, value, ends)):
                part.setToolTip(help)
                grid.addWidget(part, line, place)
            grid.setColumnStretch(place, 1)

    def show_reading(self, reading: Reading) -> None:
        """Fills in the numbers; a dash where one is not measured."""
        for figure, (title, _help) in FIGURES.items():
            found = estimate_of(reading, figure)
            value, ends = self.values[figure], self.intervals[figure]
            value.setText("–" if found is None else figure_of(figure, found.value))
            ends.setText("" if found is None else interval(figure, found))
            value.setAccessibleName(f"{title}: {value.text()}, 95 % interval {ends.text()}")


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
