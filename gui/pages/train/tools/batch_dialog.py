"""The batch size finder: a row and a point for each size, and one click to use the choice."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QTreeWidgetItem
from typing_extensions import override

from engine.errors import FoveaError
from engine.train.tools.batch_size import find_batch_size
from engine.train.tools.batch_sizes import REMARK, BatchSizes, Trial, with_size
from engine.train.tools.words import duration, size
from gui.pages.base import Page
from gui.pages.train.tools.dialog import ToolDialog, result_table
from gui.plots.log_plot import LogPlot
from gui.runner import Progress
from gui.theme.tokens import SPACE
from gui.widgets import button, label, row

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["BatchDialog"]

SPEED = "Images per second"
_INTRO = (
    "A few steps of a copy with batches of each size show which fit the memory and which are fast. "
    "The project and its runs stay as they are."
)


class BatchDialog(ToolDialog):
    """Runs as it opens; “Use” is one undo step on the batch size."""

    def __init__(self, page: Page) -> None:
        super().__init__(page, "Batch size", _INTRO, "Measure again")
        self.found: BatchSizes | None = None
        self._trials: list[Trial] = []
        self._inbox: deque[Trial] = deque()
        self.table = result_table("Batch sizes", "Size", "Images/s", "A step", "Memory")
        self.plot = LogPlot(
            "Speed", x_label="Batch size", empty="A point appears with each size that fits."
        )
        self.plot.add_series(SPEED, colour=0, smoothed=False)
        self.plot.header.smooth_button.hide()
        self.plot.failed.connect(page.session.error)
        self.verdict = label("", "section", wrap=True, select=True)
        self.how = label("", "", wrap=True, select=True)
        self.remark = label(REMARK, "muted", wrap=True, select=True)
        self.use = button("Use", self._use, look="primary")
        self.use.setAutoDefault(False)
        both = row(self.table, self.plot, gap=SPACE)
        both.setStretch(0, 5)
        both.setStretch(1, 6)
        self.body.addLayout(both, 1)
        for part in (self.verdict, self.how, self.remark):
            self.body.addWidget(part)
        self.foot.insertWidget(2, self.use)
        self._show_result()

    @override
    def start(self) -> None:
        self.found = None
        self._trials, self._inbox = [], deque()
        self._draw()
        self._show_result()
        super().start()

    @override
    def work(self, project: Project, folder: Path, progress: Progress) -> BatchSizes:
        return find_batch_size(project, folder, progress=progress, on_trial=self._inbox.append)

    @override
    def advance(self) -> None:
        if self._inbox:
            while self._inbox:
                self._trials.append(self._inbox.popleft())
            self._draw()

    @override
    def finish(self, result: BatchSizes) -> None:
        self.found = result
        self._show_result()
        if self.use.isVisible():
            self.use.setFocus()

    @override
    def cancelled(self) -> None:
        self.verdict.setText("Cancelled: not all sizes were tried.")
        self.verdict.show()

    def _draw(self) -> None:
        """All trials anew, by size: a card's limit is closed in on from both sides."""
        ordered = sorted(self._trials, key=lambda trial: trial.size)
        self.table.clear()
        for trial in ordered:
            self.table.addTopLevelItem(_item(trial))
        fitting = [trial for trial in ordered if trial.fits]
        self.plot.clear()
        self.plot.append(
            SPEED,
            [trial.size for trial in fitting],
            [trial.images_per_second for trial in fitting],
        )
        self.plot.flush()

    def _show_result(self) -> None:
        found = self.found
        suggestion = None if found is None else found.suggestion
        changes = found is not None and suggestion not in (None, found.current)
        self.use.setVisible(changes)
        for part in (self.verdict, self.how, self.remark):
            part.setVisible(found is not None)
        if found is None:
            return
        if suggestion is None or found.largest is None:
            self.verdict.setText("No batch size fits the memory.")
        else:
            proven = "" if found.largest_measured else ", by the memory estimate"
            choice = "is a good choice" if not changes else "suggested"
            self.verdict.setText(
                f"Batch size {suggestion:,} {choice}; the project has {found.current:,}. The "
                f"largest that fits is {found.largest:,}{proven}."
            )
            self.plot.mark_best(suggestion, f"{suggestion:,}")
            self.use.setText(f"Use {suggestion:,}")
        self.how.setText(f"{found.how} Measured on {found.device}.")

    def _use(self) -> None:
        project, found = self.page.document.project, self.found
        if project is None or found is None or found.suggestion is None:
            return
        try:
            changed = with_size(project, found.suggestion)
            self.page.document.apply(changed, f"Use batch size {found.suggestion}")
        except FoveaError as error:
            self.problem.show_error(error, "")
            return
        self.page.session.toast(f"The batch size is {found.suggestion:,} now.", "success")
        self.accept()


def _item(trial: Trial) -> QTreeWidgetItem:
    memory = "fits" if trial.memory is None else size(trial.memory)
    texts = [f"{trial.size:,}", f"{trial.images_per_second:,.0f}", duration(trial.step_seconds)]
    texts = [*texts, memory] if trial.fits else [texts[0], "–", "–", "does not fit"]
    item = QTreeWidgetItem(texts)
    item.setSizeHint(3, QSize(0, 3 * SPACE))
    return item
