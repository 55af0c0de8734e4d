"""What of a node as a whole the tuner decides: whether it is there, and of which kind it is."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from engine.blocks.base import Block
from engine.graph.edits import can_stand_in_wire
from gui.canvas import GraphView
from gui.forms import TunedMark
from gui.pages.model.place import Place
from gui.tuning import Tuning
from gui.widgets import row

__all__ = ["NodeMarks", "NodeMenu"]


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
