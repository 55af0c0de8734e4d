"""The bar that offers to go on with a run, or a search, that was interrupted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QLabel, QWidget

from engine.errors import FoveaError
from gui.pages.base import Session
from gui.theme import pixmap, theme
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, button, label, row

if TYPE_CHECKING:
    from engine.tune.folder import StudyFolder

__all__ = ["ResumeOffer"]


@dataclass(frozen=True)
class _Left:
    """What was cut off: its project's folder, its own, what to say; and the study, if it is one."""

    folder: Path
    place: Path
    words: str
    study: StudyFolder | None = None


class ResumeOffer(QFrame):
    """Shown when a project is opened whose last run or search was cut off, until it is answered.

    Resume goes on with it and shows its page. Not now hides the bar; it is not offered again before
    the program is started anew. Any other training or search hides it, too.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._folder: Path | None = None
        self._missed = False
        self._left: _Left | None = None
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
            self._session.runner.task(lambda _progress: _find(folder), self._offer, owner=self)

    def _offer(self, found: _Left | None) -> None:
        job = self._session.runner.job
        if found is None or job.active:
            self._missed = found is not None and job.folder != self._folder  # of a left project
            return
        if found.folder != self._folder or found.place in self._dismissed:
            return
        self._left = found
        self.words.setText(found.words)
        self.setAccessibleName(self.words.text())
        self.show()

    def _resume(self) -> None:
        document, left = self._session.document, self._left
        if document.project is None or document.folder is None or left is None:
            return
        self.hide()
        what = "run" if left.study is None else "search"
        if not left.place.is_dir():
            self._session.toast(f"The {what} has been deleted.", "warning")
            return
        runner = self._session.runner
        try:
            if left.study is not None:
                runner.start_study(left.study, document.folder)
            else:
                runner.start_training(document.project, document.folder, left.place.name)
        except FoveaError as error:
            self._session.error(error)
        self._session.go("train" if left.study is None else "tune")

    def _dismiss(self) -> None:
        if self._left is not None:
            self._dismissed.add(self._left.place)
        self.hide()

    def _on_job(self, job: object) -> None:
        if self._session.runner.job.active:
            self.hide()
        elif self._missed:
            self._missed = False
            self._look()

    def _draw(self) -> None:
        self._picture.setPixmap(pixmap("history", 18, "warning"))


def _find(folder: Path) -> _Left | None:
    from engine.runs.listing import left_behind
    from engine.tune.interrupted import interrupted_study

    run = left_behind(folder)
    if run is not None:
        place = f" in epoch {run.epochs_done + 1} of {run.epochs}" if run.epochs else ""
        return _Left(folder, run.path, f"Run {run.id} was interrupted{place}.")
    found = interrupted_study(folder)
    if found is None:
        return None
    study, done = found
    words = f"The search {study.name} was interrupted in trial {done + 1} of {study.plan.trials}."
    return _Left(folder, study.path, words, study)
