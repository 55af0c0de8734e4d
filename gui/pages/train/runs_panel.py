"""The runs of the project, and what can be done with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QWidget

from engine.errors import FoveaError
from engine.runs.comparing import differing
from engine.runs.folder import RunFolder
from engine.runs.listing import RunInfo
from engine.runs.notes import write_note
from engine.runs.removing import delete_run
from gui.job import Job
from gui.pages.base import Session
from gui.pages.train.compare import MOST, CompareDialog
from gui.pages.train.runs import RunTable
from gui.pages.train.tabs import Panel
from gui.theme import set_icon
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, IconButton, Question, button, column, row

__all__ = ["RunsPanel", "resume_obstacle"]

_RESUMABLE = ("stopped", "interrupted", "failed")
_OBSTACLES = {
    "running": "This run is being trained.",
    "done": "This run is done: all its epochs were trained.",
    "early": "This run has ended early, as its recipe asks.",
    "damaged": "This run is damaged: its facts cannot be read.",
}


def resume_obstacle(run: RunInfo | None, job: Job) -> str:
    """Why a run cannot be resumed, in a sentence; empty when it can."""
    if run is None:
        return "Choose a run in the table."
    if run.status not in _RESUMABLE:
        return _OBSTACLES.get(run.status, "Stopped and interrupted runs can be resumed.")
    running = job.what
    return f"A {running} is running already: stop it, or wait for its end." if job.active else ""


class RunsPanel(Panel):
    """The table with its buttons.

    Signals:
        resume_wished(run): go on with a run.
        list_wished(): something changed on disc: read the list again.
        removed(run): a run was deleted.
    """

    resume_wished = Signal(str)
    list_wished = Signal()
    removed = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.table = RunTable()
        self.resume = button("Resume", self._resume, icon="play")
        self.adopt = button("Use settings", self._adopt, icon="history")
        self.evaluate = button("Evaluate", lambda: session.go("evaluate"), icon="target")
        self.compare = button("Compare", self._compare, icon="table")
        self.more = IconButton("ellipsis", "More for the marked runs", self._open_more)
        buttons = (self.resume, self.adopt, self.evaluate, self.compare, self.more)
        self.tools.setLayout(row(*buttons, STRETCH))
        whole = column(self.table, self.tools, gap=SPACE)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        table = self.table
        table.marked.connect(self.enable)
        table.runs.noted.connect(self._on_note)
        table.list_wished.connect(self.list_wished)
        table.customContextMenuRequested.connect(
            lambda at: self._menu().popup(table.viewport().mapToGlobal(at))
        )
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), table, self.delete)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        self.enable()

    def enable(self) -> None:
        """Lets only what can be done now be clicked, and says why not."""
        run, marked = self.table.current(), self.table.selected()
        status = run.status if run else ""
        obstacle = resume_obstacle(run, self.session.runner.job)
        self.resume.setEnabled(not obstacle)
        self.resume.setToolTip(obstacle or "Goes on where this run's last checkpoint was made.")
        self.adopt.setEnabled(run is not None and status != "damaged")
        self.adopt.setToolTip("Gives the project the settings of this run, as one undo step.")
        self.evaluate.setEnabled(run is not None and bool(run.best_epoch))
        few = 2 <= sum(run.status != "damaged" for run in marked) <= MOST
        self.compare.setEnabled(few)
        how = f"Mark 2 to {MOST} runs with Ctrl or Shift to compare them."
        self.compare.setToolTip("Shows in which settings the marked runs differ." if few else how)
        self.more.setEnabled(bool(marked))

    # Actions

    def _resume(self) -> None:
        run = self.table.current()
        if run is not None:
            self.resume_wished.emit(run.id)

    def _adopt(self) -> None:
        """Takes the settings of the current run into the project, as one undo step.

        Its name stays, and so do its images when the run was trained on another list of them.
        """
        from engine.project.document import Project

        run, project = self.table.current(), self.session.document.project
        if run is None or project is None:
            return
        try:
            found = Project.from_json(RunFolder(run.path).read_project())
            same = found.data.manifest == project.data.manifest
            data = found.data if same else project.data
            taken = found.with_(name=project.name, data=data)
            self.session.document.apply(taken, f"Use settings of run {run.id}")
        except FoveaError as error:
            self.session.error(error)
            return
        self.session.toast(f"The project has the settings of run {run.id}.", "success")

    def _compare(self) -> None:
        runs = [run for run in self.table.selected() if run.status != "damaged"]

        def read(_progress: object) -> dict[str, tuple[str, ...]]:
            return differing([RunFolder(run.path).read_project() for run in runs])

        self._task(read, lambda found: CompareDialog(runs, found, self.window()).show())

    def _open_folder(self) -> None:
        run = self.table.current()
        if run is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(run.path))):
            self.session.toast(f"No program opens folders here. It is {run.path}.", "warning")

    def _on_note(self, run: str, text: str) -> None:
        info = next((info for info in self.table.runs.runs if info.id == run), None)
        if info is not None:
            path = info.path
            done = self.list_wished.emit
            self._task(lambda _progress: write_note(path, text), lambda _none: done())

    def delete(self) -> None:
        """Deletes the marked runs for good, after asking."""
        marked = self.table.selected()
        runs = [run for run in marked if run.status != "running"]
        if not runs:
            if marked:
                self.session.toast("A run that trains cannot be deleted.", "warning")
            return
        if self._ask(runs) == "delete":
            self._delete([run.path for run in runs])

    def _ask(self, runs: Sequence[RunInfo]) -> str:
        what = f"run {runs[0].id}" if len(runs) == 1 else f"{len(runs)} runs"
        return Question(
            f"Delete {what} for good?",
            "Its weights, curves, messages, evaluations and note are removed from the disc. "
            "They do not go to the trash, and undo does not bring them back.",
            [("delete", "Delete", "danger"), ("keep", "Keep", "")],
            self.window(),
        ).ask()

    def _delete(self, paths: list[Path]) -> None:
        def work(_progress: object) -> tuple[list[str], FoveaError | None]:
            gone = []
            for path in paths:
                try:
                    delete_run(path)
                except FoveaError as error:
                    return gone, error
                gone.append(path.name)
            return gone, None

        def done(found: tuple[list[str], FoveaError | None]) -> None:
            for run in found[0]:
                self.removed.emit(run)
            self.list_wished.emit()
            if found[1] is not None:
                self.session.error(found[1])

        self._task(work, done)

    def _task(
        self, work: Callable[[Any], Any], done: Callable[[Any], object] | None = None
    ) -> None:
        self.session.runner.task(work, done, self.session.error, owner=self)

    # Menus

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        marked = self.table.selected()
        one = len(marked) == 1
        for text, icon, run, on in (
            ("Write note…\tF2", "pencil", self.table.write_note, one),
            ("Compare", "table", self._compare, self.compare.isEnabled()),
            ("Open folder", "folder-open", self._open_folder, one),
            ("Delete…\tDel", "x", self.delete, bool(marked)),
        ):
            action = menu.addAction(text, run)
            set_icon(action, icon)
            action.setEnabled(on)
        return menu

    def _open_more(self) -> None:
        self._menu().popup(self.more.mapToGlobal(QPoint(0, self.more.height())))
