"""Looking through a source of images, behind the Data page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.errors import FoveaError
from gui.document import Document
from gui.runner import Progress, Runner, Task

if TYPE_CHECKING:
    from engine.data.scan import Scan
    from engine.data.spec import DataSpec

__all__ = ["Scanning"]


class Scanning(QObject):
    """One scan at a time; it ends without a result when its project is left meanwhile.

    Signals:
        found(Scan): what lies there. failed(FoveaError): why nothing could be read.
        progress(int, int, str): how far it is.
        ended(): there is no scan any more, however it went; comes before found and failed.
    """

    found = Signal(object)
    failed = Signal(object)
    progress = Signal(int, int, str)
    ended = Signal()

    def __init__(self, document: Document, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._runner = runner
        self._task: Task | None = None
        self._folder: Path | None = None
        document.changed.connect(self._on_document)

    @property
    def active(self) -> bool:
        """Whether a scan is going on."""
        return self._task is not None

    def start(self, source: Path, folder: Path, spec: DataSpec) -> None:
        """Scans ``source`` for the project in ``folder``, grouping as ``spec`` says."""

        def work(progress: Progress) -> Scan:
            from engine.data.scan import scan

            return scan(source, folder, group_by=spec.group_by, progress=progress)

        self._folder = folder
        self._task = self._runner.task(
            work, self._on_found, self._on_failed, self.progress.emit, owner=self
        )

    def cancel(self) -> None:
        """Ends the scan without a result."""
        if self._task is not None:
            self._task.cancel()
            self._end()

    def _on_document(self, _before: object, _after: object) -> None:
        if self._folder != self._document.folder:
            self.cancel()

    def _on_found(self, scan: Scan) -> None:
        self._end()
        self.found.emit(scan)

    def _on_failed(self, error: FoveaError) -> None:
        self._end()
        self.failed.emit(error)

    def _end(self) -> None:
        self._task = None
        self.ended.emit()
