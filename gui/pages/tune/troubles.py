"""What is wrong with the studies of a project, and the way back to a backup."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from engine.errors import FoveaError
from engine.tune.folder import StudyFolder, find_study
from engine.tune.storage import UnusableStudy
from gui.job import Job
from gui.runner import Runner
from gui.widgets import IconButton, ProblemBox, label

__all__ = ["Troubles", "gave_up"]

_RESTORE = "Restore the backup"


class Troubles(ProblemBox):
    """The error of what was done last, and after it those of damaged studies, one at a time.

    Where a study can go back to a backup of its trials, a button does it behind the window.

    Signals:
        changed(): there are other errors.
        restored(study, sentence): its trials are those of the backup now; what that means.
    """

    changed = Signal()
    restored = Signal(object, str)

    def __init__(self, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(None, _RESTORE, self._restore, parent=parent)
        self._runner = runner
        self._own: FoveaError | None = None
        self._damaged: tuple[FoveaError, ...] = ()
        self._place = 0
        self._covered = False
        self.count = label("", "caption")
        self.before = IconButton("chevron-left", "Previous problem", lambda: self._turn(-1))
        self.after = IconButton("chevron-right", "Next problem", lambda: self._turn(1))
        self.close_button = IconButton("x", "Hide", self._hide_damaged)
        for part in (self.count, self.before, self.after, self.close_button):
            self.foot.addWidget(part)
        self._show()

    @property
    def own(self) -> FoveaError | None:
        """What went wrong with the study that is shown, or with what was done last."""
        return self._own

    @property
    def errors(self) -> tuple[FoveaError, ...]:
        """All that is told, the own error first."""
        own = self._own
        if own is None:
            return self._damaged
        return (own, *(error for error in self._damaged if error.where != own.where))

    def tell(self, error: FoveaError | None) -> None:
        """Shows another own error, or none."""
        if error is not self._own:
            self._own, self._place = error, 0
            self._show()
            self.changed.emit()

    def show_damaged(self, errors: tuple[FoveaError, ...]) -> None:
        """Shows the errors of studies that cannot be read, after the own one."""
        if errors != self._damaged:
            self._damaged, self._place = errors, 0
            self._show()
            self.changed.emit()

    def clear(self) -> None:
        """Shows nothing: another project is open."""
        self.tell(None)
        self.show_damaged(())

    def cover(self, *, on: bool) -> None:
        """Says nothing meanwhile: something runs."""
        self._covered = on
        self._show()

    def _turn(self, step: int) -> None:
        self._place = (self._place + step) % len(self.errors)
        self._show()

    def _hide_damaged(self) -> None:
        self.show_damaged(())

    @property
    def _shown(self) -> FoveaError | None:
        errors = self.errors
        return errors[self._place] if self._place < len(errors) and not self._covered else None

    def _show(self) -> None:
        error, every = self._shown, len(self.errors)
        backup = isinstance(error, UnusableStudy) and error.backup is not None
        self.show_error(_for_people(error), _RESTORE if backup else "")
        self.button.setEnabled(True)
        several = every > 1
        self.count.setText(f"{self._place + 1} of {every}" if several else "")
        for part in (self.count, self.before, self.after):
            part.setVisible(several)
        self.close_button.setVisible(error is not None and error is not self._own)

    def _restore(self) -> None:
        """Puts the backup in the place of the file, which is kept under another name."""
        error = self._shown
        if not isinstance(error, UnusableStudy):
            return
        folder, made = Path(error.where).parent, error.made

        def work(_progress: object) -> tuple[StudyFolder, str]:
            from engine.tune.copies import restore_backup
            from engine.tune.table import read_table

            study = find_study(folder.parent.parent, folder.name)
            with study.alone():
                aside = restore_backup(study.database)
            count = len(read_table(study).rows)
            trials = f"{count:,} trial{'s' if count != 1 else ''}"
            return study, (
                f"{study.name} is as of its backup of {made}: {trials}. The damaged file is kept "
                f"as {aside.name}."
            )

        self.button.setText("Restoring…")
        self.button.setEnabled(False)
        self._runner.task(work, self._on_restored, self.tell, owner=self)

    def _on_restored(self, found: tuple[StudyFolder, str]) -> None:
        study, words = found
        left = [error for error in self._damaged if error.where != str(study.database)]
        self.show_damaged(tuple(left))
        self.restored.emit(study, words)


def gave_up(job: Job) -> FoveaError:
    """The error of a search that paused by itself."""
    assert job.search is not None
    return FoveaError(
        "FV-S009",
        "The search gave up.",
        where=f"studies/{job.search.study}",
        why=job.search.why,
        kept="All its trials and their runs.",
        fix="Change what the sentence names, then plan a new search; or resume this one.",
    )


def _for_people(error: FoveaError | None) -> FoveaError | None:
    """The error with the name of its study, and what the button does in place of a command."""
    if not isinstance(error, UnusableStudy):
        return error
    name = Path(error.where).parent.name
    told = error.fields() | {"what": f"The trials of {name} cannot be read."}
    if error.backup is not None:
        told["fix"] = (
            f"Restore the backup of {error.made}; trials that ended after it are begun again. Or "
            "plan a new search."
        )
    return FoveaError(**told)
