"""The panel beside the canvas: the selected node's settings and facts, or the model's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.blocks.knobs import Knob
from engine.compile.demand import Demand
from engine.compile.memory import Machine
from engine.graph.facts import Analysis, NodeFacts
from engine.graph.records import Graph, Node
from engine.layers.base import Layer
from engine.problems import Problem
from gui.forms import SpecForm
from gui.numbers import compact
from gui.pages.model.advice_list import AdviceList
from gui.pages.model.block_panel import BlockPanel
from gui.pages.model.expose_row import ExposeRow
from gui.pages.model.facts import FactTable, memory_rows, model_rows, node_rows
from gui.pages.model.node_marks import NodeMarks
from gui.pages.model.training_row import TrainingRow
from gui.theme.tokens import SPACE
from gui.widgets import (
    STRETCH,
    Card,
    Stack,
    button,
    clear,
    column,
    label,
    restyle,
    row,
    rule,
    scroll,
)

__all__ = ["Inspector"]

_MOST_PROBLEMS = 50


class Inspector(Card):
    """Shows one node, several, or the whole model; wishes what is changed.

    ``wish_layer(id, layer, parameter)``; ``wish_select(ids)`` from a click on a problem. ``rename``
    is called with id and new id and says why not. ``wish_leave()``: Escape,
    when it means nothing to a field.
    """

    wish_layer = Signal(str, object, str)
    wish_select = Signal(object)
    wish_leave = Signal()

    def __init__(self, rename: Callable[[str, str], str], parent: QWidget | None = None) -> None:
        super().__init__("", margin=0, parent=parent)
        self.node_panel = NodePanel(rename)
        self.model_panel = ModelPanel()
        self._of_model, self._of_node = scroll(self.model_panel), scroll(self.node_panel)
        self._stack = Stack(self._of_model, self._of_node)
        self.body.addWidget(self._stack)
        self.node_panel.wish_layer.connect(self.wish_layer)
        self.model_panel.wish_select.connect(self.wish_select)

    def show_selection(
        self, graph: Graph, analysis: Analysis, selected: tuple[str, ...], title: str = "Model"
    ) -> None:
        """Shows the facts for what is selected; of all, under ``title``, where nothing is."""
        known = [name for name in selected if name in graph]
        if len(known) == 1:
            self.node_panel.show_node(graph.node(known[0]), analysis.nodes.get(known[0]))
            self._stack.show_only(self._of_node)
            return
        self.model_panel.show_model(graph, analysis, known, title)
        self._stack.show_only(self._of_model)

    def take_keys(self) -> None:
        """Gives the keys to the first setting, the parameters of a block first, or first warning.

        Where there is nothing to set they stay where they are.
        """
        if self._stack.current is self._of_node:
            found = self.node_panel.first_field()
        else:
            buttons = self.model_panel.findChildren(QAbstractButton)
            found = next((b for b in buttons if b.isVisible() and b.isEnabled()), None)
        area = self._stack.current
        if found is not None and isinstance(area, QScrollArea):
            found.setFocus(Qt.FocusReason.TabFocusReason)
            area.ensureWidgetVisible(found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.wish_leave.emit()
        else:
            super().keyPressEvent(event)


class NodePanel(QWidget):
    """Name, settings and facts of one node.

    ``menu_opening(menu, name)`` is that of the form, for the node that is shown.
    """

    wish_layer = Signal(str, object, str)
    menu_opening = Signal(object, str)

    def __init__(self, rename: Callable[[str, str], str]) -> None:
        super().__init__()
        self._rename = rename
        self._node: Node | None = None
        self._forms: dict[type[Layer], SpecForm] = {}
        self._place = "model"
        self.heading = label("", "section", wrap=True)
        self.tuned = NodeMarks()
        self.summary = label("", "caption", wrap=True)
        self.name = NameField()
        self.name.setAccessibleName("Name of the node")
        self.name.setToolTip("Small letters, digits and underscores; used in addresses and code.")
        self.name_trouble = label("", "error", wrap=True)
        self.name_trouble.hide()
        self.problem = ProblemNote()
        self.warnings = AdviceList()
        self.facts = FactTable()
        self._more = QVBoxLayout()
        self.block = BlockPanel()
        self.exposed = ExposeRow()
        self.training = TrainingRow()
        self._slot = QVBoxLayout()
        self._slot.setContentsMargins(0, 0, 0, 0)
        head = row(self.heading, self.tuned)
        head.setStretch(0, 1)
        content = column(
            head,
            self.summary,
            self.problem,
            self.warnings,
            column(label("Name", "muted"), self.name, self.name_trouble, gap=SPACE // 2),
            rule(),
            self.block,
            self._slot,
            self.exposed,
            self.training,
            rule(),
            self.facts,
            self._more,
            STRETCH,
            gap=SPACE + 4,
            margin=2 * SPACE,
        )
        self.setLayout(content)
        self.name.editingFinished.connect(self._on_name)

    @property
    def node_id(self) -> str:
        """The id of the node that is shown, empty before the first."""
        return self._node.id if self._node is not None else ""

    def show_exposed(self, driven: Mapping[str, Knob] | None) -> None:
        """Says which settings the block around has as parameters; None outside of blocks."""
        self.exposed.show_driven(driven)

    def show_place(self, path: Sequence[str]) -> None:
        """Says inside of which blocks the nodes are; the next node is shown there."""
        self._place = ".".join(("model", *path))

    @property
    def address(self) -> str:
        """Where in the project the node is."""
        return f"{self._place}.{self.node_id}" if self._node is not None else ""

    def first_field(self) -> QWidget:
        """The first setting, of a block with parameters of its own the first of those."""
        own = self.block.form if self.block.isVisible() else None
        forms = [form for form in (own, self.form) if form is not None and form.isVisible()]
        fields = [field for form in forms if (field := form.first_field()) is not None]
        return fields[0] if fields else self.name

    @property
    def form(self) -> SpecForm | None:
        """The form that is shown."""
        return self._forms.get(type(self._node.layer)) if self._node is not None else None

    def show_node(self, node: Node, facts: NodeFacts | None) -> None:
        """Shows a node; fields that are being typed in keep their focus."""
        before, self._node = self._node, node
        if before is None or before.id != node.id:
            self.name.setText(node.id)
            self._show_name_trouble("")
        self.heading.setText(node.layer.title)
        self.exposed.show_node(node)
        self.training.show_node(node, facts)
        if before is None or type(before.layer) is not type(node.layer):
            self.summary.setText(node.layer.summary)
            self._show_form(type(node.layer))
        form = self._forms[type(node.layer)]
        form.set_value(node.layer)
        for part in (form, self.training, self.block, self.tuned):
            part.set_address(self.address)
        self._show_trouble(form, facts)

    def add(self, panel: QWidget) -> None:
        """Puts another panel below the facts."""
        self._more.addWidget(panel)

    def show_facts(
        self, facts: NodeFacts | None, need: Demand | None, *, inside: bool = False
    ) -> None:
        """Shows what is known of the node; ``need`` tells what its activations take in training.

        ``inside`` of a block fields are counted in its input, and memory is told of it as a whole.
        """
        if need is None or inside:
            self.facts.show_rows(node_rows(facts, inside=inside))
        else:
            self.facts.show_rows(node_rows(facts, need.kept.get(self.node_id), need.batch))

    def _show_form(self, kind: type[Layer]) -> None:
        for form in self._forms.values():
            form.hide()
        if kind not in self._forms:
            form = SpecForm(kind)
            form.edited.connect(self._on_edited)
            form.menu_opening.connect(self.menu_opening)
            self._slot.addWidget(form)
            self._forms[kind] = form
        self._forms[kind].show()

    def _show_trouble(self, form: SpecForm, facts: NodeFacts | None) -> None:
        problem, fix = (facts.problem, facts.fix) if facts is not None else ("", "")
        if facts is not None and facts.waits_for:
            problem = f"This node waits until “{facts.waits_for}” is right."
        self.problem.show_text(problem, fix, waiting=facts is not None and bool(facts.waits_for))
        at_fault = facts.param if facts is not None and facts.problem else ""
        for item in type(form.value).params() if form.value is not None else ():
            form.show_trouble(item.name, problem if item.name == at_fault else "")
        if self._node is not None:
            self.block.show_layer(self._node.layer, problem, at_fault)

    def _on_edited(self, layer: Layer, parameter: str) -> None:
        if self._node is not None:
            self.wish_layer.emit(self._node.id, layer, parameter)

    def _on_name(self) -> None:
        if self._node is None or self.name.text() == self._node.id:
            self._show_name_trouble("")
            return
        self._show_name_trouble(self._rename(self._node.id, self.name.text().strip()))

    def _show_name_trouble(self, sentence: str) -> None:
        self.name_trouble.setText(sentence)
        self.name_trouble.setVisible(bool(sentence))
        restyle(self.name, "wrong", "true" if sentence else "false")


class NameField(QLineEdit):
    """A field whose text goes back to what it was on Escape."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isUndoAvailable():
            while self.isUndoAvailable():
                self.undo()
        else:
            super().keyPressEvent(event)


class ProblemNote(QFrame):
    """What is wrong with a node and what to do about it; hidden while nothing is."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "problem")
        self.what = label("", wrap=True, select=True)
        self.fix = label("", "caption", wrap=True)
        self.setLayout(column(self.what, self.fix, gap=SPACE // 2, margin=SPACE))
        self.hide()

    def show_text(self, what: str, fix: str, *, waiting: bool = False) -> None:
        """Shows the sentences; ``waiting`` in the milder colours."""
        restyle(self, "look", "notice" if waiting else "problem")
        self.what.setText(what)
        self.fix.setText(fix)
        self.fix.setVisible(bool(fix))
        self.setVisible(bool(what))


class ModelPanel(QWidget):
    """Totals of the model or of several nodes, and everything that is wrong."""

    wish_select = Signal(object)
    wish_group = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._problems: tuple[Problem, ...] = ()
        self.heading = label("Model", "section")
        self.hint = label("Select a node to change its settings.", "caption", wrap=True)
        self.group = button(
            "Group into block…",
            self.wish_group.emit,
            icon="box",
            tip="One node that can be named, given parameters and reused (Ctrl+G)",
        )
        self.facts = FactTable()
        self.memory = FactTable()
        self.warnings = AdviceList(heading=True)
        self.list_heading = label("", "section")
        self.list = QVBoxLayout()
        self.list.setSpacing(SPACE // 2)
        self.setLayout(
            column(
                self.heading,
                self.hint,
                self.facts,
                self.memory,
                row(self.group, STRETCH),
                rule(),
                self.list_heading,
                self.list,
                self.warnings,
                STRETCH,
                gap=SPACE + 4,
                margin=2 * SPACE,
            )
        )

    def show_model(
        self, graph: Graph, analysis: Analysis, selected: list[str], title: str = "Model"
    ) -> None:
        """Shows totals, of the selection where there is one, and the problems."""
        if selected:
            facts = [analysis.nodes[name] for name in selected]
            self.heading.setText(f"{len(selected)} nodes selected")
            parameters, macs = sum(f.parameters for f in facts), sum(f.macs for f in facts)
            self.facts.show_rows(
                [
                    ("Parameters", compact(parameters), f"{parameters:,} trainable values"),
                    ("Multiply-adds", compact(macs), f"{macs:,} per image"),
                ]
            )
        else:
            self.heading.setText(title)
            self.facts.show_rows(model_rows(analysis, len(graph.nodes)))
        self.hint.setVisible(not selected)
        self.group.setVisible(bool(selected))
        self._show_problems(analysis.problems)

    def show_memory(
        self, need: Demand | None, machine: Machine | None, data: int, selected: bool
    ) -> None:
        """Shows what training takes; of the whole model, so not while nodes are selected."""
        self.memory.setVisible(need is not None and not selected)
        if need is not None:
            self.memory.show_rows(memory_rows(need, machine, data))

    def _show_problems(self, problems: tuple[Problem, ...]) -> None:
        if problems == self._problems and self.list_heading.text():
            return
        self._problems = problems
        count = len(problems)
        self.list_heading.setText(
            "Nothing is wrong" if not count else f"{count} problem{'s' if count > 1 else ''}"
        )
        restyle(self.list_heading, "tone", "danger" if count else "success")
        clear(self.list)
        for problem in problems[:_MOST_PROBLEMS]:
            self.list.addWidget(self._entry(problem))

    def _entry(self, problem: Problem) -> QFrame:
        frame = QFrame()
        frame.setProperty("look", "problem" if problem.severity == "error" else "notice")
        box = column(label(problem.message, wrap=True), gap=SPACE // 2, margin=SPACE)
        if problem.fix:
            box.addWidget(label(problem.fix, "caption", wrap=True))
        if problem.where:
            meant = problem.nodes or (problem.where,)
            text = f"Show {problem.where}" if len(meant) == 1 else f"Show all {len(meant)} nodes"
            show = button(text, lambda: self.wish_select.emit(meant), look="link")
            box.addLayout(row(show, STRETCH))
        frame.setLayout(box)
        return frame
