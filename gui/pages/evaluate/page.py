"""The Evaluate page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QWidget

from engine.data.paths import shown
from engine.errors import FoveaError
from engine.evaluate import Evaluation, evaluate, load_evaluation
from engine.runs.listing import RunInfo, list_runs
from gui.gallery import Gallery, Tile
from gui.images import ImageSet
from gui.job import Job
from gui.numbers import decimal, percent
from gui.pages.base import Action, Page, PageState, Session
from gui.pages.evaluate.classes import ClassTable
from gui.plots import ConfusionMatrix
from gui.runner import Progress, Task
from gui.theme.tokens import SPACE
from gui.widgets import (
    STRETCH,
    BusyOverlay,
    Card,
    EmptyState,
    ProblemBox,
    Segmented,
    button,
    column,
    label,
    row,
)
from gui.widgets.figure import Figure

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["EvaluatePage"]

_PARTS = (("val", "Validation"), ("test", "Test"))
_HINTS = {
    "val": "Validation images chose the best epoch, so these numbers are a little too good.",
    "test": "Test images were never used. Look at them rarely: each look that changes a "
    "decision makes them worth less.",
}


class EvaluatePage(Page):
    """A run and a part of the images to choose, the measures, and the images behind each cell."""

    name = "evaluate"
    title = "Evaluate"
    icon = "target"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.result: Evaluation | None = None
        self._folder: Path | None = None
        self._runs: list[RunInfo] = []
        self._task: Task | None = None
        self.runs = QComboBox()
        self.runs.setAccessibleName("Run")
        self.runs.setMinimumWidth(32 * SPACE)
        self.parts = Segmented(_PARTS, name="Images")
        self.start = button("Evaluate", self.evaluate, icon="target")
        self.hint = label("", "caption")
        self.problem = ProblemBox()
        self.matrix = ConfusionMatrix()
        self.classes = ClassTable()
        self.gallery = Gallery(self.runner, side=88)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        head = row(self.runs, self.parts, self.start, self.hint, STRETCH)
        self.accuracy = Figure("Accuracy", "Share of right answers, with its 95 % interval.")
        self.balanced = Figure(
            "Balanced accuracy", "Mean recall of the classes: each counts alike."
        )
        self.auc = Figure(
            "AUC", "Area under the ROC curve, one class against the rest; 0.5 is guessing."
        )
        self.count = Figure("Images", "Images of the part evaluated.")
        figures = QHBoxLayout()
        figures.setSpacing(SPACE)
        for figure in (self.accuracy, self.balanced, self.auc, self.count):
            figures.addWidget(figure, 1)
        matrix = Card("Confusion matrix")
        matrix.body.addWidget(self.matrix)
        table = Card("Classes")
        table.body.addWidget(self.classes)
        self.images = Card("Images")
        self.images.head.insertWidget(1, label("Click a cell of the matrix.", "caption"))
        self.images.body.addWidget(self.gallery)
        right = column(table, self.images, gap=SPACE)
        right.setStretch(0, 2)
        right.setStretch(1, 3)
        middle = QHBoxLayout()
        middle.setSpacing(SPACE)
        middle.addWidget(matrix, 1)
        middle.addLayout(right, 1)
        full = QWidget()
        inside = column(figures, middle, gap=SPACE)
        inside.setStretch(1, 1)
        full.setLayout(inside)
        self.empty = EmptyState("target", "", "", "Go to Train", lambda: self.session.go("train"))
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(full)
        self.overlay = BusyOverlay(self.stack)
        whole = column(head, self.problem, self.stack, gap=SPACE, margin=2 * SPACE)
        whole.setStretch(2, 1)
        self.setLayout(whole)

    def _connect(self) -> None:
        self.runs.activated.connect(lambda _index: self._look_up())
        self.parts.chosen.connect(lambda _part: self._look_up())
        self.matrix.cell_clicked.connect(self.show_cell)
        self.matrix.failed.connect(self.session.error)
        self.overlay.cancelled.connect(self._cancel)
        self.session.images.changed.connect(self._on_images)
        self.runner.state_changed.connect(self._on_job)

    # The page as the window sees it

    def show_project(self, before: Project | None, after: Project | None) -> None:
        if after is not None and self._folder != self.document.folder:
            self._folder = self.document.folder
            self.result = None
        self.refresh()

    def state(self) -> PageState:
        if self._task is not None:
            return "running"
        return "ready" if self.result is not None else "nothing"

    def primary_action(self) -> Action | None:
        if self.run is None or self.result is not None:
            return None
        return Action("Evaluate", self.evaluate, "target")

    @property
    def run(self) -> RunInfo | None:
        """The chosen run."""
        index = self.runs.currentIndex()
        return self._runs[index] if 0 <= index < len(self._runs) else None

    def _on_images(self) -> None:
        """The list of images has come, or is another one: the pictures may be had now."""
        if self.result is not None:
            self._show(self.result)

    # Runs

    def _on_job(self, job: Job) -> None:
        if not job.active:
            self.refresh()

    def refresh(self) -> None:
        """Reads the list of runs again, behind the window; keeps the choice."""
        folder = self.document.folder
        if folder is None or not self.isVisible():
            return
        self.runner.task(
            lambda _progress: list_runs(folder), self._show_runs, self.session.error, owner=self
        )

    def _show_runs(self, runs: list[RunInfo]) -> None:
        chosen = self.run.id if self.run is not None else ""
        known = {run.id for run in self._runs}
        self._runs = [run for run in reversed(runs) if run.best_epoch]
        if self._runs and self._runs[0].id not in known:
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
        for control in (self.runs, self.parts, self.start):
            control.setEnabled(run is not None)
        if run is None:
            self._show(None)
            return
        if self.result is None:
            self.empty.title.setText("Looking for an evaluation…")
            self.empty.text.setText("")
            self.empty.button.hide()
        self.runner.task(
            lambda _progress: load_evaluation(run.path, part),
            lambda found: self._show(found) if self._chosen(run.id, part) else None,
            self._fail,
            owner=self,
        )

    def _chosen(self, run: str, part: str) -> bool:
        """Whether this is still what the person looks at."""
        return self.run is not None and self.run.id == run and self.parts.current == part

    # Evaluating

    def evaluate(self) -> None:
        """Runs the chosen run's model over the chosen part, behind the window."""
        run, folder, part = self.run, self.document.folder, self.parts.current
        if run is None or folder is None or self._task is not None:
            return
        self.problem.show_error(None)
        self.overlay.start(f"Evaluating run {run.id}")

        def work(progress: Progress) -> Evaluation:
            return evaluate(folder, run.id, part, progress=progress)

        self._task = self.runner.task(
            work, self._finish, self._fail, self.overlay.show_progress, owner=self
        )
        self.state_changed.emit()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._end()

    def _finish(self, result: Evaluation) -> None:
        self._end()
        self._show(result)

    def _fail(self, error: FoveaError) -> None:
        self._end()
        self.problem.show_error(error)

    def _end(self) -> None:
        self._task = None
        self.overlay.finish()
        self.state_changed.emit()

    # What is shown

    def _show(self, result: Evaluation | None) -> None:
        self.result = result
        self.problem.show_error(None)
        self.start.setText("Evaluate" if result is None else "Evaluate again")
        self.stack.setCurrentIndex(0 if result is None else 1)
        if result is None:
            self._invite()
        else:
            low, high = result.interval
            between = f"95 % between {percent(low)} and {percent(high)}"
            self.accuracy.show_value(percent(result.accuracy), between)
            self.balanced.show_value(percent(result.balanced_accuracy))
            missing = "needs images of every class"
            auc = result.auc
            self.auc.show_value(decimal(auc, 3) if auc is not None else "–", "" if auc else missing)
            self.count.show_value(f"{result.n:,}", f"run {result.run}, epoch {result.epoch}")
            self.matrix.set_matrix(result.confusion, result.classes)
            self.classes.show_evaluation(result)
            self._show_tiles(np.flatnonzero(result.predictions != result.labels), "All mistakes")
        self.state_changed.emit()

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

    def show_cell(self, cell: object) -> None:
        """Shows the images of a cell: (true class, predicted class) as indices."""
        if self.result is None or not isinstance(cell, tuple):
            return
        true, given = cell
        names = self.result.classes
        found = np.flatnonzero((self.result.labels == true) & (self.result.predictions == given))
        title = (
            f"{names[true]} taken for {names[given]}" if true != given else f"{names[true]}, right"
        )
        self._show_tiles(found, title)

    def _show_tiles(self, places: np.ndarray, title: str) -> None:
        result, images = self.result, self.session.images.current
        assert result is not None
        self.images.heading.setText(f"{title}: {len(places):,}")
        sure = result.probabilities[places, result.predictions[places]]
        order = places[np.argsort(-sure, kind="stable")]
        tiles = [self._tile(result, int(place)) for place in order]
        reader = images.reader if images is not None and _same(images, result) else None
        if reader is None and images is not None:
            self.images.heading.setText(f"{title}: the images have changed since this run")
        side = self.gallery.painter.side
        self.gallery.show_tiles(
            tiles, (lambda key: reader.thumbnail(key, side)) if reader is not None else None
        )

    def _tile(self, result: Evaluation, place: int) -> Tile:
        true, given = int(result.labels[place]), int(result.predictions[place])
        chance = percent(float(result.probabilities[place, given]), 0)
        tip = (
            f"{shown(result.paths[place])}\nTrue: {result.classes[true]}\n"
            f"Predicted: {result.classes[given]} with {chance}"
        )
        return Tile(
            int(result.rows[place]),
            f"{result.classes[given]} {chance}",
            tip,
            colour=true,
            mark="" if true == given else "wrong",
        )


def _same(images: ImageSet, result: Evaluation) -> bool:
    """Whether the rows of an evaluation still name the images that it saw."""
    items = images.manifest.items
    rows = result.rows.tolist()
    return all(
        row < len(items) and shown(items[row].name) == path
        for row, path in zip(rows, result.paths, strict=True)
    )
