"""What the tuner decides of nodes: the marks in the inspector and on the canvas, and the menu."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from engine.blocks.base import Block
from engine.graph.edits import can_stand_in_wire
from engine.search import EMPTY, Searched, SearchSpace
from gui.canvas import GraphView
from gui.document import Document
from gui.forms import TunedMark
from gui.forms.ranges import range_words
from gui.pages.model.place import Place
from gui.tuning import Tuning
from gui.widgets import row

__all__ = ["CanvasMarks", "NodeMarks", "NodeMenu"]

_MOST_TOLD = 4


class NodeMarks(QWidget):
    """The marks beside a node's heading."""

    def __init__(self) -> None:
        super().__init__()
        self._address = ""
        self.present, self.kind = TunedMark(), TunedMark()
        self.setLayout(row(self.present, self.kind, gap=0))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def set_address(self, address: str) -> None:
        """Says where in the project the node is."""
        self._address = address
        self.present.show_at(f"{address}.present", self)
        self.kind.show_at(address, self)

    def showEvent(self, event: QShowEvent) -> None:
        """Joins the tuner of the page."""
        super().showEvent(event)
        self.set_address(self._address)


class CanvasMarks:
    """Marks the nodes on the canvas of which the tuner may change anything, also deep inside."""

    def __init__(self, canvas: GraphView, document: Document, tuning: Tuning) -> None:
        self._canvas, self._document, self._tuning = canvas, document, tuning
        self._shown: tuple[SearchSpace, tuple[str, ...]] = (EMPTY, ())

    def show(self, path: tuple[str, ...]) -> None:
        """Marks what the project searches of the graph that ``path`` leads to."""
        project = self._document.project
        space = project.search if project is not None else EMPTY
        if (space, path) == self._shown:
            return
        self._shown = (space, path)
        found: dict[str, list[Searched]] = {}
        above = "".join(f"{name}." for name in ("model", *path))
        for entry in space.entries:
            if entry.address.startswith(above):
                found.setdefault(entry.address[len(above) :].split(".")[0], []).append(entry)
        self._canvas.graph_scene.show_searched(
            {
                name: partial(self._words, f"{above}{name}", entries)
                for name, entries in found.items()
            }
        )

    def _words(self, node: str, entries: list[Searched]) -> str:
        """``The tuner chooses filters (16 to 64) and whether it is there (Off or On)``."""
        parts = [self._part(node, entry) for entry in entries]
        if len(parts) > _MOST_TOLD:
            parts = [*parts[: _MOST_TOLD - 1], f"{len(parts) - _MOST_TOLD + 1} settings more"]
        return f"The tuner chooses {' and '.join(filter(None, (', '.join(parts[:-1]), parts[-1])))}"

    def _part(self, node: str, entry: Searched) -> str:
        item = self._tuning.declared(entry.address)
        inside = entry.address[len(node) + 1 :]
        if not inside:
            name = "its kind"
        elif inside == "present":
            name = "whether it is there"
        else:
            where = inside.rpartition(".")[0]
            own = inside if item is None else item.label
            own = own if own[1:2].isupper() else own[:1].lower() + own[1:]
            name = f"{own} of {where}" if where and item is not None else own
        return f"{name} ({range_words(entry, item)})"


class NodeMenu(QObject):
    """Adds to the menus of the canvas what the tuner may decide: of a node, or of the model."""

    def __init__(self, canvas: GraphView, place: Place, tuning: Tuning) -> None:
        super().__init__(canvas)
        self._canvas, self._place, self._tuning = canvas, place, tuning
        canvas.menu_opening.connect(self._fill)

    def _fill(self, menu: QMenu) -> None:
        chosen, scene = self._canvas.selected(), self._canvas.graph_scene
        if len(chosen) == 1:
            menu.addSeparator()
            self._add(menu.addMenu("Let the tuner decide"), chosen[0])
        elif not chosen and not scene.selectedItems() and not self._place.path:
            menu.addSeparator()
            self._tuning.add_switch(menu, "model", "Let the tuner choose among templates")

    def _add(self, menu: QMenu, name: str) -> None:
        address = ".".join(("model", *self._place.path, name))
        layer = self._place.view.graph.node(name).layer
        if can_stand_in_wire(layer):
            self._tuning.add_switch(menu, f"{address}.present", "Whether it is there")
            self._tuning.add_switch(menu, address, "Which kind of layer it is")
        known = {item.name for item in layer.params()}
        if isinstance(layer, Block) and "repeats" in known:
            self._tuning.add_switch(menu, f"{address}.repeats", "How often it repeats")
        menu.setEnabled(bool(menu.actions()))
