"""A model from an ONNX file: chosen, read in the background, put in as one undo step, told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QWidget

from engine.errors import FoveaError
from gui.pages.base import Session
from gui.runner import Progress, Task
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, BusyOverlay, column, label, scroll

if TYPE_CHECKING:
    from engine.onnx_import import Imported
    from engine.weights.start import StartWeights

__all__ = ["ImportModel", "ImportReport"]


class ImportModel(QObject):
    """Reads an ONNX file for the open project; one at a time.

    Signals:
        imported(Imported): the project has this model now.
    """

    imported = Signal(object)

    def __init__(self, session: Session, over: QWidget) -> None:
        super().__init__(over)
        self._session = session
        self._over = over
        self._task: Task | None = None
        self.overlay = BusyOverlay(over)
        self.overlay.cancelled.connect(self.cancel)
        session.document.changed.connect(self._on_document)
        self._folder: Path | None = None

    def choose(self) -> None:
        """Asks for a file and imports it."""
        name, _kind = QFileDialog.getOpenFileName(
            self._over.window(), "Import a model", "", "ONNX models (*.onnx);;All files (*)"
        )
        if name:
            self.start(Path(name))

    def start(self, path: Path) -> None:
        """Reads ``path`` in the background; the model is replaced when all of it could be read."""
        project = self._session.document.project
        if project is None or self._task is not None:
            return
        frame, folder = project.frame(), self._session.document.folder

        def work(_progress: Progress) -> tuple[Imported, StartWeights | None]:
            from engine.onnx_import import import_onnx
            from engine.weights.imported import keep_imported

            found = import_onnx(path, frame)
            return found, keep_imported(found, path, folder, frame) if folder else None

        self._folder = folder
        self.overlay.start(f"Reading {path.name}")
        self._task = self._session.runner.task(
            work, lambda read: self._put(read[0], read[1], path), self._fail, owner=self
        )

    def cancel(self) -> None:
        """Forgets the file that is being read; the model stays as it is."""
        if self._task is not None:
            self._task.cancel()
            self._end()

    def _on_document(self, _before: object, _after: object) -> None:
        if self._folder != self._session.document.folder:
            self.cancel()

    def _end(self) -> None:
        self._task = None
        self.overlay.finish()

    def _fail(self, error: FoveaError) -> None:
        self._end()
        self._session.error(error)

    def _put(self, found: Imported, start: StartWeights | None, path: Path) -> None:
        self._end()
        document = self._session.document
        project = document.project
        if project is None:
            return
        after = project.with_(model=found.graph, start=start)
        document.apply(after, f"Import {path.name}")
        self.imported.emit(found)
        ImportReport(found, path.name, self._session, self._over.window()).open()


class ImportReport(QDialog):
    """What was imported, and what to know about it; offers to save the weights as a file."""

    def __init__(
        self, imported: Imported, name: str, session: Session, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._imported, self._name, self._session = imported, name, session
        self.setWindowTitle("Import a model")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumSize(62 * SPACE, 36 * SPACE)
        own = imported.frame
        values = sum(value.size for value in imported.weights.values())
        facts = (
            f"{len(imported.graph.nodes):,} nodes and {values:,} weights. The file is made for "
            f"{own.width} × {own.height} px, {own.channels} channels and {own.classes:,} classes. "
            "Training starts from these weights; they are kept with the project."
        )
        notes = column(
            *(label(f"• {note}", wrap=True, select=True) for note in imported.notes), STRETCH
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.save = buttons.addButton("Save weights…", QDialogButtonBox.ButtonRole.ActionRole)
        self.save.setToolTip("Write the weights of the file as safetensors, by the nodes' names")
        self.save.setAutoDefault(False)
        self.save.clicked.connect(self._save)
        buttons.rejected.connect(self.reject)
        self.setLayout(
            column(
                label(f"The model is now that of {name}", "section", wrap=True),
                label(facts, wrap=True, select=True),
                scroll(notes),
                buttons,
                gap=2 * SPACE,
                margin=2 * SPACE,
            )
        )
        buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)

    def _save(self) -> None:
        name, _kind = QFileDialog.getSaveFileName(
            self, "Save weights", f"{Path(self._name).stem}.safetensors", "Weights (*.safetensors)"
        )
        if not name:
            return
        from engine.onnx_import.saving import save_weights

        try:
            save_weights(self._imported, Path(name))
        except FoveaError as error:
            self._session.error(error)
        else:
            self._session.toast(f"Weights saved in {Path(name).name}", "success")
