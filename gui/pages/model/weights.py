"""Starting weights on the Model page: the button above the canvas, its menu, and loading."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton, QWidget

from engine.graph.analysis import analyse
from engine.graph.edits import set_training
from engine.graph.training import NodeTraining
from engine.weights.read import SUFFIXES
from gui.numbers import compact
from gui.pages.base import Session
from gui.pages.model.weights_dialog import WeightsDialog
from gui.theme import set_icon
from gui.worker import import_torch

if TYPE_CHECKING:
    from engine.project.document import Project
    from engine.weights.fitting import Fitted
    from engine.weights.start import StartWeights

__all__ = ["Weights"]

_FILES = f"Weights ({' '.join(f'*{end}' for end in SUFFIXES)});;All files (*)"


class Weights(QObject):
    """Loads weight files into the project's model, as one undo step each; ``button`` has the menu.

    Reading and fitting run on a worker; ``dialog`` is the last one that was shown.
    """

    def __init__(self, session: Session, over: QWidget) -> None:
        super().__init__(over)
        self._session, self._over = session, over
        self.dialog: WeightsDialog | None = None
        self.menu = QMenu(over)
        self.menu.aboutToShow.connect(self._fill)
        self.button = QToolButton(over)
        self.button.setText(" Weights")
        self.button.setAccessibleName("Weights that the model starts from")
        self.button.setToolButtonStyle(self.button.toolButtonStyle().ToolButtonTextBesideIcon)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        set_icon(self.button, "download", "muted", 16)
        self.button.setMenu(self.menu)
        self.show_start(None)

    def show_start(self, start: StartWeights | None) -> None:
        """Says in the button's tip what the model starts from."""
        tip = "The model starts at random. Load weights to fine-tune a trained network."
        self.button.setToolTip(tip if start is None else _told(start))

    def _fill(self) -> None:
        project = self._session.document.project
        start = project.start if project is not None else None
        self.menu.clear()
        if start is not None:
            self.menu.addAction(_told(start)).setEnabled(False)
            self.menu.addSeparator()
        load = self.menu.addAction("Load weights…")
        load.setEnabled(project is not None and bool(project.model.nodes))
        load.triggered.connect(lambda _on=False: self.ask())
        clear = self.menu.addAction("Start at random")
        clear.setEnabled(start is not None)
        clear.triggered.connect(lambda _on=False: self.clear())
        thaw = self.menu.addAction("Unfreeze all nodes")
        thaw.setEnabled(project is not None and any(n.lr_factor == 0 for n in project.model.nodes))
        thaw.triggered.connect(lambda _on=False: self.unfreeze())

    def ask(self) -> None:
        """Asks for a file and loads it."""
        name, _kind = QFileDialog.getOpenFileName(self._over, "Load weights", "", _FILES)
        if name:
            self.load(Path(name))

    def load(self, path: Path) -> None:
        """Reads a file, fits it to the model and asks what to do."""
        project = self._session.document.project
        if project is None:
            return
        self._busy(f"Reading {path.name}…")
        self._session.runner.task(
            lambda _progress: _fit(path, project),
            lambda fitted: self._show(path, project, fitted),
            self._failed,
            owner=self,
        )

    def clear(self) -> None:
        """Lets the model start at random again."""
        project = self._session.document.project
        if project is not None:
            self._session.document.apply(project.with_(start=None), "Start at random")

    def unfreeze(self) -> None:
        """Lets all nodes of the model learn again, with the factors of those that did."""
        project = self._session.document.project
        if project is not None:
            frozen = [node.id for node in project.model.nodes if node.lr_factor == 0]
            model = set_training(project.model, frozen, NodeTraining())
            self._session.document.apply(project.with_(model=model), "Unfreeze all nodes")

    def _busy(self, text: str) -> None:
        self.button.setEnabled(not text)
        self.button.setText(f" {text}" if text else " Weights")

    def _failed(self, error: object) -> None:
        self._busy("")
        self._session.error(error)

    def _show(self, path: Path, project: Project, fitted: Fitted) -> None:
        self._busy("")
        now = self._session.document.project
        if now is None:
            return
        if now.model != project.model or now.frame() != project.frame():
            self.load(path)  # the model was edited meanwhile
            return
        self.dialog = WeightsDialog(path.name, fitted.report, self._over.window())
        self.dialog.setModal(True)
        self.dialog.chosen.connect(lambda freeze: self._keep(path, fitted, freeze))
        self.dialog.show()

    def _keep(self, path: Path, fitted: Fitted, freeze: bool) -> None:
        folder = self._session.document.folder
        if folder is None:
            return
        self._busy("Loading…")
        self._session.runner.task(
            lambda _progress: _keep(path, fitted, folder),
            lambda start: self._apply(start, freeze),
            self._failed,
            owner=self,
        )

    def _apply(self, start: StartWeights, freeze: bool) -> None:
        self._busy("")
        project = self._session.document.project
        if project is None:
            return
        model = project.model
        if freeze:
            model = set_training(model, _whole(project, start), NodeTraining(lr_factor=0.0))
        after = project.with_(start=start, model=model)
        self._session.document.apply(after, f"Load weights from {start.source}")
        self._session.toast(f"The model starts from {start.source}.", "success")


def _told(start: StartWeights) -> str:
    count = sum(number for _, number in start.nodes)
    return f"Starts from {start.source}: {compact(count)} weights in {len(start.nodes)} nodes"


def _whole(project: Project, start: StartWeights) -> list[str]:
    """The nodes all of whose weights are loaded, but for the last with weights: one must learn."""
    facts = analyse(project.model, project.frame()).nodes
    weighty = [name for name, fact in facts.items() if fact.parameters]
    return [name for name in weighty[:-1] if start.by_node.get(name) == facts[name].parameters]


def _fit(path: Path, project: Project) -> Fitted:
    import_torch()
    from engine.weights.fitting import fit_file

    return fit_file(path, project.model, project.frame())


def _keep(path: Path, fitted: Fitted, folder: Path) -> StartWeights:
    from engine.weights.keeping import keep

    return keep(fitted, path, folder, partial=True)
