"""What the page knows about the model beyond right and wrong: warnings, memory, field of view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from engine.blocks.dropping import as_trained
from engine.compile.demand import Demand, demand
from engine.compile.memory import Machine
from engine.graph.advice import Finding, advise
from engine.graph.analysis import analyse
from engine.graph.facts import Analysis
from engine.graph.records import Graph
from engine.layers.base import Frame
from gui.canvas import GraphView
from gui.pages.base import Session
from gui.pages.model.field_panel import FieldPanel
from gui.pages.model.inspector import Inspector
from gui.pages.model.marks import Marks
from gui.pages.model.wishes import Wishes
from gui.widgets import Chip

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["Knowing"]

_REST_MS = 60
_NOTHING = Graph()


class Knowing(QObject):
    """Looks at the model a moment after each edit, so that no edit waits for it.

    The page says with :meth:`show` what is drawn and selected; warnings go to the inspector, to
    signs on the canvas and, by :meth:`show_warnings`, to the page's chip, memory and receptive
    field to the inspector. ``changed()`` says that it has looked.
    """

    changed = Signal()

    def __init__(
        self, session: Session, canvas: GraphView, inspector: Inspector, wishes: Wishes
    ) -> None:
        super().__init__(canvas)
        self.findings: tuple[Finding, ...] = ()
        self.demand: Demand | None = None
        self.marks = Marks()
        self.field = FieldPanel(session)
        self._session, self._canvas, self._inspector = session, canvas, inspector
        self._graph, self._frame = _NOTHING, Frame(0, 0, 0, 0)
        self._analysis = analyse(self._graph, self._frame)
        self._selected: tuple[str, ...] = ()
        self._looked: tuple[object, ...] | None = None
        self._rest = QTimer(self, interval=_REST_MS, singleShot=True)
        self._rest.timeout.connect(self.look)
        inspector.node_panel.add(self.field)
        for warnings in (inspector.node_panel.warnings, inspector.model_panel.warnings):
            warnings.wish_fix.connect(wishes.fix)
            warnings.wish_fix.connect(lambda _found: canvas.setFocus())  # its button is gone
            warnings.wish_select.connect(inspector.wish_select)
        session.runner.machine_changed.connect(self._rest.start)
        session.images.changed.connect(self._rest.start)

    def show(
        self, graph: Graph, frame: Frame, analysis: Analysis, selected: tuple[str, ...]
    ) -> None:
        """Follows what is drawn and selected; cheap, the rest comes when the hands rest."""
        self._graph, self._frame, self._analysis = graph, frame, analysis
        self._selected = tuple(name for name in selected if name in graph)
        self.refresh()
        self._show_selection()

    def refresh(self) -> None:
        """Looks again soon if anything it depends on, such as the recipe, is another."""
        asked, looked = self._question(), self._looked
        if looked is None or any(
            one is not other for one, other in zip(asked, looked, strict=True)
        ):
            self._rest.start()

    def show_warnings(self, chip: Chip) -> bool:
        """Shows their number on the chip, if there are any."""
        count = len(self.findings)
        if count:
            text = f"{count} warning{'s' if count > 1 else ''}"
            chip.show_fact(text, "warning", "triangle-alert")
        return bool(count)

    def look(self) -> None:
        """Asks the rules and estimates the memory, now."""
        project = self._project
        self._rest.stop()
        self._looked = self._question()
        loss = project.training.loss if project is not None else None
        self.findings = advise(self._graph, self._frame, self._analysis, loss)
        self.demand = self._estimate(project)
        self.marks.show(self._canvas.graph_scene.nodes, self.findings)
        self._show_selection()
        self.changed.emit()

    @property
    def _project(self) -> Project | None:
        return self._session.document.project

    def _question(self) -> tuple[object, ...]:
        """All that the answer depends on, by identity; another frame makes another analysis."""
        project = self._project
        return (self._graph, self._analysis, project.training if project is not None else None)

    @property
    def _inside(self) -> bool:
        """Whether the inside of a block is drawn: its nodes' names and input are its own."""
        project = self._project
        return project is not None and project.model is not self._graph

    @property
    def _machine(self) -> Machine | None:
        """The device that the window found; none where the recipe names another one."""
        project, machine = self._project, self._session.runner.machine
        other = project is not None and project.training.device == "cpu"
        return None if machine is not None and machine.graphics and other else machine

    def _estimate(self, project: Project | None) -> Demand | None:
        """Of the whole model, also while the inside of a block is drawn."""
        if project is None or not project.model.nodes:
            return None
        whole = self._analysis
        if self._inside:
            whole = analyse(project.model, self._frame)
        recipe = project.training
        model = as_trained(project.model, recipe)
        return demand(model, self._frame, whole, recipe, self._machine)

    def _data(self) -> int:
        """Bytes of the images, which a card holds when they fit."""
        found = self._session.images.current
        if found is None:
            return 0
        pixels = self._frame.channels * self._frame.height * self._frame.width
        return len(found.manifest.items) * pixels * (2 if found.spec.depth == 16 else 1)

    def _show_selection(self) -> None:
        inspector, chosen, inside = self._inspector, self._selected, self._inside
        part = bool(chosen) or inside
        inspector.model_panel.show_memory(self.demand, self._machine, self._data(), part)
        inspector.model_panel.warnings.show_findings(self.findings if not chosen else ())
        calm = not self._analysis.problems and bool(self.findings) and not chosen
        inspector.model_panel.list_heading.setVisible(not calm)  # else it says “Nothing is wrong”
        if len(chosen) != 1:
            return
        about = [found for found in self.findings if chosen[0] in found.nodes]
        facts = self._analysis.nodes.get(chosen[0])
        inspector.node_panel.warnings.show_findings(about)
        inspector.node_panel.show_facts(facts, self.demand, inside=inside)
        self.field.setVisible(not inside)
        self.field.show_node(None if inside else facts, self._frame)
