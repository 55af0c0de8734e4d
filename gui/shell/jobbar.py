"""The bar below the pages: the running training or search, on every page."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QWidget

from gui.check_job import CheckJob
from gui.job import Job
from gui.numbers import decimal, duration, percent
from gui.runner import Runner
from gui.search_job import SearchJob
from gui.theme import pixmap, set_icon, theme
from gui.theme.tokens import SPACE
from gui.widgets import ElidedLabel, IconButton, button, label, row

__all__ = ["JobBar"]

_HEADS = {
    "starting": ("loader", "link", "Preparing training"),
    "running": ("activity", "link", "Training"),
    "paused": ("pause", "warning", "Paused"),
    "stopping": ("square", "warning", "Stopping after this step"),
    "failed": ("circle-alert", "danger", "Training failed"),
}
_SEARCH_HEADS = {
    "starting": ("loader", "link", "Preparing the search"),
    "running": ("activity", "link", "Searching"),
    "stopping": ("square", "warning", "Pausing after this step"),
    "failed": ("circle-alert", "danger", "Search failed"),
}
_SEARCH_ENDINGS = {
    "done": ("circle-check", "success", "Search finished"),
    "stopped": ("pause", "muted", "Search paused"),
    "paused": ("circle-alert", "danger", "Search gave up"),
}
_CHECK_HEADS = {
    "starting": ("loader", "link", "Preparing the check"),
    "running": ("activity", "link", "Checking the winner"),
    "stopping": ("square", "warning", "Stopping after this step"),
    "failed": ("circle-alert", "danger", "Check failed"),
}
_CHECK_ENDINGS = {
    "done": ("circle-check", "success", "Winner checked"),
    "stopped": ("square", "muted", "Check stopped"),
    "paused": ("circle-alert", "danger", "Check failed"),
}
_WAITING = ("triangle-alert", "warning", "Waiting for room on the disc")
_ENDINGS = {
    "done": ("circle-check", "success", "Training finished"),
    "early": ("circle-check", "success", "Finished early, no more improvement"),
    "stopped": ("square", "muted", "Training stopped"),
}


class JobBar(QWidget):
    """Progress, time left, speed, pause and stop; a click anywhere else emits ``clicked``.

    It appears when a training or a search starts and stays until the next start or until it is
    dismissed. A search is not held, only stopped: it goes on where it was.
    """

    clicked = Signal()

    def __init__(self, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self.setObjectName("jobbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(6 * SPACE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip("Go to the Train page")
        self._picture = QLabel()
        self.head = label("", "section")
        self.bar = QProgressBar(textVisible=False)
        self.bar.setRange(0, 1000)
        self.bar.setFixedWidth(26 * SPACE)
        self.bar.setAccessibleName("Progress of training")
        self.facts = ElidedLabel("", "muted")
        self.pause = IconButton("pause", "Pause training", self._pause)
        self.after_epoch = button("Stop after epoch", runner.stop_after_epoch)
        self.after_epoch.setToolTip("Ends the run when the epoch in hand and its check are done.")
        self.stop = button("Stop", runner.stop, icon="square")
        self.dismiss = IconButton("x", "Dismiss", self.hide)
        box = row(self._picture, self.head, self.bar, self.facts, gap=SPACE + 4)
        box.setStretch(3, 1)
        for part in (self.pause, self.after_epoch, self.stop, self.dismiss):
            box.addWidget(part)
        box.setContentsMargins(2 * SPACE, 0, 2 * SPACE, 0)
        self.setLayout(box)
        theme().follow(self._draw)
        runner.job_changed.connect(self.show_job)
        self._icon = ("activity", "link")
        self._phase = "idle"
        self.show_job(runner.job)

    def show_job(self, job: Job) -> None:
        """Shows a job; an idle one hides the bar."""
        if job.phase == "idle":
            self.hide()
            return
        if job.active or job.phase != self._phase:
            self.show()
        self._phase = job.phase
        icon, colour, head = _head(job)
        if job.waits_for and job.phase in ("running", "paused"):
            icon, colour, head = _WAITING
        self._icon = (icon, colour)
        self._draw()
        self.head.setText(head)
        self.setAccessibleName(head)
        self._show_numbers(job)
        searching = job.search is not None
        self.setToolTip(f"Go to the {'Tune' if searching else 'Train'} page")
        self.bar.setAccessibleName(
            f"Progress of the {job.what}" if searching else "Progress of training"
        )
        goes_on = job.phase in ("running", "paused") and not searching
        self.pause.setVisible(goes_on)
        self.after_epoch.setVisible(goes_on and not job.ends_after_epoch)
        paused = job.phase == "paused"
        set_icon(self.pause, "play" if paused else "pause", "muted")
        words = "Resume training" if paused else "Pause training"
        self.pause.setToolTip(words)
        self.pause.setAccessibleName(words)
        self.stop.setVisible(job.active)
        self.stop.setEnabled(job.phase != "stopping")
        self.dismiss.setVisible(not job.active)

    def _show_numbers(self, job: Job) -> None:
        waiting = job.phase == "starting"
        self.bar.setRange(0, 0 if waiting else 1000)
        self.bar.setValue(round(job.fraction * 1000))
        self.bar.setVisible(job.active)
        self.facts.setText("     ".join(_facts(job)))

    def _draw(self) -> None:
        self._picture.setPixmap(pixmap(self._icon[0], 18, self._icon[1]))

    def _pause(self) -> None:
        if self._runner.job.phase == "paused":
            self._runner.resume()
        else:
            self._runner.pause()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Goes to the page of the job."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter does what a click does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)


def _head(job: Job) -> tuple[str, str, str]:
    """Icon, its colour and the words for how it stands."""
    heads, endings = (_HEADS, _ENDINGS) if job.search is None else (_SEARCH_HEADS, _SEARCH_ENDINGS)
    if isinstance(job.search, CheckJob):
        heads, endings = _CHECK_HEADS, _CHECK_ENDINGS
    return heads.get(job.phase) or endings.get(job.ending, endings["stopped"])


def _search_facts(job: Job, search: SearchJob) -> list[str]:
    if search.why and not job.active:
        return [search.why]
    facts = []
    if search.trials:
        number = min(search.done + 1, search.trials) if job.active else search.done
        one = "Run" if isinstance(search, CheckJob) else "Trial"
        facts.append(f"{one} {number:,} of {search.trials:,}")
    if search.best is not None:
        share = search.quantity == "fraction"
        best = percent(search.best) if share else decimal(search.best)
        facts.append(f"Best {search.label} {best}")
    if job.active and job.eta is not None:
        facts.append(f"{duration(job.eta)} left")
    return facts


def _facts(job: Job) -> list[str]:
    if job.phase == "failed" and job.error is not None:
        return [job.error.what]
    if job.waits_for and job.active:
        return [job.waits_for]
    if job.search is not None:
        return _search_facts(job, job.search)
    facts = []
    if job.epochs:
        facts.append(f"Epoch {min(job.epoch, job.epochs)} of {job.epochs}")
    if job.best is not None:
        facts.append(f"Best validation accuracy {percent(job.best)}")
    if job.active and job.phase != "paused":
        if job.eta is not None:
            facts.append(f"{duration(job.eta)} left")
        if job.images_per_second:
            facts.append(f"{job.images_per_second:,.0f} images/s")
    if job.ends_after_epoch and job.active:
        facts.append("Stops after this epoch")
    return facts
