"""The card that trains for ten seconds and says how fast."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar, QWidget

from engine.errors import FoveaError
from gui.job import Job
from gui.runner import Progress, Runner, Task
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Card, button, clear, column, hand_on, label, row

__all__ = ["SpeedCard"]

_WHAT = (
    "Trains the default model on drawn images for ten seconds, on the graphics card if there is "
    "one, and on the processor. Nothing is kept of it."
)


class SpeedCard(Card):
    """A button, then a progress with Cancel, then images per second; never beside a training."""

    def __init__(self, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__("Test training", parent=parent)
        self._runner = runner
        self._task: Task | None = None
        self._allowed = False
        self.start = button("Test for 10 s", self._start, icon="play")
        self.cancel = button("Cancel", self._cancel)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the test training")
        self.now = label("", "muted")
        self._results = column(gap=SPACE // 2)
        line = row(self.start, self.bar, self.cancel, STRETCH, gap=2 * SPACE)
        line.setStretch(1, 100)  # the bar takes the room while it is shown
        self.body.addWidget(label(_WHAT, "muted", wrap=True))
        self.body.addLayout(line)
        self.body.addWidget(self.now)
        self.body.addLayout(self._results)
        hand_on(self.start, self.cancel)
        hand_on(self.cancel, self.start)
        self._show_running(False)
        self._say(("Not tested yet.",))  # as high as a result, so that nothing moves when it comes
        runner.state_changed.connect(self._on_job)
        self._on_job(runner.job)

    def allow(self) -> None:
        """The computer is known: its test can begin."""
        self._allowed = True
        self._on_job(self._runner.job)

    def _start(self) -> None:
        self._say(())
        self._show_running(True)
        self.bar.setRange(0, 0)
        self.now.setText("Getting ready…")
        self._task = self._runner.task(_try, self._done, self._failed, self._advance, self)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self._show_running(False)
            self._say(("The test was cancelled.",))

    def _advance(self, done: int, total: int, text: str) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.now.setText(text)

    def _done(self, lines: tuple[str, ...]) -> None:
        self._task = None
        self._show_running(False)
        self._say(lines)

    def _failed(self, error: FoveaError) -> None:
        self._done((f"{error.what} {error.why} {error.fix}".strip(),))

    def _say(self, lines: tuple[str, ...]) -> None:
        clear(self._results)
        for line in lines:
            self._results.addWidget(label(line, wrap=True, select=True))

    def _show_running(self, on: bool) -> None:
        self.start.setVisible(not on)
        for part in (self.bar, self.cancel, self.now):
            part.setVisible(on)

    def _on_job(self, job: Job) -> None:
        if job.active:
            self._cancel()
        self.start.setEnabled(self._allowed and not job.active)
        why = f"A {job.what} is running." if job.active else ""
        self.start.setToolTip(why)


def _try(progress: Progress) -> tuple[str, ...]:
    """On a worker: the test, in words."""
    from engine.computer.trying import try_training
    from engine.computer.words import trial_words

    return trial_words(try_training(progress))
