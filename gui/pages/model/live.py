"""The Model page while its project trains: colours by norms, and activation maps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QBoxLayout, QWidget

from engine.errors import FoveaError
from engine.graph.records import Graph
from engine.runs.folder import RunFolder
from engine.runs.glimpses import MapsRead, NormsRead
from gui.canvas import GraphView
from gui.pages.base import Session
from gui.pages.model.activation_panel import ActivationPanel
from gui.pages.model.tint_legend import ColourButton, TintLegend
from gui.pages.model.tints import tints
from gui.pages.model.toolbar import Toolbar
from gui.theme import theme
from gui.worker import import_torch

if TYPE_CHECKING:
    from engine.train.finished import Finished
    from engine.train.watch import Watch
    from gui.runner import Task

__all__ = ["Live"]

_NO_WEIGHTS = ("FV-T001", "FV-T011")
_EDITED = " The model was edited since: they are those of the run's model, by the nodes' names."


class Live(QObject):
    """Asks the running training for what is looked at, and shows what it answers.

    It asks only while the canvas can be seen, and only trainings of the open project. Once a run
    has ended, its last answers stay until another one starts; for other nodes and images maps come
    from the best weights of the last run (:class:`engine.train.finished.Finished`).

    Attributes:
        button, legend: for the bar above the canvas. panel: for the inspector of a node.
        scale: what the canvas is coloured by (a name in ``tints.SCALES``), empty for nothing.
        norms, maps: the last answers.
    """

    def __init__(self, session: Session, canvas: GraphView) -> None:
        super().__init__(canvas)
        self._session = session
        self._runner = session.runner
        self._canvas = canvas
        self.button = ColourButton()
        self.legend = TintLegend(self.train)
        self.panel = ActivationPanel(session.runner, self.train)
        self.scale = ""
        self.norms: NormsRead | None = None
        self.maps: MapsRead | None = None
        self._graph = Graph()
        self._way: tuple[str, ...] = ()
        self._node = ""
        self._run = ""
        self._folder: Path | None = None
        self._run_graph: Graph | None = None
        self._asked: tuple[Watch, int, str] | None = None
        self._past: Finished | None = None
        self._past_error: FoveaError | None = None
        self._looking: Task | None = None
        self._when = ""
        self.button.chosen.connect(self.colour_by)
        self.panel.changed.connect(self._ask)
        self._runner.glimpses.connect(self._on_glimpses)
        self._runner.state_changed.connect(lambda _job: self._on_job())
        session.images.changed.connect(self._on_images)
        theme().follow(self._colour)
        canvas.installEventFilter(self)
        self._on_images()

    def join(self, toolbar: Toolbar, node_panel: QWidget) -> None:
        """Puts the button into the bar above the canvas and the panel below a node's facts."""
        toolbar.add_tool(self.button)
        facts = node_panel.layout()
        assert isinstance(facts, QBoxLayout)
        facts.insertWidget(facts.count() - 1, self.panel)

    # What the page tells

    def follow(self, graph: Graph, selected: tuple[str, ...], way: tuple[str, ...] = ()) -> None:
        """Takes the graph on the canvas, the blocks that it lies within, and what is selected."""
        self._graph, self._way = graph, way
        self._node = ".".join((*way, selected[0])) if len(selected) == 1 else ""
        if self._folder != self._session.document.folder:
            self._folder = self._session.document.folder
            self._forget()
        self._meet_run()
        self._colour()
        self._ask()

    def colour_by(self, scale: str) -> None:
        """Colours the canvas by a scale of ``tints.SCALES``; an empty name ends it."""
        self.scale = scale
        self.button.show_choice(scale)
        self.legend.show_scale(scale)
        self._colour()
        self._ask()

    def train(self) -> None:
        """Starts a run of the open project as it stands; the page stays."""
        project, folder = self._session.document.project, self._session.document.folder
        if project is None or folder is None:
            return
        try:
            self._runner.start_training(project, folder)
        except FoveaError as error:
            self._session.error(error)

    # What the training tells

    @property
    def _ours(self) -> bool:
        """Whether the open project is being trained, as it is rather than as trials of a search."""
        job = self._runner.job
        here = job.folder is not None and job.folder == self._session.document.folder
        return job.active and here and job.search is None

    def _on_job(self) -> None:
        job = self._runner.job
        if self._ours and job.phase == "starting" and not job.run:
            self._forget()
        self._meet_run()
        self._ask()

    def _meet_run(self) -> None:
        """Reads the model of a run seen for the first time: the project's may be another."""
        job = self._runner.job
        if self._ours and job.run and job.run != self._run:
            self._run = job.run
            folder, run = job.folder, job.run
            assert folder is not None
            self._runner.task(
                lambda _progress: _model_of(folder / "runs" / run),
                self._on_run_graph,
                lambda _error: self._on_run_graph(None),
                owner=self,
            )

    def _on_run_graph(self, graph: Graph | None) -> None:
        self._run_graph = graph
        self._say()

    def _forget(self) -> None:
        """Another project, or another run from its start."""
        self.norms = self.maps = self._run_graph = self._asked = None
        self._past = self._past_error = None
        self._run = ""
        self._colour()

    def _on_glimpses(self, records: tuple[object, ...]) -> None:
        if not self._ours:
            return
        for record in records:
            if isinstance(record, NormsRead):
                self.norms = record
                self._colour()
            elif isinstance(record, MapsRead):
                self.maps = record
                self._when = f"at step {record.step:,}"
        self._say()

    def _on_images(self) -> None:
        self.panel.choice.show_images(self._session.images.current)
        self._ask()

    # Asking and showing

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Asks while the canvas can be seen, and no longer."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._ask()
        return False

    def _ask(self) -> None:
        """Brings what the training is asked into step with what is looked at."""
        control = self._runner.control
        if control is not None:
            seen = self._ours and self._canvas.isVisible()
            control.watch.norms = seen and bool(self.scale)
            wanted = (control.watch, self.panel.choice.row, self._node)
            if not (seen and self._node and self.panel.wanted):
                control.watch.forget_maps()
                self._asked = None
            elif wanted != self._asked:
                control.watch.ask_maps(*wanted[1:])
                self._asked = wanted
        elif self.panel.wanted and self._node and self._canvas.isVisible():
            self._look_back()
        self._say()

    def _fitting(self) -> MapsRead | None:
        """The last maps, if they are of the node and the image that are chosen."""
        maps, row = self.maps, self.panel.choice.row
        return maps if maps is not None and (maps.node, maps.row) == (self._node, row) else None

    def _look_back(self) -> None:
        """Reads the maps from the best weights of the last run, when none trains."""
        folder, known = self._session.document.folder, self._past
        if self._looking or self._past_error or self._fitting() or folder is None:
            return
        row, node = self.panel.choice.row, self._node
        self._looking = self._runner.task(
            lambda _progress: _maps_of(folder, known, row, node),
            lambda found: self._looked_back(folder, *found),
            lambda error: self._looked_back(folder, None, error),
            owner=self,
        )

    def _looked_back(
        self, folder: Path, past: Finished | None, found: MapsRead | FoveaError
    ) -> None:
        self._looking = None
        if not self._runner.job.active and folder == self._session.document.folder:
            if isinstance(found, FoveaError):
                self._past_error = found
            elif past is not None:
                self._past, self.maps, self._run_graph = past, found, past.graph
                self._when = f"with the best weights of run {past.run} (epoch {past.epoch})"
        self._ask()

    def _colour(self) -> None:
        known = self.norms.nodes if self.norms is not None else {}
        names = tuple(self._graph.by_id)
        shown = tints(known, self.scale, self._way, names) if self.scale else {}
        self._canvas.graph_scene.show_tints(shown)

    @property
    def _edited(self) -> bool:
        """Whether the project's model is another than the run's, places on the canvas aside."""
        project, run = self._session.document.project, self._run_graph
        if project is None or run is None or project.model is run:
            return False
        return _meaning(project.model) != _meaning(run)

    def _say(self) -> None:
        can_train = not self._runner.job.active and self._session.document.project is not None
        self.legend.show_source(self._legend_words(), can_train=can_train)
        maps = self._fitting()
        self.panel.show_maps(maps)
        self.panel.show_state(self._panel_words(maps), can_train=can_train)

    def _legend_words(self) -> str:
        if self.norms is not None:
            words = f"Step {self.norms.step:,} of run {self._run}."
            return words + (_EDITED.replace("they", "the colours") if self._edited else "")
        if self._ours:
            return "Waiting for the first step."
        return "The colours and numbers appear here while this project trains, twice a second."

    def _panel_words(self, maps: MapsRead | None) -> str:
        if not self.panel.choice.ready:
            return "The project has no images yet."
        if maps is not None and maps.trouble:
            return maps.trouble
        if maps is not None:
            count, channels = maps.shape[0], maps.channels
            part = f"{count}" if count == channels else f"The first {count} of {channels:,}"
            words = f"{part} channels {self._when}, each from its lowest value (black) to its "
            words += "highest (white)."
            if maps.shape[1:] == (1, 1):
                words = f"{part} values {self._when}: up is positive, down negative."
            return words + (_EDITED if self._edited else "")
        if self._ours:
            return "Waiting for the next step."
        if self._looking is not None:
            return "Reading the weights of the last run…"
        if self._past_error is not None and self._past_error.code not in _NO_WEIGHTS:
            return f"{self._past_error.what} {self._past_error.why}".strip()
        return (
            "While this project trains, this shows what the node makes of the image, twice a "
            "second: one picture for each output channel."
        )


def _model_of(run: Path) -> Graph:
    """On a worker: the model that a run was started with; raises FoveaError."""
    from engine.project.document import Project

    return Project.from_json(RunFolder(run).read_project()).model


def _maps_of(
    folder: Path, known: Finished | None, row: int, node: str
) -> tuple[Finished, MapsRead]:
    """On a worker: the maps from the best weights of the last run; raises FoveaError."""
    import_torch()
    from engine.train.finished import Finished

    past = known or Finished(folder)
    return past, past.maps(row, node)


def _meaning(graph: Graph) -> tuple[object, ...]:
    return {node.id: node.layer for node in graph.nodes}, set(graph.wires)
