"""Help, Save diagnostics: asks for a place and writes the zip behind the window."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.files.own_places import log_folder, settings_file
from gui.pages.base import Session

__all__ = ["Diagnostics"]


class Diagnostics(QObject):
    """Saves diagnostics of one window's program; ``log`` is its log, ``settings`` its settings."""

    def __init__(self, session: Session, log: Path | None, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._logs = log.parent if log is not None else log_folder()

    def ask(self) -> None:
        """Asks where, and saves there."""
        places = QStandardPaths.StandardLocation
        place = QStandardPaths.writableLocation(places.DocumentsLocation) or str(Path.home())
        start = Path(place) / f"fovea-diagnostics-{time.strftime('%Y-%m-%d')}.zip"
        name, _kind = QFileDialog.getSaveFileName(
            self._window, "Save diagnostics", str(start), "Zip archive (*.zip)"
        )
        if name:
            self.save(Path(name))

    def save(self, target: Path) -> None:
        """Writes the zip to ``target`` on a worker, and says so."""
        session, logs = self._session, self._logs
        project = session.document.folder
        settings = session.settings.file if session.settings is not None else settings_file()

        def work(_progress: object) -> None:
            from engine.diagnostics.saving import save_diagnostics

            save_diagnostics(target, project=project, logs=logs, settings=settings)

        def done(_none: object) -> None:
            session.toast(f"Saved without images and names: {target.name}", "success")

        session.toast("Collecting diagnostics…")
        session.runner.task(work, done, session.error, owner=self)
