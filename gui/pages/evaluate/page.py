"""The Evaluate page."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QWidget

from engine.errors import FoveaError
from engine.evaluate import AllEvaluations, evaluate, load_evaluation
from engine.runs.listing import RunInfo, list_runs
from gui.job import Job
from gui.numbers import percent
from gui.pages.base import Action, Page, PageState, Session
from gui.pages.evaluate.result import ResultView
from gui.runner import Progress, Task
from gui.theme.tokens import SPACE
from gui.widgets import (
    BusyOverlay,
    EmptyState,
    ProblemBox,
    Segmented,
    Stack,
    button,
    column,
    label,
    row,
)

__all__ = ["EvaluatePage"]

_PARTS = (("val", "Validation"), ("test", "Test"))
_HINTS = {
    "val": "Validation images chose the best epoch, so these numbers are a little too good.",
    "test": "Test images were never used. Look at them rarely: each look that changes a "
    "decision makes them worth less.",
}


_VARIANTS = (0, 4, 8, 16, 32)
_ABOUT_VARIANTS = (
    "Test-time augmentation: the model looks at each image and at this many changed copies of it,\n"
    "made by the cards that the run was trained with, and its answers are averaged.\n"
    "Often a little more accurate; 8 variants take 9 times as long."
)


class EvaluatePage(Page):
    """A run and a part of the images to choose, and below what its evaluation says."""

    name = "evaluate"
    title = "Evaluate"
    icon = "target"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.result: AllEvaluations | None = None
        self._folder: Path | None = self.document.folder
        self._runs: list[RunInfo] = []
        self._task: Task | None = None
        self.runs = QComboBox()
        self.runs.setAccessibleName("Run")
        self.runs.setMinimumWidth(32 * SPACE)
        self.parts = Segmented(_PARTS, name="Images")
        self.variants = QComboBox()
        self.variants.setAccessibleName("What to average over")
        self.variants.setToolTip(_ABOUT_VARIANTS)
        for count in _VARIANTS:
            self.variants.addItem(_copies(count), count)
        self.start = button("Evaluate", self.evaluate, icon="target")
        self.hint = label("", "caption", wrap=True)
        self.problem = ProblemBox()
        self.view = ResultView(self.runner)
        self.accuracy, self.balanced = self.view.accuracy, self.view.balanced
        self.auc, self.count = self.view.auc, self.view.count
        self.matrix, self.classes = self.view.matrix, self.view.classes
        self.gallery = self.view.gallery
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.head = QWidget()
        line = row(self.runs, self.parts, self.variants, self.start, self.hint)
        line.setStretch(4, 1)
        self.head.setLayout(line)
        self.empty = EmptyState("target", "", "", "Go to Train", lambda: self.session.go("train"))
        self.stack = Stack(self.empty, self.view)
        self.overlay = BusyOverlay(self.stack)
        whole = column(self.head, self.problem, self.stack, gap=SPACE, margin=2 * SPACE)
        whole.setStretch(2, 1)
        self.setLayout(whole)

    def _connect(self) -> None:
        self.runs.activated.connect(lambda _index: self._look_up())
        self.parts.chosen.connect(lambda _part: self._look_up())
        self.view.failed.connect(self.session.error)
        self.overlay.cancelled.connect(self._cancel)
        self.session.images.changed.connect(self._on_images)
        self.runner.state_changed.connect(self._on_job)
        self.document.changed.connect(self._on_document)

    # The page as the window sees it

    def showEvent(self, event: QShowEvent) -> None:
        """Looks at the runs anew: there may be more than when the page was left."""
        super().showEvent(event)
        self.refresh()

    def state(self) -> PageState:
        if self._task is not None:
            return "running"
        return "ready" if self.result is not None else "nothing"

    def primary_action(self) -> Action | None:
        if self.run is None or self.result is not None or self._task is not None:
            return None
        return Action("Evaluate", self.evaluate, "target")

    @property
    def run(self) -> RunInfo | None:
        """The chosen run."""
        index = self.runs.currentIndex()
        return self._runs[index] if 0 <= index < len(self._runs) else None

    def _on_document(self, _before: object, _after: object) -> None:
        """Lets go of what belongs to another project, also while the page is hidden."""
        if self._folder != self.document.folder:
            self._folder = self.document.folder
            self._cancel()
            self._runs = []
            self.runs.clear()
            self._enable()
            self._show(None)
            self.refresh()

    def _on_images(self) -> None:
        """The list of images has come, or is another one: the pictures may be had now."""
        if self.result is not None:
            self.view.show_images(self.session.images.current)

    # Runs

    def _on_job(self, job: Job) -> None:
        if not job.active:
            self.refresh()

    def refresh(self) -> None:
        """Reads the list of runs again, behind the window; keeps the choice."""
        folder = self.document.folder
        if folder is None or not self.isVisible():
            return

        def show(runs: list[RunInfo]) -> None:
            if folder == self.document.folder:
                self._show_runs(runs)

        self.runner.task(lambda _progress: list_runs(folder), show, self.session.error, owner=self)

    def _show_runs(self, runs: list[RunInfo]) -> None:
        chosen = self.run.id if self.run is not None else ""
        known = {run.id for run in self._runs}
        self._runs = [run for run in reversed(runs) if run.best_epoch]
        if self._runs and self._runs[0].id not in known and self._task is None:
            chosen = self._runs[0].id  # a new run is what one wants to see
        self.runs.clear()
        for run in self._runs:
            best = run.metrics.get("val_accuracy")
            self.runs.addItem(f"{run.id}   {percent(best)}" if best is not None else run.id)
        place = next((i for i, run in enumerate(self._runs) if run.id == chosen), 0)
        self.runs.setCurrentIndex(place if self._runs else -1)
        self._look_up()

    def _look_up(self) -> None:
        """Shows what is kept of the chosen run and part, or offers to work it out."""
        run, part = self.run, self.parts.current
        self.hint.setText(_HINTS[part])
        self._enable()
        if run is None:
            self._show(None)
            return
        if self.result is None:
            self.empty.title.setText("Looking for an evaluation…")
            self.empty.text.setText("")
            self.empty.button.hide()
        self.runner.task(
            lambda _progress: load_evaluation(run.path, part),
            lambda found: self._on_looked_up(run, part, found),
            lambda error: self._on_unreadable(run, part, error),
            owner=self,
        )

    def _on_looked_up(self, run: RunInfo, part: str, found: AllEvaluations | None) -> None:
        if self._chosen(run, part) and not _alike(found, self.result):
            self._show(found)

    def _on_unreadable(self, run: RunInfo, part: str, error: FoveaError) -> None:
        if self._chosen(run, part):
            self._show(None)
            self.problem.show_error(error)

    def _chosen(self, run: RunInfo, part: str) -> bool:
        """Whether this is still what the person looks at."""
        now = self.run
        return now is not None and now.path == run.path and self.parts.current == part

    # Evaluating

    def evaluate(self) -> None:
        """Runs the chosen run's model over the chosen part, behind the window."""
        run, folder, part = self.run, self.document.folder, self.parts.current
        if run is None or folder is None or self._task is not None:
            return
        variants = int(self.variants.currentData())
        self.problem.show_error(None)
        self.overlay.start(f"Evaluating run {run.id}")

        def work(progress: Progress) -> AllEvaluations:
            return evaluate(folder, run.id, part, variants=variants, progress=progress)

        self._task = self.runner.task(
            work, self._finish, self._fail, self.overlay.show_progress, owner=self
        )
        self._enable()
        self.state_changed.emit()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._end()

    def _finish(self, result: AllEvaluations) -> None:
        self._end()
        self._show(result)

    def _fail(self, error: FoveaError) -> None:
        self._end()
        self.problem.show_error(error)

    def _end(self) -> None:
        self._task = None
        self._enable()
        self.overlay.finish()
        self.state_changed.emit()

    def _enable(self) -> None:
        """The choice is held while it is evaluated, so that the result is what it says."""
        for control in (self.runs, self.parts, self.variants, self.start):
            control.setEnabled(self.run is not None and self._task is None)
        self.head.setVisible(bool(self._runs))

    # What is shown

    def _show(self, result: AllEvaluations | None) -> None:
        self.result = result
        self.problem.show_error(None)
        self.start.setText("Evaluate" if result is None else "Evaluate again")
        self.stack.show_only(self.empty if result is None else self.view)
        if result is None:
            self._invite()
        else:
            self._show_variants(result.variants)
            self.view.show_result(result, self.session.images.current)
        self.state_changed.emit()

    def _show_variants(self, count: int) -> None:
        """Sets the choice to what the result was made with, be it from the command line."""
        if self.variants.findData(count) < 0:
            self.variants.addItem(_copies(count), count)
        self.variants.setCurrentIndex(self.variants.findData(count))

    def _invite(self) -> None:
        if self.run is None:
            self.empty.title.setText("No trained model yet")
            self.empty.text.setText(
                "Train a model first. Here you will read how good it is, class by class, and see "
                "the images on which it fails."
            )
        else:
            part = dict(_PARTS)[self.parts.current].lower()
            self.empty.title.setText(f"Not evaluated on {part} images yet")
            self.empty.text.setText(_HINTS[self.parts.current])
        self.empty.button.setVisible(self.run is None)


def _copies(count: int) -> str:
    if not count:
        return "Plain images"
    return "Average over 1 variant" if count == 1 else f"Average over {count} variants"


def _alike(one: AllEvaluations | None, other: AllEvaluations | None) -> bool:
    """Whether two evaluations of this project are of the same model and images."""
    if one is None or other is None:
        return False
    return _made_of(one) == _made_of(other)


def _made_of(result: AllEvaluations) -> tuple[object, ...]:
    return result.run, result.split, result.epoch, result.n, result.variants
