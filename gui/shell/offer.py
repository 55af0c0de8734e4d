"""The bar that offers to go on with a run that was interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QLabel, QWidget

from engine.errors import FoveaError
from gui.pages.base import Session
from gui.theme import pixmap, theme
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, button, label, row

if TYPE_CHECKING:
    from engine.runs.listing import RunInfo

__all__ = ["ResumeOffer"]


class ResumeOffer(QFrame):
    """Shown when a project is opened whose last run was cut off, until it is answered.

    Resume goes on with the run and shows the Train page. Not now hides the bar; the run is not
    offered again before the program is started anew. Any other training hides it, too.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._folder: Path | None = None
        self._missed = False
        self._run = ""
        self._dismissed: set[Path] = set()
        self.setProperty("look", "notice")
        self._picture = QLabel()
        self.words = label("")
        self.resume = button("Resume", self._resume, icon="play")
        self.later = button("Not now", self._dismiss)
        box = row(self._picture, self.words, STRETCH, self.resume, self.later, gap=SPACE)
        box.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        self.setLayout(box)
        self.hide()
        theme().follow(self._draw)
        self._draw()
        session.document.changed.connect(self._on_document)
        session.runner.state_changed.connect(self._on_job)

    def _on_document(self, *_: object) -> None:
        folder = self._session.document.folder
        if folder == self._folder:
            return
        self._folder = folder
        self.hide()
        self._missed = False
        self._look()

    def _look(self) -> None:
        folder = self._folder
        if folder is not None:
            self._session.runner.task(lambda _progress: _left(folder), self._offer, owner=self)

    def _offer(self, found: tuple[Path, RunInfo] | None) -> None:
        job = self._session.runner.job
        if found is None or job.active:
            self._missed = found is not None and job.folder != self._folder  # a left project's run
            return
        folder, run = found
        if folder != self._folder or run.path in self._dismissed:
            return
        self._run = run.id
        place = f" in epoch {run.epochs_done + 1} of {run.epochs}" if run.epochs else ""
        self.words.setText(f"Run {run.id} was interrupted{place}.")
        self.setAccessibleName(self.words.text())
        self.show()

    def _resume(self) -> None:
        document = self._session.document
        if document.project is None or document.folder is None:
            return
        self.hide()
        if not (document.folder / "runs" / self._run).is_dir():
            self._session.toast("The run has been deleted.", "warning")
            return
        try:
            self._session.runner.start_training(document.project, document.folder, self._run)
        except FoveaError as error:
            self._session.error(error)
        self._session.go("train")

    def _dismiss(self) -> None:
        if self._folder is not None:
            self._dismissed.add(self._folder / "runs" / self._run)
        self.hide()

    def _on_job(self, job: object) -> None:
        if self._session.runner.job.active:
            self.hide()
        elif self._missed:
            self._missed = False
            self._look()

    def _draw(self) -> None:
        self._picture.setPixmap(pixmap("history", 18, "warning"))


def _left(folder: Path) -> tuple[Path, RunInfo] | None:
    from engine.runs.listing import left_behind

    run = left_behind(folder)
    return (folder, run) if run is not None else None
