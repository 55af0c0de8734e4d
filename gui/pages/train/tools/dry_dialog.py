"""The dry run: a list of parts that fills as each is done, and the estimate below."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QTreeWidgetItem
from typing_extensions import override

from engine.train.tools.dry_run import PARTS, Check, DryRun, dry_run
from engine.train.tools.words import duration, size
from gui.pages.base import Page
from gui.pages.train.tools.dialog import ToolDialog, result_table
from gui.pages.train.tools.estimates import Estimates
from gui.runner import Progress
from gui.theme import icon, theme
from gui.theme.tokens import SPACE
from gui.widgets import label

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["DryDialog"]

_INTRO = (
    "One batch goes through everything that a training does, before hours are spent. No run is "
    "made and nothing of it stays on the disc."
)
_MARKS = {
    "ok": ("circle-check", "success"),
    "failed": ("circle-x", "danger"),
    "not reached": ("minus", "muted"),
    "": ("circle", "muted"),
}


class DryDialog(ToolDialog):
    """Runs as it opens; the estimate goes to ``estimates``, where the page shows it."""

    def __init__(self, page: Page, estimates: Estimates) -> None:
        super().__init__(page, "Dry run", _INTRO, "Run again")
        self._estimates = estimates
        self._project: Project | None = None
        self._inbox: deque[Check] = deque()
        self._states: dict[str, str] = {}
        self._items: dict[str, QTreeWidgetItem] = {}
        self.table = result_table("Parts of the dry run", "Part", "Result", "Time", "Details")
        self.estimate = label("", "section", wrap=True, select=True)
        self.details = label("", "muted", wrap=True, select=True)
        for part, stretch in ((self.table, 1), (self.estimate, 0), (self.details, 0)):
            self.body.addWidget(part, stretch)
        theme().follow(self._retint)
        self._clear()

    @override
    def start(self) -> None:
        self._inbox = deque()
        self._project = self.page.document.project
        self._clear()
        super().start()

    @override
    def work(self, project: Project, folder: Path, progress: Progress) -> DryRun:
        return dry_run(project, folder, progress=progress, on_check=self._inbox.append)

    @override
    def advance(self) -> None:
        while self._inbox:
            self._show(self._inbox.popleft())

    @override
    def finish(self, result: DryRun) -> None:
        if result.error is not None:
            self.problem.show_error(result.error, "")
        found = result.estimate
        if found is not None:
            self.estimate.setText(f"A run takes {found.words}.")
            self.details.setText(
                f"{found.steps:,} steps at {found.images_per_second:,.0f} images a second on "
                f"{found.device}; {size(found.disc)} on disc for checkpoints, "
                f"{size(found.disc_free)} are free. " + " ".join((*found.warnings, *result.notes))
            )
            self.estimate.show()
            self.details.show()
            if self._project is not None:
                self._estimates.keep(self._project, found)

    def state(self, name: str) -> str:
        """What is shown of a part: ok, failed, not reached, or empty while it is to come."""
        return self._states[name]

    def _clear(self) -> None:
        self.table.clear()
        self._states, self._items = dict.fromkeys(PARTS, ""), {}
        for name, title in PARTS.items():
            item = QTreeWidgetItem([title, "", "", ""])
            item.setSizeHint(3, QSize(0, 3 * SPACE))  # the column that is not fitted to its content
            item.setIcon(0, icon(*_MARKS[self._states[name]]))
            self.table.addTopLevelItem(item)
            self._items[name] = item
        self.estimate.hide()
        self.details.hide()

    def _show(self, check: Check) -> None:
        self._states[check.name] = check.state
        item = self._items[check.name]
        took = duration(check.seconds) if check.state == "ok" else ""
        for place, text in enumerate((check.title, check.state, took, check.text)):
            item.setText(place, text)
            item.setToolTip(place, text)
        item.setIcon(0, icon(*_MARKS[check.state]))

    def _retint(self) -> None:
        for name, item in self._items.items():
            item.setIcon(0, icon(*_MARKS[self._states[name]]))
