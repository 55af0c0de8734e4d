"""The estimates of runs that were measured, and the line of the page that shows the one in hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from engine.errors import FoveaError
from engine.train.tools.dry_run import DryRun, dry_run
from engine.train.tools.estimate import Estimate
from gui.pages.base import Page
from gui.runner import Progress, Task
from gui.theme.tokens import SPACE
from gui.widgets import ElidedLabel, button, restyle, row
from gui.worker import import_torch

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["EstimateLine", "Estimates"]

_MOST = 32


class Estimates(QObject):
    """What dry runs said of how long and how large a run will be, by the project they tried.

    ``changed()``: there is one more.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._known: list[tuple[Project, Estimate]] = []

    def keep(self, project: Project, estimate: Estimate) -> None:
        """Remembers an estimate; the oldest of many is forgotten."""
        others = [entry for entry in self._known if not _same(entry[0], project)]
        self._known = [*others[1 - _MOST :], (project, estimate)]
        self.changed.emit()

    def of(self, project: Project | None) -> Estimate | None:
        """The estimate for a project of the same images, augmentation, model and recipe."""
        if project is None:
            return None
        return next((found for known, found in self._known if _same(known, project)), None)


def _same(one: Project, other: Project) -> bool:
    parts = ("data", "augment", "model", "training")
    return all(
        (mine := getattr(one, part)) is (theirs := getattr(other, part)) or mine == theirs
        for part in parts
    )


class EstimateLine(QWidget):
    """“About 12 min, 1.4 GB of 6 GB”, or the offer to measure it; for the page before a start.

    It is measured only when asked, by a click here or by a dry run. Hidden while a training runs.
    """

    def __init__(self, page: Page, estimates: Estimates) -> None:
        super().__init__(page)
        self._page, self._estimates = page, estimates
        self._task: Task | None = None
        self._measured: Path | None = None
        self.words = ElidedLabel("", "muted")
        self.measure = button("Estimate time and memory", self._on_click, look="link", icon="clock")
        whole = row(self.words, self.measure, gap=SPACE)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.setAccessibleName("Estimate of the run")
        estimates.changed.connect(self.refresh)
        page.document.changed.connect(lambda *_: self.refresh())
        page.runner.state_changed.connect(lambda _job: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        """Shows what is known of the project as it is."""
        project = self._page.document.project
        found = self._estimates.of(project)
        training = self._page.runner.job.active
        self.setVisible(project is not None and not training)
        if self._task is not None and (training or self._page.document.folder != self._measured):
            self._task.cancel()  # two that compute at once would only measure each other
            self._task = None
        if self._task is not None:
            self._show("Measuring the time of a step…", "", "Cancel")
        elif found is not None:
            warning = " ".join(found.warnings)
            words = f"A run takes {found.words}."
            self._show(f"{words} {warning}".strip(), "error" if warning else "muted", "")
        else:
            self._show("", "", "Estimate time and memory")

    def _show(self, words: str, look: str, action: str) -> None:
        self.words.setText(words)
        self.words.setVisible(bool(words))
        restyle(self.words, "look", look or "muted")
        self.measure.setText(action)
        self.measure.setVisible(bool(action))

    def _on_click(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._end()
            return
        project, folder = self._page.document.project, self._page.document.folder
        if project is None or folder is None:
            return

        def work(progress: Progress) -> DryRun:
            import_torch()
            return dry_run(project, folder, progress=progress)

        def show(found: DryRun) -> None:
            self._end()
            if found.estimate is not None:
                self._estimates.keep(project, found.estimate)
            elif found.error is not None:
                self._page.session.error(found.error)

        self._measured = folder
        self._task = self._page.runner.task(work, show, self._fail, owner=self)
        self.refresh()

    def _fail(self, error: FoveaError) -> None:
        self._end()
        self._page.session.error(error)

    def _end(self) -> None:
        self._task = None
        self.refresh()
