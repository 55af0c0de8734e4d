"""The dialog that makes a project from images."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QGridLayout,
    QLineEdit,
    QStackedLayout,
    QWidget,
)

from engine.errors import FoveaError
from gui.runner import Progress, Runner, Task
from gui.shell.fitting import fit_height
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Busy, ProblemBox, button, column, label, row

__all__ = ["NewProjectDialog"]

_IMAGE_FILES = "Image sets (*.csv *.npz *.gz *-ubyte);;All files (*)"


class NewProjectDialog(QDialog):
    """Asks where the images are and where the project shall be; scans and makes it.

    Emits ``made(folder)`` when the project is on disk. The scan can be cancelled; what goes wrong
    is told in the dialog, where it can be mended.
    """

    made = Signal(object)

    def __init__(
        self,
        runner: Runner,
        place: Path,
        source: Path | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._task: Task | None = None
        self._named = False
        self.setWindowTitle("New project")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(72 * SPACE)
        self.source = QLineEdit()
        self.name = QLineEdit()
        self.place = QLineEdit(str(place))
        self.problem = ProblemBox()
        self.busy = Busy()
        self.make = button("Create project", self._start, look="primary")
        self.make.setDefault(True)
        self.cancel = button("Cancel", self.reject)
        self._build()
        self.source.textChanged.connect(self._on_source)
        self.name.textEdited.connect(self._on_name)
        self.busy.cancelled.connect(self._on_cancel)
        self.source.setText(str(source or ""))
        self._update()

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * SPACE)
        grid.setVerticalSpacing(SPACE + 4)
        grid.setColumnStretch(1, 1)
        folder = button("Folder…", self._choose_folder, icon="folder")
        file = button("File…", self._choose_file, icon="file-text")
        change = button("Change…", self._choose_place, icon="folder")
        lines = (
            ("Images", self.source, row(folder, file)),
            ("Project name", self.name, None),
            ("Save in", self.place, row(change, STRETCH)),
        )
        for at, (name, field, extra) in zip((0, 2, 3), lines, strict=True):
            words = label(name)
            words.setBuddy(field)
            field.setAccessibleName(name)
            grid.addWidget(words, at, 0)
            grid.addWidget(field, at, 1, 1, 1 if extra is not None else 2)
            if extra is not None:
                grid.addLayout(extra, at, 2)
        self.source.setPlaceholderText("A folder with one folder of images per class")
        hint = "Also train/val/test folders, a CSV table, a MedMNIST .npz or IDX files."
        grid.addWidget(label(hint, "caption"), 1, 1, 1, 2)
        self._form = QWidget()
        self._form.setLayout(column(grid, STRETCH))
        self._pages = QStackedLayout()
        self._pages.addWidget(self._form)
        self._pages.addWidget(self.busy)
        self._pages.setSizeConstraint(QStackedLayout.SizeConstraint.SetMinimumSize)
        heading = label("New project from images", "title")
        buttons = row(STRETCH, self.cancel, self.make)
        self.setLayout(
            column(heading, self._pages, self.problem, buttons, gap=2 * SPACE, margin=3 * SPACE)
        )

    def _choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Folder of images", self.source.text())
        if name:
            self.source.setText(name)

    def _choose_file(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(self, "Image set", "", _IMAGE_FILES)
        if name:
            self.source.setText(name)

    def _choose_place(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Save the project in", self.place.text())
        if name:
            self.place.setText(name)

    def _on_source(self, text: str) -> None:
        if not self._named:
            self.name.setText(_free_name(Path(self.place.text()), Path(text.strip()).stem))
        self.problem.show_error(None)
        self._update()

    def _on_name(self, text: str) -> None:
        self._named = bool(text)
        self._update()

    def _update(self) -> None:
        complete = bool(self.source.text().strip() and self.name.text().strip())
        self.make.setEnabled(complete and self._task is None)
        tip = "" if complete else "Choose the images and a name first"
        self.make.setToolTip(tip)

    @property
    def folder(self) -> Path:
        """Where the project will be. Raises FoveaError for the home of an unknown person."""
        return _home(self.place.text()) / self.name.text().strip()

    def _start(self) -> None:
        from engine.project.new import new_project

        try:
            source, folder = _home(self.source.text()), self.folder
        except FoveaError as error:
            self._on_error(error)
            return
        self.problem.show_error(None)
        self.busy.start("Reading images")
        self._pages.setCurrentWidget(self.busy)

        def work(progress: Progress) -> Path:
            new_project(folder, source, progress=progress)
            return folder

        self._task = self._runner.task(
            work, self._on_done, self._on_error, self.busy.show_progress, owner=self
        )
        self.make.hide()
        self.cancel.hide()

    def _back(self) -> None:
        self._task = None
        self._pages.setCurrentWidget(self._form)
        self.make.show()
        self.cancel.show()
        self._update()

    def _on_done(self, folder: Path) -> None:
        self._task = None
        self.accept()
        self.made.emit(folder)

    def _on_error(self, error: FoveaError) -> None:
        self._back()
        self.problem.show_error(error)
        QTimer.singleShot(0, self, self._fit)  # new labels are laid out only then

    def _fit(self) -> None:
        fit_height(self)

    def _on_cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._back()

    def reject(self) -> None:
        """Closing the dialog also ends the scan."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        super().reject()


def _free_name(place: Path, wanted: str) -> str:
    """``wanted``, or with a number behind it when the place has such a folder."""
    if not wanted:
        return ""
    name, number = wanted, 2
    while (place / name).exists():
        name, number = f"{wanted} {number}", number + 1
    return name


def _home(text: str) -> Path:
    """The path that was typed, with a person's own folder for ``~``."""
    try:
        return Path(text.strip()).expanduser()
    except RuntimeError as error:
        raise FoveaError(
            "FV-P003",
            "This folder is not known.",
            where=text.strip()[:200],
            why="There is no person of this name, or no home folder, on this computer.",
            kept="Nothing was changed.",
            fix="Write the whole path, or “~” for your own folder.",
        ) from error
