"""The Tune page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from engine.tune.events import StudyFinished, StudyStarted
from engine.tune.folder import StudyFolder
from engine.tune.goals import GOALS
from engine.tune.table import TrialRow
from gui.check_job import CheckJob
from gui.job import Job
from gui.pages.base import Action, Page, PageState, Session
from gui.pages.tune.costs import Costs
from gui.pages.tune.edits import Edits
from gui.pages.tune.live_trials import LiveTrials
from gui.pages.tune.plan_panel import PlanPanel
from gui.pages.tune.results import Results
from gui.pages.tune.row_facts import Space, read_space
from gui.pages.tune.shared_bar import SharedBar
from gui.pages.tune.shared_words import elsewhere
from gui.pages.tune.space_panel import SpacePanel
from gui.pages.tune.starting import Starting
from gui.pages.tune.studies import Found, Studies, Trials
from gui.pages.tune.troubles import Troubles, gave_up
from gui.theme.tokens import SPACE
from gui.widgets import column

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["TunePage"]

_UNREADABLE = "FV-S005"
_SIDE_WIDTHS = (48 * SPACE, 52 * SPACE)


class TunePage(Page):
    """The search space and the plan on the left, the trials of a study beside them.

    One study is shown at a time: the one that runs, or one chosen above the table. Without one,
    the plan is that of the next.
    """

    name = "tune"
    title = "Tune"
    icon = "sliders-vertical"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._folder: Path | None = None
        self._space = Space()
        self._looked: Project | None = None
        self._found = Found(Path())
        self._live: LiveTrials | None = None
        self.studies = Studies(self.runner, self)
        self.starting = Starting(session, self)
        self.edits = Edits(session)
        self.space = SpacePanel()
        self.plan = PlanPanel()
        self.costs = Costs(self.runner, self)
        self.results = Results(session)
        self.shared = SharedBar(self.runner)
        self.choice, self.trials = self.results.choice, self.results.trials
        self.problem = Troubles(self.runner)
        self._lay_out()
        self._connect()
        self._show_study(None)

    @property
    def study(self) -> StudyFolder | None:
        """The study that is shown, None while the next one is planned."""
        return self.studies.shown

    def _lay_out(self) -> None:
        left = QSplitter(Qt.Orientation.Vertical)
        left.setChildrenCollapsible(False)
        left.setHandleWidth(SPACE)
        left.addWidget(self.space)
        left.addWidget(self.plan)
        left.setSizes([340, 260])
        left.setMinimumWidth(_SIDE_WIDTHS[0])
        left.setMaximumWidth(_SIDE_WIDTHS[1])
        right = column(self.problem, self.shared, self.results, gap=SPACE)
        right.setStretch(2, 1)
        box = QHBoxLayout(self)
        box.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        box.setSpacing(SPACE)
        box.addWidget(left, 3)
        box.addLayout(right, 7)

    def _connect(self) -> None:
        self.space.changed.connect(self.edits.put)
        self.space.removed.connect(self.tuning.release)
        self.space.preset_wished.connect(self.edits.take_preset)
        self.space.place_wished.connect(self._go_to)
        self.plan.edited.connect(self._on_plan)
        self.plan.new_wished.connect(lambda: self._show_study(None))
        self.choice.chosen.connect(self._on_choice)
        self.trials.apply_wished.connect(self.apply)
        self.studies.found.connect(self._on_found)
        self.studies.read.connect(self._on_read)
        self.shared.copied.connect(self.studies.read_again)
        self.studies.failed.connect(self.problem.tell)
        self.problem.changed.connect(self.state_changed)
        self.problem.restored.connect(self._on_restored)
        self.starting.began.connect(self._on_began)
        self.starting.failed.connect(self.problem.tell)
        self.costs.changed.connect(self._show_cost)
        self.session.place_requested.connect(self._on_place)
        self.runner.study_events.connect(self._on_events)
        self.runner.state_changed.connect(self._on_job)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self._find)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    # The page as the window sees it

    def show_project(self, before: Project | None, after: Project | None) -> None:
        if after is None:
            self._folder = None
            self._show_study(None)
            self._found = Found(Path())
            self._fill_choice()
            return
        if self.document.folder != self._folder:
            self._folder = self.document.folder
            self.problem.clear()
            self._show_study(None)
            self._found = Found(Path())
            self._read_studies()
        self._look(after)

    def showEvent(self, event: QShowEvent) -> None:
        """Looks from now on whether another process runs the study; gets the plots ready."""
        super().showEvent(event)
        self._load()
        self.studies.watch(on=not self._running)

    def prepare(self, size: QSize) -> Iterator[None]:
        """As any page; gets the plots ready, too, where the project has something to search."""
        yield from super().prepare(size)
        project = self.document.project
        if project is not None and project.search:
            self._load()

    def _load(self) -> None:
        """Fetches what the plots need while nothing trains: then it keeps nobody waiting."""
        if not self.runner.job.active:
            self.results.plots.load()

    def hideEvent(self, event: QHideEvent) -> None:
        """Looks no longer: nobody would see it."""
        super().hideEvent(event)
        self.studies.watch(on=False)

    def state(self) -> PageState:
        project = self.document.project
        if project is None:
            return "nothing"
        if self._running:
            return "running"
        if self.problem.errors or (project.search and self._obstacle):
            return "attention"
        return "ready" if project.search or self.study is not None else "nothing"

    def primary_action(self) -> Action | None:
        job = self.runner.job
        if self._running:
            reason = "Pausing after the step in hand." if job.phase == "stopping" else ""
            tip = "Stops after the step in hand; it goes on where it was, also another day."
            return Action("Pause search", self.runner.stop, "pause", reason, tip)
        reason = self._reason()
        if self.study is not None:
            return Action("Resume search", self.search, "play", reason, "Goes on where it was.")
        return Action("Start search", self.search, "play", reason, "Trains trial after trial.")

    @property
    def _running(self) -> bool:
        """Whether a study of this project is being run here."""
        job = self.runner.job
        search = job.search is not None and not isinstance(job.search, CheckJob)
        return job.active and search and job.folder == self.document.folder

    @property
    def _obstacle(self) -> str:
        """Why the project cannot be searched as it stands; empty while that is worked out."""
        return self._space.obstacle if self._looked is self.document.project else ""

    def _reason(self) -> str:
        """Why no search can begin, or go on, now; empty where it can."""
        if self.document.project is None:
            return "Open a project first."
        job = self.runner.job
        if job.active:
            return f"A {job.what} is running: stop it, or wait for its end."
        if self.starting.busy:
            return "The search is about to begin."
        if self.study is not None:
            return elsewhere(self.study) or self._spent()
        return self._obstacle

    def _spent(self) -> str:
        model, study = self.trials.table.trials, self.study
        error = self.problem.own
        if error is not None and error.code == _UNREADABLE:
            return error.what
        over = ("complete", "pruned", "failed")
        done = sum(row.state in over for row in model.current_table().rows)
        if self.trials.study is study and done >= self.plan.plan.trials:
            return "All its trials are done: raise their number, or plan a new search."
        return ""

    # Actions

    def search(self) -> None:
        """Begins a study of the project as it stands, or goes on with the one that is shown."""
        project, folder = self.document.project, self.document.folder
        if project is None or folder is None or self._reason():
            return
        self.problem.tell(None)
        self.problem.show_damaged(())
        if self.study is None:
            self.starting.begin(project, folder, self.plan.plan, self.plan.workers)
        else:
            self.starting.go_on(self.study, folder, self.plan.plan, self.plan.workers)
        self.state_changed.emit()

    def apply(self, trial: TrialRow) -> None:
        """Gives the project the settings of a trial, as one undo step."""
        if self.study is not None:
            self.edits.apply(trial, self.study.name)

    def _go_to(self, address: str) -> None:
        """Shows the setting of a row: a field, or the node that it is of."""
        section, *names = address.split(".")
        node = section == "model" and len(names) > 1
        self.session.show_place(address.rpartition(".")[0] if node else address)

    def _on_place(self, address: str) -> None:
        if address.startswith("search."):
            self.space.reveal(address.removeprefix("search."))

    def _find(self) -> None:
        self.trials.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.trials.search.selectAll()

    # The search space

    def _look(self, project: Project) -> None:
        """Works out behind the window what is known of the rows."""
        if project is self._looked:
            return

        def done(space: Space) -> None:
            if project is self.document.project:
                self._looked, self._space = project, space
                self.space.show_rows(space.rows)
                self._show_cost()
                self.state_changed.emit()

        self.runner.task(
            lambda _progress: read_space(project),
            done,
            self.session.error,
            owner=self,
            prompt=True,
        )

    def _on_plan(self) -> None:
        self._show_cost()
        self.state_changed.emit()

    def _show_cost(self) -> None:
        table = self.trials.table.trials.current_table()
        words = self.costs.words(self.plan.plan, table, self.document.project)
        self.plan.show_cost("" if self._running else words)  # the bar below tells it then

    # Studies

    def _read_studies(self) -> None:
        if self._folder is not None:
            self.studies.refresh(self._folder)
            self.costs.look(self._folder)

    def _on_found(self, found: Found) -> None:
        if found.folder != self._folder:
            return
        first = self._found.folder != found.folder
        self._found = found
        if first:
            self.problem.show_damaged(found.damaged)
        if first and self.study is None and found.studies:
            running = (
                self.runner.job.search.study if self._running and self.runner.job.search else ""
            )
            named = [one for one in found.studies if one.name == running]
            self._show_study((named or list(found.studies))[-1])
        self._fill_choice()
        self.state_changed.emit()

    def _fill_choice(self) -> None:
        self.choice.show_studies(self._found.studies, self.study)
        self.results.show_earlier(some=bool(self._found.studies))
        self.plan.sources.offer([study.name for study in self._found.studies])

    def _on_choice(self, study: StudyFolder) -> None:
        if self._running:
            self._fill_choice()
        else:
            self._show_study(study)

    def _show_study(self, study: StudyFolder | None) -> None:
        """Turns to another study, or to the plan of the next one."""
        self._live = None
        self._forgive()
        self.results.show_study(study)
        self.shared.show_study(study)
        self.studies.show(study)
        if study is None:
            self.plan.show_new()
        else:
            goal = GOALS[study.plan.goal]
            self._live = LiveTrials(goal, self.trials.trial)
            self.plan.show_study(study.name, study.plan)
        self.plan.show_running(self._running)
        self._fill_choice()
        self._show_cost()
        self.state_changed.emit()

    def _forgive(self) -> None:
        """Forgets that the trials could not be read: of another study, or the last time."""
        if self.problem.own is not None and self.problem.own.code == _UNREADABLE:
            self.problem.tell(None)

    def _on_read(self, trials: Trials) -> None:
        if self.study is not None and trials.study.path == self.study.path:
            self._forgive()
            self.results.show_trials(trials)
            self.shared.show_table(trials.table)
            self._show_cost()
            self.state_changed.emit()

    def _on_restored(self, study: StudyFolder, words: str) -> None:
        self._show_study(study)
        self.plan.say(words)
        self.session.toast(words, "success")

    # While it runs

    def _on_began(self, study: StudyFolder) -> None:
        if self.study is None or self.study.path != study.path:
            self._show_study(study)
        else:
            self.studies.shown = study
        if self._folder is not None:
            self.studies.refresh(self._folder)

    def _on_events(self, events: list[object]) -> None:
        job, study = self.runner.job, self.study
        mine = study is not None and job.search is not None and job.search.study == study.name
        if not mine or job.folder != self.document.folder or self._live is None:
            return
        fresh = self._live.take(events)  # type: ignore[arg-type]
        self.results.put(fresh)
        if any(row.state in ("complete", "pruned", "failed") for row in fresh):
            self.studies.read_soon()
        for event in events:
            if isinstance(event, StudyStarted) and event.notes:
                self.plan.say(" ".join(event.notes))
            elif isinstance(event, StudyFinished):
                self.plan.say(event.why)
                self.studies.read_again()
        self._show_cost()

    def _meet(self, name: str) -> None:
        """Turns to a study that was started elsewhere: by the offer to go on with it."""
        found = next((one for one in self._found.studies if one.name == name), None)
        if self._running and found is not None and (self.study is None or self.study.name != name):
            self._show_study(found)

    def _on_job(self, job: Job) -> None:
        checked = isinstance(job.search, CheckJob)
        if job.search is not None and not checked and job.folder == self.document.folder:
            self._meet(job.search.study)
            if job.phase == "failed":
                self.problem.tell(job.error)
            elif job.phase == "done" and job.ending == "paused":
                self.problem.tell(gave_up(job))
            if not job.active:
                self.studies.read_again()
        self.plan.show_running(self._running)
        self.problem.cover(on=job.active)
        self.studies.watch(on=self.isVisible() and not self._running)
        self.state_changed.emit()
