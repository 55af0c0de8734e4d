"""What the File menu does: new, open, save, save as, recover, and asking before edits are lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from engine.errors import FoveaError
from gui.job import Job
from gui.pages.base import Session
from gui.sample_project import create_sample
from gui.sessions import Sessions
from gui.settings import Settings
from gui.shell.dialogs import Question
from gui.shell.new_project import NewProjectDialog

if TYPE_CHECKING:
    from engine.project.journal import Recovery
    from engine.project.lock import Owner

__all__ = ["FileActions", "documents_folder"]


def documents_folder() -> Path:
    """Where new projects are proposed: ``Fovea`` in the person's documents."""
    places = QStandardPaths.StandardLocation
    place = QStandardPaths.writableLocation(places.DocumentsLocation)
    return (Path(place) if place else Path.home()) / "Fovea"


class FileActions(QObject):
    """The file commands of one window.

    Emits ``opened`` when a project has been opened, and ``sample_made(folder, open_it)`` when the
    sample is there but other work would be left by opening it.
    """

    opened = Signal()
    sample_made = Signal(object, object)

    def __init__(self, session: Session, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._document = session.document
        self._settings = settings
        self._window = window
        self._making_sample = False
        self._begun_with: Path | None = None
        self.programs: Sessions | None = None  # set by the program; without, no other is asked
        session.open_requested.connect(self.open_path)

    def _place(self) -> Path:
        """Where new projects are proposed."""
        return self._settings.projects_folder or documents_folder()

    # Opening

    def new(self, source: Path | None = None) -> None:
        """Asks for images and a place, and makes a project of them."""
        if not self.may_leave():
            return
        dialog = NewProjectDialog(self._session.runner, self._place(), source, self._window)
        dialog.made.connect(self.open)
        dialog.open()

    def choose_project(self) -> None:
        """Lets the person pick a project file."""
        name, _kind = QFileDialog.getOpenFileName(
            self._window, "Open a project", str(self._place()), "Fovea project (*.fovea)"
        )
        if name:
            self.open_path(name)

    def begin_with(self, path: Path) -> None:
        """Opens what the program was started for; another window that has it may replace this."""
        from engine.project.store import locate

        self._begun_with = locate(path)
        self.open_path(path)

    def open_path(self, path: object) -> None:
        """Opens a project, or starts a new one from images at ``path``."""
        from engine.project.store import is_project, locate

        place = Path(str(path))
        try:
            project = is_project(locate(place))
            nothing = not project and (place.suffix == ".fovea" or not place.exists())
        except (OSError, ValueError) as error:
            self._session.error(_not_there(place, getattr(error, "strerror", "") or str(error)))
            return
        if nothing:
            self._session.error(_not_there(place))
        elif not project:
            self.new(place)
        elif self.may_leave():
            self.open(locate(place))

    def open(self, folder: Path) -> None:
        """Opens a project without asking for the present one; offers recovery and backups.

        Where somebody else has it open, the person is asked whether to read it only.
        """
        from engine.project.lock import other_owner

        owner = other_owner(folder)
        if owner is None or self._may_read_only(folder, owner):
            self._open(folder, lambda: self._document.open(folder))

    def _may_read_only(self, folder: Path, owner: Owner) -> bool:
        """Asks what to do with a project that is open elsewhere; may show the other window."""
        shows = self.programs is not None and self.programs.can_show(owner.process)
        answers = [("show", "Show that window", "primary")] if shows else []
        answers += [("read", "Open read-only", "" if shows else "primary"), ("no", "Cancel", "")]
        where = "another window of Fovea" if shows else str(owner)
        title = f"“{folder.name}” is open elsewhere"
        detail = f"It is open in {where}. Read-only, everything can be seen and saved as a copy."
        answer = Question(title, detail, answers, self._window).ask()
        if answer == "show" and self.programs is not None:
            if not self.programs.show_other(owner.process):
                self._session.toast("The other window does not answer.", "warning")
            elif folder == self._begun_with and self._document.project is None:
                self._window.close()
        return answer == "read"

    def _open(self, folder: Path, opening: Callable[[], Recovery | None]) -> None:
        try:
            recovery = opening()
        except FoveaError as error:
            self._offer_other_ways(folder, error)
            return
        self._session.runner.stop()
        self._settings.add_recent(folder)
        self.opened.emit()
        for note in self._document.notes:
            self._session.toast(note, "warning")
        if recovery is not None:
            self._offer_recovery(recovery)

    def _offer_other_ways(self, folder: Path, error: FoveaError) -> None:
        from engine.project.store import BACKUP_FILE

        unchecked = error.code == "FV-P004"
        if not unchecked and BACKUP_FILE not in error.fix:
            self._session.error(error)
            return
        answers = (
            [("backup", "Open previous version", "primary")] if BACKUP_FILE in error.fix else []
        )
        answers += [("unchecked", "Open anyway, read-only", "")] if unchecked else []
        detail = "\n".join(part for part in (error.why, error.kept) if part)
        question = Question(error.what, detail, [*answers, ("no", "Cancel", "")], self._window)
        answer = question.ask()
        if answer == "backup":
            self._open(folder, lambda: self._document.open(folder, generation="backup"))
        elif answer == "unchecked":
            self._open(folder, lambda: self._document.open(folder, unchecked=True))

    def _offer_recovery(self, recovery: Recovery) -> None:
        when = time.strftime("%d %b %Y, %H:%M", time.localtime(recovery.written))
        detail = f"They were made on {when}. The saved project is unchanged until you save."
        if not recovery.fits:
            detail += " The project has been saved since then, so it may be newer than these edits."
        answers = [
            ("yes", "Recover edits", "primary"),
            ("discard", "Discard them", "danger"),
            ("later", "Ask next time", ""),
        ]
        title = "There are unsaved edits from last time"
        answer = Question(title, detail, answers, self._window).ask()
        if answer == "yes":
            self._document.recover(recovery)
        elif answer == "discard":
            self._document.discard_recovery()

    def open_sample(
        self, then: Callable[[], object] | None = None, place: Path | None = None
    ) -> None:
        """Makes the sample project in ``place``, or opens the one made before; then calls ``then``.

        ``place`` is the folder of new projects where it is not given. If the person has turned to
        something else meanwhile, it is not opened: ``sample_made`` is emitted.
        """
        if self._making_sample or not self.may_leave():
            return
        self._making_sample = True
        parent = place or self._place()
        unchanged = self._until_changed()

        def show(folder: Path) -> None:
            self.open(folder)
            if then is not None and self._document.folder == folder:
                then()

        def done(folder: Path) -> None:
            self._making_sample = False
            if unchanged():
                show(folder)
            else:
                self.sample_made.emit(folder, lambda: self.may_leave() and show(folder))

        def failed(error: FoveaError) -> None:
            self._making_sample = False
            self._session.error(error)

        self._session.toast("Making the sample: 600 synthetic cell images")
        self._session.runner.task(lambda p: create_sample(parent, p), done, failed, owner=self)

    def _until_changed(self) -> Callable[[], bool]:
        """True as long as there is no more to leave than what the person was just asked about."""
        document, runner = self._document, self._session.runner
        folder, project, control = document.folder, document.project, runner.control

        def unchanged() -> bool:
            same = document.folder == folder and document.project is project
            closed = document.project is None
            idle = not runner.job.active or runner.control is control
            return (same or closed) and idle and QApplication.activeModalWidget() is None

        return unchanged

    # Saving

    def save(self) -> bool:
        """Saves; whether it worked. A file changed by others is asked about."""
        if self._document.read_only:
            return self.save_as()
        try:
            self._document.save()
        except FoveaError as error:
            if error.code != "FV-P018":
                self._session.error(error)
                return False
            return self._settle_conflict(error)
        self._session.toast("Saved", "success")
        return True

    def _settle_conflict(self, error: FoveaError) -> bool:
        answers = [
            ("copy", "Save as a copy…", "primary"),
            ("overwrite", "Overwrite", "danger"),
            ("no", "Cancel", ""),
        ]
        answer = Question(error.what, f"{error.why} {error.kept}", answers, self._window).ask()
        if answer == "copy":
            return self.save_as()
        if answer == "overwrite":
            try:
                self._document.save(overwrite=True)
            except FoveaError as trouble:
                self._session.error(trouble)
                return False
        return answer == "overwrite"

    def save_as(self) -> bool:
        """Asks for a new folder and saves there; whether it worked."""
        start = self._place() / f"{self._document.title} copy"
        name, _kind = QFileDialog.getSaveFileName(self._window, "Save project as", str(start))
        if not name:
            return False
        try:
            self._document.save_as(Path(name))
        except FoveaError as error:
            self._session.error(error)
            return False
        self._settings.add_recent(Path(name))
        self._session.toast("Saved as a project of its own", "success")
        return True

    def may_leave(self) -> bool:
        """Asks about a running training and unsaved edits; False when the person stays."""
        if self._session.runner.job.active:
            what = self._session.runner.job.what
            answers = [("stop", f"Stop {what}", "danger"), ("stay", f"Keep {what}", "primary")]
            question = Question(
                f"A {what} is running",
                _stopping(self._session.runner.job),
                answers,
                self._window,
            )
            if question.ask() == "stay":
                return False
        if not self._document.dirty:
            return True
        answers = [
            ("save", "Save", "primary"),
            ("discard", "Discard edits", "danger"),
            ("stay", "Cancel", ""),
        ]
        title = f"Save the edits in “{self._document.title}”?"
        answer = Question(title, "Discarded edits are gone.", answers, self._window).ask()
        return self.save() if answer == "save" else answer == "discard"


def _stopping(job: Job) -> str:
    if job.waits_for:
        return f"{job.waits_for} If it is stopped now, what it has done since is lost."
    if job.search is not None:
        return "Its runs are kept, and it can be resumed where it was."
    return "Stopping writes a checkpoint first, so the run can be resumed later."


def _not_there(path: Path, why: str = "") -> FoveaError:
    return FoveaError(
        "FV-P003",
        "There is nothing to open here.",
        where=str(path),
        why=f"The path cannot be read: {why}."
        if why
        else "No project and no images were found at this path.",
        kept="Nothing was changed.",
        fix="Open a project folder, or a folder with one folder of images per class.",
    )
