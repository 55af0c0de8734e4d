"""The bar that says that the program ended badly last time, and offers what helps."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from gui.pages.base import Session
from gui.sessions import Crash
from gui.shell.notice import Bar
from gui.widgets import button

__all__ = ["CrashOffer"]


class CrashOffer(Bar):
    """Hidden until :meth:`show_crashes`; opening the project offers its unsaved edits and its run.

    ``save`` saves diagnostics. Any answer hides the bar; it comes once for each crash.
    """

    def __init__(
        self, session: Session, save: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent=parent)
        self._session = session
        self._project: Path | None = None
        self.open = self.add(button("", self._open, icon="folder-open"))
        self.save = self.add(button("Save diagnostics…", save, icon="save"))
        session.document.changed.connect(lambda *_: self._show_open())

    def show_crashes(self, crashes: Sequence[Crash]) -> None:
        """Tells of the newest; nothing is shown when there is none."""
        if not crashes:
            return
        crash = crashes[0]
        self._project = crash.project
        when = time.strftime("%d %b, %H:%M", time.localtime(crash.since))
        text = f"Fovea, started on {when}, ended without being closed."
        if crash.project is not None:
            text += f" What was not saved in “{crash.project.name}” is offered when it is opened."
            self.open.setText(f"Open “{crash.project.name}”")
        self._show_open()
        self.tell(text)

    def _show_open(self) -> None:
        project = self._project
        self.open.setVisible(project is not None and project != self._session.document.folder)

    def _open(self) -> None:
        self.hide()
        if self._project is not None:
            self._session.open_path(self._project)
