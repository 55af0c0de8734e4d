"""The coordinator of a study: asks for settings, trains them, tells how they did."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine.errors import FoveaError
from engine.parameter import Param
from engine.project.document import Project
from engine.project.searching import chosen, search_problems
from engine.runs.events import Event
from engine.search.records import Choice, Searched
from engine.train.awake import awake
from engine.train.control import Control
from engine.tune.adding import take_added
from engine.tune.borrowing import begin_study
from engine.tune.clock import Clock
from engine.tune.copies import LiveFile, live_file
from engine.tune.ending import Ending
from engine.tune.events import Best, StudyFinished, StudyStarted, TrialFinished, TrialStarted
from engine.tune.folder import StudyFolder
from engine.tune.goals import GOALS
from engine.tune.lanes import Ended, Lane, Lanes
from engine.tune.outcome import WORKER, Outcome, runs_of
from engine.tune.ranking import BORROWED, complete, finished, front, ranked, spent, thin
from engine.tune.sampling import code, grid, make_pruner, make_sampler, suggest
from engine.tune.storage import again, close, explained, open_study, quiet
from engine.tune.trial import train_trial
from engine.tune.trial_control import TrialControl
from engine.tune.turns import added_waits, begun, next_number
from engine.tune.workers.pool import Pool, wait_for_orphans

if TYPE_CHECKING:
    import optuna

__all__ = ["Coordinator", "tune"]

Status = Literal["done", "stopped", "paused"]

_EQUAL_FAILURES = 5
"""So many failures in a row for one reason pause the study: the next would fail, too."""
_LONGEST = 5_000
"""Letters of a reason that are kept: MySQL holds 65,535 bytes, and JSON spells some with 12."""


def tune(
    study: StudyFolder,
    project_dir: Path,
    *,
    workers: int = 1,
    device: str | None = None,
    control: Control | None = None,
    threads: int | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Iterator[Event]:
    """Runs a study until its budget is spent, somebody stops it, or nothing works.

    Between two trials it looks for those that somebody added by hand
    (:func:`engine.tune.adding.add_trial`).

    Yields :class:`StudyStarted`, for each trial :class:`TrialStarted`, the events of its run and
    :class:`TrialFinished`, and at last one :class:`StudyFinished`. Arguments as for
    :func:`engine.train.train`.

    One worker is this process. More are processes of their own, each on a card of its own where
    there are cards, else with its share of the cores; trials then train at the same time, and the
    events of their runs come as :class:`OfTrial`. What dies there goes on in another process. The
    settings of a trial depend on the trials that were over when it began: with one worker equal
    studies try equal settings, with several only what was handed out once never changes.

    A study that was interrupted in any way goes on where it was: trials that were under way keep
    their settings and their runs, and go on from the last checkpoint; the settings that follow are
    those that would have followed. Raises FoveaError before the first event: FV-H006 for a search
    space that is not ready, FV-S002 when another process runs the study, FV-S005 when its file
    cannot be used; later only FV-S007 when the file can no longer be written to, and FV-S008 when
    the search space is not the one that the trials were made with.
    """
    if study.storage:
        raise FoveaError(
            "FV-S047",
            "The trials of this study are on a storage that several computers share.",
            where=study.storage,
            why="It was begun with --storage, and goes on with it.",
            kept="Nothing was changed.",
            fix=f"Name the storage: python -m engine tune DIR --resume {study.name} --storage URL",
        )
    control = control or Control()
    options = {"device": device, "threads": threads, "progress": progress}
    return awake(Coordinator(study, Path(project_dir), control, options, workers).run(), control)


class Coordinator:
    """What :func:`tune` keeps while it runs.

    The methods that open the study, ask it and tell it are those of a study in a file that nobody
    else writes to; :mod:`engine.tune.remote` has others.
    """

    def __init__(
        self,
        study: StudyFolder,
        project_dir: Path,
        control: Control,
        options: dict[str, Any],
        workers: int,
    ) -> None:
        self.folder = study
        self._project_dir = project_dir
        self._control = TrialControl(control)  # which ends all trials when several fail
        self._workers = workers if workers > 1 else 0
        self._options: dict[str, Any] = options
        if self._workers and options["device"] is None:
            self._options = options | {"device": study.project.training.device}
        self._goal = GOALS[study.plan.goal]
        self._cells: dict[str, list[Any]] = {}
        self._most = sys.maxsize  # as many trials as there are settings to try
        self._alike: list[str] = []  # codes of the last failures in a row
        self._kept: set[int] = set()  # the trials whose weights are there
        self._status: Status = "done"
        self._why = ""
        self._clock: Clock | None = None
        self._live: LiveFile | None = None
        self._ending = Ending(study.plan, study.project, project_dir)

    def run(self) -> Generator[Event, None, None]:
        """The events of the study; see :func:`tune`."""
        for problem in search_problems(self.folder.project):
            raise FoveaError(problem.code, problem.message, where=problem.where, fix=problem.fix)
        quiet()
        with self.folder.alone():
            wait_for_orphans(self.folder.path, self._control)
            with self._opened() as study:
                yield from self._all(study)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[optuna.Study]:
        """The study in the folder's file; what may happen to that is told in words."""
        with live_file(self.folder.database) as self._live:
            file = self._live.path
            study = open_study(
                file,
                maximise=self._goal.maximise,
                new=not file.exists(),
                weighed=self.folder.plan.against != "none",
            )
            try:
                with explained(file):
                    yield study
            finally:
                self._live.back_up()
                close(study)

    def _all(self, study: optuna.Study) -> Generator[Event, None, None]:
        plan, name = self.folder.plan, self.folder.name
        if plan.sampler == "grid":
            self._cells = grid(self.folder.project)
            self._most = math.prod(map(len, self._cells.values()))
        notes = self._prepare(study)
        trials = min(plan.trials, self._most)
        notes = (*plan.remarks(), *self._remarks(), *notes)
        yield StudyStarted(name, trials, self._spent(study), notes)
        self._clock = Clock(study, self._control)
        with Pool(self.folder.path, self._workers) as pool:
            lanes = Lanes(pool, self._control, lambda: again(study))
            yield from lanes.run(self._begin, self._ended, lambda: take_added(study, self.folder))
        yield self._end(study, self._status, self._why)

    def _remarks(self) -> tuple[str, ...]:
        if not self._workers or self.folder.plan.against != "latency":
            return ()
        return (
            "Times for one image are measured while other trials train, which slows them down: "
            "with one worker they can be compared.",
        )

    def _prepare(self, study: optuna.Study) -> tuple[str, ...]:
        """Puts in order what a killed process left, and what a new study begins with."""
        _take_back(study)
        self._thin(study, {one.number for one in finished(study)})
        notes = begin_study(study, self.folder, self._project_dir, self._options["progress"])
        return (self._live.note, *notes) if self._live is not None and self._live.note else notes

    def _spent(self, study: optuna.Study) -> int:
        """How many trials of the budget are over."""
        return spent(study)

    def _begin(self, lane: Lane) -> Generator[Event, None, Ended] | None:
        """The next trial for a lane, or ``None`` when no more is to begin."""
        if not self._goes_on():
            return None
        if not added_waits(lane.study):
            left = begun(lane.study) < min(self.folder.plan.trials, self._most)
            if not left or self._enough(lane.study):
                return None
        return self._one(lane, self._ask(lane))

    def _goes_on(self) -> bool:
        """Whether nobody stops the study, and not trial after trial fails for the same reason."""
        if self._status == "done" and len(self._alike) >= _EQUAL_FAILURES:
            self._status = "paused"
            self._control.stop()
        elif self._status == "done" and self._control.stopping_after_epoch:
            self._status = "stopped"
        return self._status == "done"

    def _enough(self, study: optuna.Study) -> bool:
        """Whether the time is over, or improvement unlikely, which :attr:`_why` says then."""
        assert self._clock is not None
        self._why, hours = self._ending.why(study), self.folder.plan.hours
        late = hours is not None and self._clock.seconds() >= 3600 * hours
        return bool(self._why) or late

    def _ended(self, lane: Lane, ended: Ended) -> None:
        """Notes that a trial is over; one that the person stopped waits for its turn."""
        assert self._clock is not None
        number, outcome = ended
        self._clock.keep()
        if outcome.state == "stopped":
            _give_back(lane.study, number)
        if self._live is not None:
            self._live.trial_ended()

    def _ask(self, lane: Lane) -> optuna.Trial:
        """The next trial, with a sampler of its own; it is running from now on."""
        study = lane.study
        study.sampler = make_sampler(self.folder.plan, self._cells, next_number(study))
        return study.ask()

    def _one(self, lane: Lane, trial: optuna.Trial) -> Generator[Event, None, Ended]:
        """A trial, from its settings to its end."""
        plan, name, study = self.folder.plan, self.folder.name, lane.study
        number, control = trial.number, TrialControl(self._control)
        lane.control = control
        _ = trial.relative_params  # what is chosen jointly is drawn now, by the trial's own sampler

        def choose(entry: Searched, item: Param) -> Choice:
            study.sampler = make_sampler(plan, self._cells, number, entry.address)
            try:
                return suggest(trial, entry, item)
            except (ValueError, KeyError) as error:  # Optuna's words for another kind of range
                raise self._other_space(entry.address) from error

        values: dict[str, Choice] = {}
        try:
            project, values = chosen(self.folder.project, choose)
        except FoveaError as error:
            if error.code == "FV-S008":
                raise
            outcome = Outcome("failed", why=f"{error.what} {error.why}".strip(), code=error.code)
            values = dict(trial.params)
        else:
            study.pruner = make_pruner(plan, project.training.epochs)
            trial.set_user_attr(WORKER, self._name_of(lane))
            yield TrialStarted(name, number, values, self._name_of(lane))
            trainer = lane.worker.train if lane.worker is not None else None
            outcome = yield from train_trial(
                self.folder,
                trial,
                project,
                self._project_dir,
                control,
                self._options,
                trainer,
            )
        if outcome.state == "stopped":
            return number, outcome
        outcome = self._tell(study, trial, outcome)
        assert outcome.state != "stopped"
        runs = runs_of(self.folder, number)
        yield TrialFinished(
            name,
            number,
            outcome.state,
            outcome.value,
            runs[0] if runs else "",
            values,
            outcome.why,
            outcome.against,
            outcome.spread,
            runs,
        )
        return number, outcome

    def _name_of(self, lane: Lane) -> str:
        """Who trains in a lane, as it stands in the trials."""
        return str(lane.place)

    def _tell(self, study: optuna.Study, trial: optuna.Trial, outcome: Outcome) -> Outcome:
        """Tells the study how a trial ended; gives what the study holds of it then."""
        from optuna.trial import TrialState

        if outcome.why:
            trial.set_user_attr("why", outcome.why[:_LONGEST])
        if outcome.spread is not None:
            trial.set_user_attr("spread", outcome.spread)
        if outcome.state == "complete":
            study.tell(trial, [one for one in (outcome.value, outcome.against) if one is not None])
        else:
            pruned = outcome.state == "pruned"
            study.tell(trial, state=TrialState.PRUNED if pruned else TrialState.FAIL)
        failed = outcome.state == "failed"
        same = failed and (not self._alike or self._alike[-1] == outcome.code)
        self._alike = [*(self._alike if same else []), outcome.code] if failed else []
        self._thin(study, {trial.number})
        return outcome

    def _thin(self, study: optuna.Study, ended: set[int]) -> None:
        """Takes away the weights of trials that have just ended, or that these drive out."""
        self._kept = thin(self.folder, study, self._kept | ended)

    def _other_space(self, address: str) -> FoveaError:
        return FoveaError(
            "FV-S008",
            "This study's trials were made with another search space.",
            where=f"{self.folder.path / 'study.json'}#/project/search",
            why=f"The file was changed: {address:.80} had other values to choose from.",
            kept="Its trials and runs are unchanged.",
            fix="Bring the file back, or begin a new study with the new search space.",
        )

    def _end(self, study: optuna.Study, status: Status, why: str) -> StudyFinished:
        from optuna.trial import TrialState

        plan, ended = self.folder.plan, finished(study)
        states = [one.state for one in ended]
        counts = [
            states.count(s) for s in (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
        ]
        order = ranked(plan, complete(study))
        best = self._best(order[0]) if order else None
        better = front(plan, order) if plan.against != "none" else []
        if status == "paused":
            last = [one for one in ended if one.state == TrialState.FAIL][-1]
            why = f"{_EQUAL_FAILURES} trials in a row failed: {last.user_attrs.get('why', '')}"
        return StudyFinished(
            self.folder.name,
            status,
            *counts,
            best=best,
            why=why,
            front=tuple(self._best(one) for one in better),
        )

    def _best(self, trial: Any) -> Best:
        try:
            _, values = _values_of(self.folder.project, trial.params)
        except KeyError as error:
            raise self._other_space(str(error.args[0])) from error
        borrowed = str(trial.user_attrs.get(BORROWED, ""))
        runs = () if borrowed else runs_of(self.folder, trial.number)
        return Best(
            trial.number,
            float(trial.values[0]),
            values,
            runs[0] if runs else "",
            float(trial.values[1]) if len(trial.values) > 1 else None,
            trial.user_attrs.get("spread"),
            borrowed,
        )


def _values_of(project: Project, params: dict[str, Any]) -> tuple[Project, dict[str, Choice]]:
    """A trial's project and values from what Optuna keeps of it."""

    def known(entry: Searched, _: object) -> Choice:
        value = params[entry.address]
        return next((one for one in entry.choices if code(one) == value), value)

    return chosen(project, known)


def _take_back(study: optuna.Study) -> None:
    """Lets the trials that a dead process was at wait for their turn; they are the next ones."""
    from optuna.trial import TrialState

    for one in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study._storage.set_trial_state_values(one._trial_id, TrialState.WAITING)


def _give_back(study: optuna.Study, number: int) -> None:
    """Lets a trial that the person stopped wait for its turn: nothing is left running."""
    from optuna.trial import TrialState

    for one in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if one.number == number:
            study._storage.set_trial_state_values(one._trial_id, TrialState.WAITING)
