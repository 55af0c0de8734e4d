"""The model as PyTorch code, beside the canvas and always up to date."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QSplitter, QWidget

from engine.codegen.model import Listing, listing
from engine.errors import FoveaError
from engine.files.atomic import write_text
from engine.graph.records import Graph
from engine.layers.base import Frame
from gui.canvas import GraphView
from gui.pages.model.code_view import CodeView
from gui.pages.model.inspector import ProblemNote
from gui.runner import Runner
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, IconButton, column, label, row

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["Beside", "CodePanel"]

_DELAY_MS = 80
"""So long after the last change the code is written anew; a slider moves more often than that."""

_CANVAS_LEAST = 28 * SPACE  # a node and its shape can be read
_NO_FRAME = Frame(0, 0, 0, 0)
_STALE = "The code below is that of the model before."


class CodePanel(QWidget):
    """Shows the model that :meth:`follow` was given last, written on a worker while it is visible.

    ``wish_select(ids)`` from a click on a line; ``said(text)`` when something is copied or saved,
    ``failed(error)`` when it cannot be.
    """

    wish_select = Signal(object)
    said = Signal(str)
    failed = Signal(object)

    def __init__(self, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._wanted: tuple[Graph, Frame] | None = None
        self._shown: tuple[Graph, Frame] | None = None
        self.text = ""
        self.view = CodeView()
        self.view.line_chosen.connect(lambda node: self.wish_select.emit((node,)))
        self.view.setPlaceholderText("The code stands here as soon as the model can be built.")
        self.problem = ProblemNote()
        self.copy = IconButton("copy", "Copy the whole file", self._copy)
        self.save = IconButton("save", "Save as a Python file", self._ask)
        head = row(label("PyTorch code", "section"), STRETCH, self.copy, self.save)
        top = QWidget()
        top.setLayout(column(head, self.problem, margin=SPACE))
        box = column(top, gap=0)
        box.addWidget(self.view, 1)
        self.setLayout(box)
        self._timer = QTimer(self, interval=_DELAY_MS)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._write)
        self._allow()

    def follow(self, project: Project | None, graph: Graph, selected: Iterable[str]) -> None:
        """Another project, or other nodes selected in ``graph``, which is what the canvas shows.

        Lines are those of the whole model: while the canvas shows something else, none is marked.
        """
        model = project.model if project is not None else Graph()
        frame = project.frame() if project is not None else _NO_FRAME
        self.view.show_selected(selected if graph is model else ())
        if self._wanted is not None and self._wanted[0] is model and self._wanted[1] == frame:
            return
        self._wanted = (model, frame)
        if self.isVisible():
            self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Catches up with what happened while nobody looked."""
        super().showEvent(event)
        self._write()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rests."""
        super().hideEvent(event)
        self._timer.stop()

    def _write(self) -> None:
        wanted = self._wanted
        if wanted is None or wanted == self._shown:
            return
        self._runner.task(
            lambda _progress: listing(*wanted),
            lambda found: self._show(wanted, found),
            lambda error: self._tell(wanted, error),
            owner=self,
            prompt=True,
        )

    def _show(self, made_for: tuple[Graph, Frame], found: Listing) -> None:
        if made_for is not self._wanted:
            return  # newer code is on its way
        self._shown = made_for
        self.text = found.text
        self.view.show_listing(found)
        self.view.highlighter.set_faded(False)
        self.problem.show_text("", "")
        self._allow()

    def _tell(self, made_for: tuple[Graph, Frame], error: FoveaError) -> None:
        if made_for is not self._wanted:
            return
        self._shown = made_for
        self.view.highlighter.set_faded(True)
        words = [error.why or error.what, _STALE if self.text else ""]
        self.problem.show_text(" ".join(filter(None, words)), error.fix)
        self._allow()

    @property
    def current(self) -> bool:
        """Whether the code is that of the model."""
        return bool(self.text) and not self.view.highlighter.faded

    def _allow(self) -> None:
        for part, tip in ((self.copy, "Copy the whole file"), (self.save, "Save as a Python file")):
            part.setEnabled(self.current)
            part.setToolTip(tip if self.current else "The model cannot be built yet")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
        self.said.emit("Code copied")

    def _ask(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Save the model as code", "model.py", "Python (*.py)"
        )
        if not chosen:
            return
        path = Path(chosen)
        path = path if path.suffix else path.with_suffix(".py")
        try:
            write_text(path, self.text)
        except FoveaError as error:
            self.failed.emit(error)
        else:
            self.said.emit(f"Saved {path.name}")


class Beside(QSplitter):
    """Canvas and panel with a border to drag between them; the panel is hidden at first."""

    def __init__(self, canvas: GraphView, panel: CodePanel) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._canvas, self._panel = canvas, panel
        self.setChildrenCollapsible(False)
        canvas.setMinimumWidth(_CANVAS_LEAST)
        panel.setMinimumWidth(_CANVAS_LEAST)
        self.addWidget(canvas)
        self.addWidget(panel)
        panel.hide()

    def show_code(self, on: bool) -> None:
        """Shows or hides the panel; the middle of what the canvas shows stays in its middle."""
        middle = self._canvas.middle()
        self._panel.setVisible(on)
        if on:
            self.setSizes([self.width() // 2, self.width() // 2])
        QTimer.singleShot(0, self._canvas, lambda: self._canvas.centerOn(middle))
