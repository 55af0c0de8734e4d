"""The Model page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.graph.analysis import analyse
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.templates import TEMPLATES
from gui.canvas import GraphView
from gui.numbers import compact
from gui.pages.base import Action, Page, PageState, Session
from gui.pages.model.blocks import Blocks
from gui.pages.model.code_panel import Beside, CodePanel
from gui.pages.model.extras import CanvasExtras
from gui.pages.model.import_model import ImportModel
from gui.pages.model.inspector import Inspector
from gui.pages.model.knowing import Knowing
from gui.pages.model.live import Live
from gui.pages.model.node_marks import CanvasMarks, NodeMenu
from gui.pages.model.palette import Palette
from gui.pages.model.place import Place
from gui.pages.model.template_gallery import TemplateGallery
from gui.pages.model.toolbar import Toolbar
from gui.pages.model.weights import Weights
from gui.pages.model.wishes import Wishes
from gui.theme.tokens import SPACE
from gui.widgets import Card, column

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["ModelPage"]

_PALETTE_WIDTH = 27 * SPACE
_INSPECTOR_WIDTH = 37 * SPACE
_PALETTE_AND_CODE = 132 * SPACE  # below, there is room for one of them beside the canvas
_NO_FRAME = Frame(0, 0, 0, 0)
_READABLE = 0.6


class ModelPage(Page):
    """Palette on the left, canvas in the middle, the selection's settings on the right."""

    name = "model"
    title = "Model"
    icon = "network"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.place = Place(session.document)
        self.wishes = Wishes(session.document, self.place, self._refuse)
        self.palette_panel = Palette()
        self.canvas = GraphView()
        self.toolbar = Toolbar()
        self.weights = Weights(session, self.toolbar)
        self.toolbar.add_tool(self.weights.button)
        self.inspector = Inspector(self._rename)
        self.live = Live(session, self.canvas)
        self.blocks = Blocks(
            session.document, self.place, self.wishes, self.canvas, self.inspector, self._refuse
        )
        self.node_menu = NodeMenu(self.canvas, self.place, self.tuning)
        self.marks = CanvasMarks(self.canvas, self.document, self.tuning)
        self.importing = ImportModel(session, self)
        self._graph = Graph()
        self._frame = _NO_FRAME
        self._analysis = analyse(self._graph, self._frame)
        self.place.moved.connect(self._on_moved)
        self._fitted = False
        self.code = CodePanel(session.runner)
        self._lay_out()
        self._connect_canvas()
        self._connect_panels()
        self.knowing = Knowing(session, self.canvas, self.inspector, self.wishes)
        self.knowing.changed.connect(self._show_chip)
        self._show_facts()

    def _lay_out(self) -> None:
        self.canvas.set_empty_text(
            "Drag a layer here from the left, press Tab to choose one, "
            "or choose a model under “Start\N{NO-BREAK SPACE}from…”."
        )
        middle = Card(margin=1, gap=0)
        holder = QWidget()
        bar = column(self.toolbar, margin=SPACE // 2)
        holder.setLayout(bar)
        middle.body.setSpacing(0)
        middle.body.addWidget(holder)
        middle.body.addWidget(self.blocks.breadcrumb)
        middle.body.addWidget(self.live.legend)
        self.beside = Beside(self.canvas, self.code)
        middle.body.addWidget(self.beside, 1)
        self.live.join(self.toolbar, self.inspector.node_panel)
        self.palette_panel.setFixedWidth(_PALETTE_WIDTH)
        self.inspector.setFixedWidth(_INSPECTOR_WIDTH)
        box = QHBoxLayout(self)
        box.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        box.setSpacing(SPACE)
        box.addWidget(self.palette_panel)
        box.addWidget(middle, 1)
        box.addWidget(self.inspector)

    def _connect_canvas(self) -> None:
        canvas, wishes = self.canvas, self.wishes
        canvas.wish_add.connect(lambda kind, at: canvas.select(wishes.add(kind, at)))
        canvas.wish_insert.connect(lambda *wish: canvas.select(wishes.insert(*wish)))
        canvas.wish_connect.connect(wishes.connect)
        canvas.wish_rewire.connect(wishes.rewire)
        canvas.wish_disconnect.connect(wishes.disconnect)
        canvas.wish_delete.connect(wishes.delete)
        canvas.wish_duplicate.connect(lambda ids: canvas.select(wishes.duplicate(ids)))
        canvas.wish_move.connect(wishes.move)
        canvas.wish_edit.connect(lambda name: self.blocks.open(name) or self.inspector.take_keys())
        canvas.wish_settings.connect(self.inspector.take_keys)
        self.inspector.wish_leave.connect(canvas.setFocus)
        canvas.refused.connect(self._refuse)
        canvas.selection_changed.connect(lambda _ids: self._show_facts())
        canvas.zoom_changed.connect(self.toolbar.show_scale)
        self.extras = CanvasExtras(canvas, wishes, self._rename, self.session)

    def _connect_panels(self) -> None:
        self.palette_panel.wish_add.connect(self.add_layer)
        self.inspector.wish_layer.connect(self.wishes.set_layer)
        self.inspector.wish_select.connect(self._select)
        self.session.place_requested.connect(self.show_place)
        self.inspector.node_panel.training.wished.connect(self.wishes.do)
        self.toolbar.templates_wished.connect(self.choose_template)
        self.toolbar.import_wished.connect(self.importing.choose)
        self.importing.imported.connect(lambda _found: self._show_other_model())
        self.toolbar.arrange_wished.connect(self._arrange)
        self.toolbar.fit_wished.connect(self.canvas.fit)
        self.toolbar.zoom_wished.connect(
            lambda factor: self.canvas.set_zoom(self.canvas.zoom * factor if factor else 1.0)
        )
        self.toolbar.code_wished.connect(self._show_code)
        self.code.wish_select.connect(self._select_from_code)
        self.code.said.connect(self.session.toast)
        self.code.failed.connect(self.session.error)

    # The page as the window sees it

    def show_project(self, before: Project | None, after: Project | None) -> None:
        """Analyses and redraws the model when it, or the data it is made for, is another."""
        if before is None or after is None:
            self.extras.close()
            self.place.go(())
        self.place.settle()
        frame = after.frame() if after is not None else _NO_FRAME
        self._show_start()
        view = self.place.view
        self.marks.show(view.path)
        if view.graph is self._graph and view.analysis is self._analysis and frame == self._frame:
            self.knowing.refresh()
            return
        self._frame = frame
        self._show_view()
        if before is None or not self._fitted:
            self._fitted = after is not None
            QTimer.singleShot(0, self.canvas, self.canvas.show_start)

    def _show_start(self) -> None:
        """Says which weights the model, and the nodes of its outermost graph, start from."""
        project = self.document.project
        start = project.start if project is not None else None
        self.weights.show_start(start)
        self.inspector.node_panel.training.show_start(None if self.place.path else start)

    def _show_view(self) -> None:
        """Draws what is at the place now."""
        view = self.place.view
        self._graph, self._analysis = view.graph, view.analysis
        self.marks.show(view.path)
        self.canvas.show_graph(view.graph, view.analysis, self._frame)
        for chooser in (self.palette_panel, self.extras.quick_add):
            chooser.show_place(bool(view.path), self.place.definitions)
        self.blocks.show()
        self._show_facts()

    def _on_moved(self) -> None:
        """Another graph altogether: nothing of the old one stays selected, open or in sight."""
        self.extras.close()
        self.canvas.select(())
        self._show_start()
        self._show_view()
        self.canvas.fit()
        if self.canvas.zoom < _READABLE:
            self.canvas.show_start()

    def _refuse(self, text: str) -> None:
        self.session.toast(text, "warning")

    def state(self) -> PageState:
        """Attention while the model cannot be trained."""
        project = self.document.project
        if project is None or not project.model.nodes:
            return "nothing"
        return "ready" if analyse(project.model, project.frame()).ok else "attention"

    def primary_action(self) -> Action | None:
        """The window's own next step."""
        return None

    # Actions

    def show_place(self, address: str) -> None:
        """Selects the node at ``model.stem`` or, inside blocks, ``model.stage.conv1``; says so when
        it is gone.
        """
        page, *parts = address.split(".")
        if page != "model" or not parts:
            return
        self.place.go(tuple(parts[:-1]))
        name = parts[len(self.place.path)]
        if name in self.place.view.graph.by_id:
            self._select((name,))
        else:
            self.session.toast(f"The model no longer has a node “{name}”.", "warning")

    def add_layer(self, kind: str) -> None:
        """Adds a layer behind the selection and selects it."""
        middle = self.canvas.middle()
        spot = (round(middle.x() / SPACE) * SPACE - 84.0, round(middle.y() / SPACE) * SPACE - 28.0)
        self.canvas.select(self.wishes.add_after(kind, self.canvas.selected(), spot))

    def choose_template(self) -> None:
        """Shows the models to start from; choosing one replaces the model."""
        gallery = TemplateGallery(self._frame, self)
        gallery.chosen.connect(self.start_from)
        gallery.open()

    def start_from(self, name: str) -> None:
        """Replaces the model by a template, as one undo step."""
        self.wishes.start_from(TEMPLATES[name])
        self.canvas.show_start()

    def _show_other_model(self) -> None:
        """Another model altogether, seen from its start."""
        self.place.go(())
        self.canvas.show_start()

    def _arrange(self) -> None:
        self.wishes.arrange()
        self.canvas.fit()

    def _select(self, ids: tuple[str, ...]) -> None:
        self.canvas.select(ids)
        self.canvas.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Gives the code the room of the palette in a narrow window; Tab adds layers, too."""
        super().resizeEvent(event)
        narrow = self.width() < _PALETTE_AND_CODE
        self.palette_panel.setVisible(not (narrow and self.toolbar.code.isChecked()))

    def _show_code(self, on: bool) -> None:
        narrow = self.width() < _PALETTE_AND_CODE
        self.palette_panel.setVisible(not (narrow and on))
        self.beside.show_code(on)

    def _select_from_code(self, ids: tuple[str, ...]) -> None:
        """Leaves the keyboard with the code, where text may be about to be marked."""
        if self.document.project is not None and self._graph is self.document.project.model:
            self.canvas.select(ids)

    def _rename(self, name: str, new: str) -> str:
        chosen = self.canvas.selected()
        trouble = self.wishes.rename(name, new)
        if not trouble and name in chosen:
            self.canvas.select([new if other == name else other for other in chosen])
        return trouble

    def _show_facts(self) -> None:
        chosen = self.canvas.inspected()
        title = self.place.titles[-1] if self.place.path else "Model"
        self.inspector.show_selection(self._graph, self._analysis, chosen, title)
        self.knowing.show(self._graph, self._frame, self._analysis, chosen)
        self.live.follow(self._graph, chosen, self.place.path)
        self.code.follow(self.document.project, self._graph, self.canvas.selected())
        self._show_chip()

    def _show_chip(self) -> None:
        """How many problems, else how many warnings, else how large the model is."""
        errors = sum(problem.severity == "error" for problem in self._analysis.problems)
        chip = self.toolbar.state
        if not self._graph.nodes:
            chip.hide()
            return
        chip.show()
        if errors:
            chip.show_fact(
                f"{errors} problem{'s' if errors > 1 else ''}", "danger", "triangle-alert"
            )
        elif not self.knowing.show_warnings(chip):
            chip.show_fact(
                f"{compact(self._analysis.parameters)} parameters", "plain", "circle-check"
            )
