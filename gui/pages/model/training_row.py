"""How the selected node is trained: frozen or not, its learning rate factor, where it starts."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from engine.graph.facts import NodeFacts
from engine.graph.records import Node
from engine.graph.training import NodeTraining
from engine.weights.start import StartWeights
from gui.canvas import changes
from gui.forms import SpecForm
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Switch, column, label, row, rule

__all__ = ["TrainingRow"]


class TrainingRow(QWidget):
    """The switch "Freeze" and the factor of a node with weights; hidden for others.

    ``wished(change)`` carries a :class:`gui.canvas.changes.Change`.
    """

    wished = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._node: Node | None = None
        self._facts: NodeFacts | None = None
        self._start: StartWeights | None = None
        self.freeze = Switch("Freeze")
        self.freeze.setToolTip(
            "Training leaves the weights of this node as they are, and its batch norm keeps to its "
            "averages. For loaded weights that are good already. (L)"
        )
        self.freeze.clicked.connect(self._on_freeze)
        self.form = SpecForm(NodeTraining)
        self.form.edited.connect(self._on_edited)
        self.source = label("", "caption", wrap=True)
        name = label("Freeze")
        name.setBuddy(self.freeze)
        line = row(name, STRETCH, self.freeze, gap=SPACE)
        self.setLayout(column(rule(), line, self.form, self.source, gap=SPACE))
        self.hide()

    def show_node(self, node: Node, facts: NodeFacts | None) -> None:
        """Shows another node, or the same one changed."""
        self._node, self._facts = node, facts
        frozen = node.lr_factor == 0
        self.freeze.setChecked(frozen)
        self.form.set_value(NodeTraining(lr_factor=node.lr_factor))
        self.form.setVisible(not frozen)
        self.setVisible(frozen or bool(facts is not None and facts.parameters))
        self._tell()

    def set_address(self, address: str) -> None:
        """Says where in the project the node is."""
        self.form.set_address(address)

    def show_start(self, start: StartWeights | None) -> None:
        """Says which weights the node starts from; None inside of blocks and without any."""
        self._start = start
        self._tell()

    def _tell(self) -> None:
        node, facts, start = self._node, self._facts, self._start
        told = ""
        if node is not None and facts is not None and facts.parameters and start is not None:
            loaded = start.by_node.get(node.id, 0)
            told = f"Starts from {start.source}." if loaded else "Starts at random."
            if 0 < loaded != facts.parameters:
                told = f"{loaded:,} of its weights start from {start.source}."
        self.source.setText(told)
        self.source.setVisible(bool(told))

    def _on_freeze(self, on: bool) -> None:
        if self._node is not None:
            self.wished.emit(changes.slow((self._node.id,), 0.0 if on else 1.0))

    def _on_edited(self, training: NodeTraining, _name: str) -> None:
        if self._node is not None:
            self.wished.emit(changes.slow((self._node.id,), training.lr_factor))
