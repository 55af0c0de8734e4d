"""The Train page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from engine.errors import FoveaError
from engine.problems import Problem
from engine.recipe import Training
from engine.runs.events import EpochDone, Event, Notice, RunFailed, RunFinished, RunStarted
from engine.runs.listing import RunInfo, list_runs, replay
from gui.forms import change_of
from gui.job import Job
from gui.pages.base import Action, Page, PageState, Session
from gui.pages.train.curves import FIRST_CHOICE, Curves
from gui.pages.train.figures import Figures
from gui.pages.train.following import Following
from gui.pages.train.history import History
from gui.pages.train.messages import Messages, ending_words
from gui.pages.train.queue_panel import QueuePanel
from gui.pages.train.recipe_panel import RecipePanel
from gui.pages.train.runs_panel import RunsPanel
from gui.pages.train.tabs import PanelTabs
from gui.pages.train.tools.tools import TrainTools
from gui.theme.tokens import SPACE
from gui.widgets import Card, ProblemBox, button, column

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["TrainPage"]

_RECIPE_WIDTHS = (31 * SPACE, 37 * SPACE)
_LEAST_TABLES = 17 * SPACE


class TrainPage(Page):
    """The recipe on the left; numbers, live curves, runs, messages and the queue beside it.

    One run is shown at a time: the one that trains, or one chosen in the table, read back through
    the same code from its events.
    """

    name = "train"
    title = "Train"
    icon = "chart-line"
    fills_ahead = True

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._folder: Path | None = None
        self._checked: tuple[Project | None, tuple[Problem, ...]] = (None, ())
        self.following = Following(self.runner, self)
        self.recipe = RecipePanel()
        self.form = self.recipe.form
        settings = session.settings
        self.curves = Curves((settings.plots if settings is not None else ()) or FIRST_CHOICE)
        self.figures = Figures()
        self.runs = RunsPanel(session)
        self.table = self.runs.table
        self.resume, self.adopt = self.runs.resume, self.runs.adopt
        self.evaluate = self.runs.evaluate
        self.messages = Messages()
        self.queue = QueuePanel(session)
        self.problem = ProblemBox()
        self.enqueue = button("Add to queue", self.add_to_queue)
        self.tools = TrainTools(self)
        self._lay_out()
        self._connect()
        self._enable()

    @property
    def shown(self) -> str:
        """The id of the run that is shown, empty when there is none."""
        return self.following.run

    def _lay_out(self) -> None:
        self.recipe.setMinimumWidth(_RECIPE_WIDTHS[0])
        self.recipe.setMaximumWidth(_RECIPE_WIDTHS[1])
        self.recipe.foot.addWidget(self.enqueue)
        self.recipe.foot.addWidget(self.tools.button)
        self.recipe.foot.addStretch(1)
        self.recipe.body.addWidget(self.tools.line)
        panels = ((self.runs, "Runs"), (self.messages, "Messages"), (self.queue, "Queue"))
        self.tabs = PanelTabs(panels)
        below = Card(margin=SPACE)
        below.body.addWidget(self.tabs)
        self.parts = QSplitter(Qt.Orientation.Vertical)
        self.parts.setChildrenCollapsible(False)
        self.parts.setHandleWidth(SPACE)
        self.parts.addWidget(self.curves)
        self.parts.addWidget(below)
        self.parts.setStretchFactor(0, 4)
        self.parts.setStretchFactor(1, 3)
        self.parts.setSizes([400, 300])  # a share each; both keep it until somebody drags
        right = column(self.problem, self.figures, self.parts, gap=SPACE)
        right.setStretch(2, 1)
        box = QHBoxLayout(self)
        box.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        box.setSpacing(SPACE)
        box.addWidget(self.recipe, 3)
        box.addLayout(right, 8)

    def _connect(self) -> None:
        self.recipe.edited.connect(self._on_recipe)
        self.recipe.listen_for_find(self)
        self.table.chosen.connect(self.show_run)
        self.table.runs.ticked.connect(self._on_tick)
        self.table.runs.refused.connect(self._on_too_many)
        self.runs.resume_wished.connect(self._start)
        self.runs.list_wished.connect(self.refresh_runs)
        self.runs.removed.connect(self._on_removed)
        self.messages.place_wished.connect(self.session.show_place)
        self.messages.counted.connect(self._count_messages)
        self.queue.counted.connect(self._count_queue)
        self.session.place_requested.connect(self._on_place)
        self.session.run_requested.connect(self.show_run_of)
        self.following.turned.connect(self._empty)
        self.following.took.connect(self._take)
        self.following.settled.connect(self._enable)
        self.following.failed.connect(self.session.error)
        self.runner.events.connect(self._on_events)
        self.runner.state_changed.connect(self._on_job)
        self.document.changed.connect(self._on_place_of_project)
        self.problem.fix_clicked.connect(self._fix)
        self.curves.board.chosen_changed.connect(self._on_plots_chosen)
        for plot in (*self.curves.plots, self.recipe.schedule):
            plot.failed.connect(self.session.error)

    # The page as the window sees it

    def show_project(self, before: Project | None, after: Project | None) -> None:
        if after is None:
            return
        if before is None or before.training is not after.training:
            self.recipe.show_recipe(after.training)
        if self._folder != self.document.folder:
            self._folder = self.document.folder
            self._forget()
            self.refresh_runs(show_last=True)
        self._show_problem()
        self._enable()

    def _on_place_of_project(self, *_: object) -> None:
        """Reads everything anew when next shown, also when the project is closed and comes back."""
        if self.document.folder != self._folder:
            self._folder = None

    @property
    def _problems(self) -> tuple[Problem, ...]:
        """What keeps the project from training, also while the page is hidden."""
        project = self.document.project
        if project is not self._checked[0]:
            self._checked = (project, project.errors() if project is not None else ())
        return self._checked[1]

    @property
    def _failed(self) -> bool:
        """Whether the last run of this very project failed."""
        job = self.runner.job
        failed = job.phase == "failed" and job.search is None
        return failed and job.folder == self.document.folder

    def state(self) -> PageState:
        if self.document.project is None:
            return "nothing"
        if self.runner.job.active and self.runner.job.search is None:
            return "running"
        if self._problems or self._failed:
            return "attention"
        return "ready"

    def primary_action(self) -> Action | None:
        job = self.runner.job
        if job.active and job.search is not None:
            tip = "A search trains its trials; a run of its own waits for its end."
            return Action("Show search", self._show_search, "sliders-vertical", tip=tip)
        if job.active:
            stopping = "Stopping after the step in hand." if job.phase == "stopping" else ""
            return Action("Stop", self.runner.stop, "square", stopping, "Stops; can be resumed.")
        reason = self._problems[0].message if self._problems else ""
        if self.document.project is None:
            reason = "Open a project first."
        return Action("Train", self.train, "play", reason, "Trains with the recipe shown here.")

    # Actions

    def train(self) -> None:
        """Starts a new run of the project as it stands."""
        self._start(None)

    def _show_search(self) -> None:
        self.session.go("tune")

    def _start(self, resume: str | None) -> None:
        project, folder = self.document.project, self.document.folder
        if project is None or folder is None:
            return
        try:
            self.runner.start_training(project, folder, resume)
        except FoveaError as error:
            self.session.error(error)
            return
        self.problem.show_error(None)
        if resume is None:
            self._clear()

    def add_to_queue(self) -> None:
        """Keeps the project as it stands; it is trained when the runs before it have ended."""
        project, folder = self.document.project, self.document.folder
        if project is not None and folder is not None and not self._problems:
            self.runner.waiting.add(project, folder)
            self.session.toast("The recipe as it stands now waits in the queue.", "success")

    def _on_recipe(self, spec: object, name: str) -> None:
        project = self.document.project
        if project is None or not isinstance(spec, Training):
            return
        self.document.apply(project.with_(training=spec), change_of(spec, name), f"training.{name}")

    def _fix(self) -> None:
        place = self._problems[0].where if self._problems else ""
        if not self.session.show_place(place):
            self.session.show_place(f"model.{place}")

    def _on_place(self, address: str) -> None:
        """Shows the field that somebody is sent to."""
        if address.startswith("training."):
            self.recipe.reveal(address.removeprefix("training."))

    def _on_plots_chosen(self, names: tuple[str, ...]) -> None:
        if self.session.settings is not None:
            self.session.settings.plots = names
        self._make_room()

    def _make_room(self) -> None:
        """Gives the plots of the tables' height what they lack, as far as there is any."""
        plots, tables = self.parts.sizes()
        lacking = self.curves.board.wanted_height - self.curves.board.height()
        given = min(lacking, tables - _LEAST_TABLES)
        if given > 0:
            self.parts.setSizes([plots + given, tables - given])

    # Runs

    def refresh_runs(self, *, show_last: bool = False) -> None:
        """Reads the list of runs again, behind the window."""
        folder = self.document.folder
        if folder is None:
            return

        def show(runs: list[RunInfo]) -> None:
            if folder != self.document.folder:
                return
            job = self.runner.job
            live = job.run if job.active and job.folder == folder else ""
            if show_last and not self.shown and runs:
                self.show_run(live or runs[-1].id)
            self.table.show_runs(runs, self.shown)
            self._enable()

        self.runner.task(lambda _progress: list_runs(folder), show, self.session.error, owner=self)

    def show_run(self, run: str) -> None:
        """Shows a run's curves, numbers and messages, read from its events."""
        folder = self.document.folder
        if folder is not None and run:
            self.following.show(folder, run)

    def show_run_of(self, home: Path, run: str) -> None:
        """Shows a run that lies elsewhere in the project: of the study whose folder is ``home``."""
        self.table.clearSelection()
        self.following.show(home, run)

    def _on_tick(self, run: str, on: bool) -> None:
        folder = self.document.folder
        if not on or folder is None:
            self.curves.hide_earlier(run)
            return
        path = folder / "runs" / run

        def show(history: History) -> None:
            look = self.table.runs.looks.of(run)
            if self.document.folder == folder and look is not None:
                self.curves.show_earlier(run, history, look)

        self.runner.task(
            lambda _progress: History.of(replay(path)), show, self.session.error, owner=self
        )

    def _on_too_many(self) -> None:
        most = self.table.runs.looks.most
        self.session.toast(f"{most} runs lie behind the curves: untick one of them first.")

    def _on_removed(self, run: str) -> None:
        self.curves.hide_earlier(run)
        if self.shown == run:
            self._clear()

    # Events of training

    def _on_events(self, events: list[Event]) -> None:
        if self.runner.job.folder != self.document.folder:
            return  # the last steps of a project that has been left
        for event in events:
            if isinstance(event, EpochDone):
                self.table.runs.take_epoch(self.runner.job.run, event)
        begun = [place for place, event in enumerate(events) if isinstance(event, RunStarted)]
        if begun:  # what came before a run went back (a repair, a lost card) was undone
            events = events[begun[-1] :]
            self._follow(events[0])
        if begun or (self.shown and self.shown == self.runner.job.run):
            self.following.take(events)

    def _follow(self, started: Event) -> None:
        """Turns to the run that has just begun; one that is resumed is read back up to there."""
        assert isinstance(started, RunStarted)
        if started.step or started.run == self.shown:
            self.show_run(started.run)
        else:
            self.following.turn(started.run)
        self.refresh_runs()

    def _take(self, events: list[Event]) -> None:
        self.curves.take(events)
        self.figures.take(events)
        for event in events:
            if isinstance(event, RunStarted):
                self.messages.say(f"Run {event.run} trains on {event.device}.")
                for note in event.notes:
                    self.messages.say(note)
            elif isinstance(event, Notice):
                self.messages.say(event.text, event.severity, event.where)
            elif isinstance(event, RunFailed):
                self.messages.say(f"{event.what} {event.why}", "error", event.where)
            elif isinstance(event, RunFinished):
                self.messages.say(ending_words(event))

    def _on_job(self, job: Job) -> None:
        if not job.active:
            self.refresh_runs()
        self._show_problem()
        self._enable()
        self.state_changed.emit()

    # What is shown

    def _show_problem(self) -> None:
        job = self.runner.job
        if self._failed and job.error is not None:
            self.problem.show_error(job.error, "")
        elif self._problems and not job.active:
            first = self._problems[0]
            more = len(self._problems) - 1
            error = FoveaError(
                "FV-M002",
                "This project cannot be trained yet.",
                where=first.where,
                why=first.message + (f" ({more} more)" if more else ""),
                fix=first.fix,
            )
            self.problem.show_error(error, "Show me")
        else:
            self.problem.show_error(None)

    def _enable(self) -> None:
        self.runs.enable()
        problem = self._problems[0].message if self._problems else ""
        self.enqueue.setEnabled(self.document.project is not None and not problem)
        self.enqueue.setToolTip(
            problem or "Keeps the recipe as it stands and trains it after the runs before it."
        )

    def _count_messages(self, grave: int) -> None:
        self.tabs.count_at(self.messages, "Messages", grave)

    def _count_queue(self, waiting: int) -> None:
        self.tabs.count_at(self.queue, "Queue", waiting)

    def _forget(self) -> None:
        self.curves.clear_earlier()
        self.table.show_runs((), "")
        self._clear()

    def _clear(self) -> None:
        self.following.turn()

    def _empty(self) -> None:
        self.curves.clear()
        self.figures.clear()
        self.messages.clear()
