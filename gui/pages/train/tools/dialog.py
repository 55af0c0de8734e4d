"""What the dialogs of the tools share: work behind the window, progress, cancel, an error."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QProgressBar,
    QTreeWidget,
    QVBoxLayout,
    QWidget,
)

from engine.errors import FoveaError
from gui.pages.base import Page
from gui.runner import Progress, Task
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, ElidedLabel, ProblemBox, button, column, label, row
from gui.worker import import_torch

__all__ = ["ToolDialog", "result_table"]

_WIDTH, _HEIGHT = 96 * SPACE, 68 * SPACE


class ToolDialog(QDialog):
    """A dialog that works as soon as it opens; closing it cancels the work.

    Subclasses put their widgets into :attr:`body` and write :meth:`work`, :meth:`advance` and
    :meth:`finish`. It blocks its window, so that the project stays as it was when the work began.
    """

    def __init__(self, page: Page, title: str, intro: str, again: str) -> None:
        super().__init__(page)
        self.page = page
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._task: Task | None = None
        self.body = QVBoxLayout()
        self.body.setSpacing(SPACE)
        self.problem = ProblemBox()
        self.bar = QProgressBar(textVisible=False)
        self.bar.setAccessibleName("Progress")
        self.detail = ElidedLabel("", "muted")
        self.cancel = button("Cancel", self.stop)
        self.again = button(again, self.start, icon="refresh-cw")
        self.close_button = button("Close", self.reject)
        for each in (self.cancel, self.again, self.close_button):
            each.setAutoDefault(False)
        self.progress = QWidget()
        under = row(self.detail, self.cancel)
        under.setStretch(0, 1)
        self.progress.setLayout(column(self.bar, under, gap=SPACE // 2))
        self.foot = row(self.again, STRETCH, self.close_button)
        whole = column(
            label(intro, "muted", wrap=True),
            self.problem,
            self.body,
            self.progress,
            self.foot,
            gap=SPACE + 4,
            margin=2 * SPACE,
        )
        whole.setStretch(2, 1)
        self.setLayout(whole)
        self.resize(_WIDTH, _HEIGHT)

    @property
    def running(self) -> bool:
        """Whether it is at work."""
        return self._task is not None

    def start(self) -> None:
        """Begins the work, or begins it again."""
        project, folder = self.page.document.project, self.page.document.folder
        if self.running or project is None or folder is None:
            return
        self.problem.show_error(None)

        def work(progress: Progress) -> Any:
            progress(0, 0, "Starting")
            import_torch()
            return self.work(project, folder, progress)

        self._task = self.page.runner.task(
            work, self._done, self._failed, self._advanced, owner=self
        )
        self._show_state()
        self.cancel.setFocus()

    def stop(self) -> None:
        """Ends the work; what was measured so far stays on the screen."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self.cancelled()
            self._show_state()

    def work(self, project: Any, folder: Any, progress: Progress) -> Any:
        """Hook, on a worker: does the work on the project as it was when it began."""
        raise NotImplementedError

    def advance(self) -> None:
        """Hook: shows what the worker has found by now; called at each progress."""

    def finish(self, result: Any) -> None:
        """Hook: shows what came of it."""

    def cancelled(self) -> None:
        """Hook: the person has ended the work."""

    def done(self, result: int) -> None:
        """Cancels what is still at work, and closes."""
        self.stop()
        super().done(result)

    def _advanced(self, done: int, total: int, text: str) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.detail.setText(text)
        self.advance()

    def _done(self, result: Any) -> None:
        self._task = None
        self.advance()
        self._show_state()
        self.finish(result)

    def _failed(self, error: FoveaError) -> None:
        self._task = None
        self.advance()
        self._show_state()
        self.problem.show_error(error, "")

    def _show_state(self) -> None:
        self.progress.setVisible(self.running)
        self.again.setVisible(not self.running)
        if self.running:
            self.bar.setRange(0, 0)
            self.detail.setText("Starting")
        else:
            self.close_button.setFocus()


def result_table(name: str, *titles: str) -> QTreeWidget:
    """A table of results, called ``name`` by screen readers; its last column takes what is left."""
    made = QTreeWidget()
    made.setHeaderLabels(list(titles))
    made.setRootIsDecorated(False)
    made.setUniformRowHeights(True)
    made.setAccessibleName(name)
    made.setProperty("look", "table")
    last = len(titles) - 1
    for place in range(last):
        made.header().setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
    made.header().setSectionResizeMode(last, QHeaderView.ResizeMode.Stretch)
    return made
