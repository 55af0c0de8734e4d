"""The only bridge between the GUI thread and others.

Workers never touch Qt: they append to a queue, which a timer on the GUI thread drains, so that a
thousand events cost one signal. Garbage is collected on the GUI thread alone: ``gui.garbage``.
"""

from __future__ import annotations

import logging
import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine.errors import Cancelled, FoveaError
from engine.runs.events import Event, StepDone
from engine.tune.events import OfTrial
from gui.check_job import CheckJob
from gui.garbage import Garbage
from gui.job import Job, Phase
from gui.search_job import SearchJob
from gui.task import Progress, Task, as_error, labour
from gui.waiting_runs import WaitingRuns
from gui.worker import find_machine, import_torch, yield_to_window

if TYPE_CHECKING:
    from engine.compile.memory import Machine
    from engine.project.document import Project
    from engine.train.control import Control
    from engine.tune.confirm.plan import ConfirmPlan
    from engine.tune.folder import StudyFolder

__all__ = ["Progress", "Runner", "Task"]

_log = logging.getLogger(__name__)
_DRAIN_MS = 33
_PROMPT_MS = 4
_WORKERS = 3
_SWITCH_SECONDS = 0.001  # a paint takes the interpreter back several times: 5 ms each is too much


class Runner(QObject):
    """Drives training, searches and background work; what it reports arrives on the GUI thread.

    Signals:
        events(list): the engine's events since the last time, in order; 30 times a second at most,
            down to 4 while steps are so short that drawing would slow them.
        glimpses(tuple): what was asked of the training's watch (``control.watch``), as the newest
            record of each kind; these are not in ``events``.
        study_events(list): the events of a search and of its runs, instead of the two before.
        check_events(list): those of the check of a winner, instead of the three before.
        job_changed(Job): the running training's state, progress or end; with :attr:`job`.
        state_changed(Job): as job_changed, but only when :attr:`Job.phase` differs.
        device_changed(str): the name of the device that training uses, once torch is imported.
        machine_changed(Machine): what is known of that device; with :attr:`machine`.

    :attr:`waiting` is the queue of runs: what is added there starts when its turn has come. With
    :attr:`apart` each run trains in a process of its own (:mod:`engine.train.isolated`).
    """

    events = Signal(object)
    glimpses = Signal(object)
    study_events = Signal(object)
    check_events = Signal(object)
    job_changed = Signal(object)
    state_changed = Signal(object)
    device_changed = Signal(object)
    machine_changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.job = Job()
        self.control: Control | None = None
        self.apart = False
        self.device = ""
        self.machine: Machine | None = None
        self._inbox: deque[Event] = deque()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        self._tasks: list[Task] = []
        self._work: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._workers: list[threading.Thread] = []
        self._pace = _Pace()
        self._drain_timer = QTimer(self, interval=_DRAIN_MS)
        self._drain_timer.timeout.connect(self._drain)
        self._prompt_timer = QTimer(self, interval=_PROMPT_MS)
        self._prompt_timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._prompt_timer.timeout.connect(self._drain_prompt)
        self.garbage = Garbage(self)
        self.waiting = WaitingRuns(self)
        self._switch_before = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_SECONDS)
        self._closed = False

    # Training

    def start_training(
        self, project: Project, folder: Path, resume: str | None = None, *, queued: str = ""
    ) -> None:
        """Starts training ``project`` in ``folder``, or goes on with the run ``resume``; at once.

        ``queued`` is the queue's entry. Raises FoveaError FV-T010 while anything else trains.
        """
        apart = self.apart

        def events(control: Control) -> Iterator[Event]:
            from engine.train.drive import drive

            options: dict[str, Any] = {"resume": resume, "control": control, "queued": queued}
            return drive(project, folder, apart=apart, **options)

        self._start(Job(phase="starting", folder=folder), events, here=not apart)

    def start_study(self, study: StudyFolder, folder: Path, workers: int = 1) -> None:
        """Begins a study of the project in ``folder``, or goes on with it.

        More than one of ``workers`` are processes of their own. Raises as :meth:`start_training`.
        """

        def events(control: Control) -> Iterator[Event]:
            from engine.tune.study import tune  # with it comes Optuna, late

            return tune(study, folder, workers=workers, control=control)

        search = SearchJob.of(study, workers)
        self._start(Job(phase="starting", folder=folder, search=search), events)

    def start_check(
        self, study: StudyFolder, folder: Path, project: Project, plan: ConfirmPlan
    ) -> None:
        """Trains the winners of a study again beside ``project``; goes on with it where it was.

        Returns at once. Raises FoveaError FV-T010 while a training or a search runs.
        """

        def events(control: Control) -> Iterator[Event]:
            from engine.tune.confirm.running import confirm

            return confirm(study, folder, project=project, plan=plan, control=control)

        self._start(Job(phase="starting", folder=folder, search=CheckJob(study.name)), events)

    def _start(
        self, job: Job, events: Callable[[Control], Iterator[Event]], *, here: bool = True
    ) -> None:
        if self.job.active:
            running = self.job.what
            raise FoveaError(
                "FV-T010",
                f"A {running} is running already.",
                where=self.job.run if self.job.search is None else self.job.search.study,
                kept=f"The running {running} goes on.",
                fix="Stop it, or wait until it has finished.",
            )
        from engine.train.control import Control

        self._failure = None
        self._pace = _Pace()
        self.control = control = Control()
        self.garbage.expect_import()
        self._set_job(job)
        self._thread = threading.Thread(
            target=lambda: self._turn(events, control, here), name="training", daemon=True
        )
        self._thread.start()
        self._drain_timer.start()

    def _turn(
        self, events: Callable[[Control], Iterator[Event]], control: Control, here: bool
    ) -> None:
        """On the worker thread: imports torch at last, and turns the generator's crank."""
        yield_to_window()
        try:
            if here:
                import_torch()
            for event in events(control):
                self._inbox.append(event)
        except BaseException as error:  # the worker's last resort: the GUI thread tells the person
            self._failure = error

    def pause(self) -> None:
        """Holds training after the step that is running."""
        if self.control is not None and self.job.phase == "running":
            self.control.pause()
            self._set_job(replace(self.job, phase="paused"))

    def resume(self) -> None:
        """Goes on after :meth:`pause`."""
        if self.control is not None and self.job.phase == "paused":
            self.control.resume()
            self._set_job(replace(self.job, phase="running"))

    def stop(self) -> None:
        """Ends training after the step that is running and its checkpoint; may be called often."""
        if self.job.active and self.job.phase != "stopping":
            self._set_job(replace(self.job, phase="stopping"))
            if self.control is not None:
                self.control.stop()

    def stop_after_epoch(self) -> None:
        """Ends training when the epoch and its validation are done; holds the queue, as a stop."""
        if self.control is not None and self.job.active:
            self.control.stop_after_epoch()
            self.waiting.hold()
            self._set_job(replace(self.job, ends_after_epoch=True))

    # Background work

    @property
    def busy(self) -> bool:
        """Whether background work is under way; a training is none."""
        return bool(self._tasks)

    def task(
        self,
        work: Callable[[Progress], Any],
        on_done: Callable[[Any], object] | None = None,
        on_error: Callable[[FoveaError], object] | None = None,
        on_progress: Callable[[int, int, str], object] | None = None,
        owner: QObject | None = None,
        prompt: bool = False,
    ) -> Task:
        """Runs ``work(progress)`` on a worker and delivers what comes of it on the GUI thread.

        ``progress(done, total, text)`` may be called as often as wanted. Any exception arrives as a
        FoveaError; without ``on_error`` it goes to the exception hook, which shows it. When
        ``owner`` is deleted before the end, nothing is delivered. A ``prompt`` task is one that a
        hand on a slider waits for: its result is looked for every few milliseconds.
        """
        task = Task(work, on_done, on_error, on_progress, owner, prompt)
        self._tasks.append(task)
        while len(self._workers) < _WORKERS:  # all at once: later one would wait for an import
            waiting = self._work.get
            worker = threading.Thread(target=labour, args=(waiting,), name="work", daemon=True)
            self._workers.append(worker)
            worker.start()
        self._work.put(task)
        if not self._drain_timer.isActive():
            self._drain_timer.start()
        if prompt and not self._prompt_timer.isActive():
            self._prompt_timer.start()
        return task

    def background(self, work: Callable[[], None], failed: Callable[[object], None]) -> None:
        """Runs ``work``, which has no result; in the form that ``Document`` takes."""
        self.task(lambda _progress: work(), on_error=failed)

    def warm_up(self) -> None:
        """Imports torch behind the window and finds the device; it comes with machine_changed."""
        self.garbage.expect_import()
        self.task(lambda _progress: find_machine(), self._found_machine, _log.warning)

    def _found_machine(self, machine: Machine) -> None:
        self.machine = machine
        self._found_device(machine.name)
        self.machine_changed.emit(machine)

    def _found_device(self, name: str) -> None:
        if not self.job.active:
            self.garbage.imported()
        if name and name != self.device:
            self.device = name
            self.device_changed.emit(name)

    # The drain

    def _drain(self) -> None:
        self.garbage.collect_wished()
        alive = self._thread is not None and self._thread.is_alive()
        self._drain_events()
        if self._thread is not None and not alive and not self._inbox:
            self._end()
        self._drain_tasks(self._tasks)
        if self._thread is None and not self.busy:
            self._drain_timer.stop()

    def _drain_prompt(self) -> None:
        """Delivers what a hand waits for; rests when there is nothing of the kind."""
        prompt = [task for task in self._tasks if task.prompt]
        if not prompt:
            self._prompt_timer.stop()
        self._drain_tasks(prompt)

    def _drain_tasks(self, among: list[Task]) -> None:
        for task in [task for task in among if task.left.is_set() or task.latest]:
            if task in self._tasks and task.left.is_set():
                self._tasks.remove(task)
            task.deliver()

    def _drain_events(self) -> None:
        if not self._inbox:
            return
        batch = [self._inbox.popleft() for _ in range(len(self._inbox))]
        job = self.job
        if job.search is not None:
            self._drain_study(batch)
            return
        history = [event for event in batch if event.recorded]
        for event in history:
            job = job.after(event)
            if isinstance(event, StepDone):
                self.garbage.imported()
                self._drain_timer.setInterval(self._pace.interval(event))
        if history:
            self.events.emit(history)
        if newest := {type(event): event for event in batch if not event.recorded}:
            self.glimpses.emit(tuple(newest.values()))
        self._set_job(job)

    def _drain_study(self, batch: list[Event]) -> None:
        job = self.job
        for event in batch:
            job = job.after(event)
            if isinstance(event, (StepDone, OfTrial)):
                self.garbage.imported()
            if isinstance(event, StepDone):
                self._drain_timer.setInterval(self._pace.interval(event))
        self._set_job(job)
        checking = isinstance(job.search, CheckJob)
        (self.check_events if checking else self.study_events).emit(batch)

    def _end(self) -> None:
        """The worker has left: says how it went."""
        self._thread = None
        self.control = None
        failure, self._failure = self._failure, None
        error = self.job.error
        if failure is not None and not isinstance(failure, Cancelled):
            error = as_error(failure)
        ending = "" if error is not None else self.job.ending or "stopped"
        phase: Phase = "failed" if error is not None else "done"
        self._set_job(replace(self.job, phase=phase, error=error, ending=ending, eta=None))
        self._drain_timer.setInterval(_DRAIN_MS)
        self.garbage.imported()
        self.garbage.collect()

    def _set_job(self, job: Job) -> None:
        before, self.job = self.job, job
        if job.device != before.device:
            self._found_device(job.device)
        if job != before:
            self.job_changed.emit(job)
        if job.phase != before.phase:
            self.state_changed.emit(job)

    # The end

    def shut_down(self, seconds: float = 10.0) -> bool:
        """Stops everything and waits for the training's last checkpoint; False if it hangs on.

        Nothing is delivered any more afterwards.
        """
        if self._closed:
            return True
        self._closed = True
        self.waiting.hold()
        self.stop()
        for task in self._tasks:
            task.cancel()
        for _ in self._workers:
            self._work.put(None)
        ends = time.monotonic() + seconds
        threads = [*self._workers, *([self._thread] if self._thread else [])]
        for thread in threads:
            while thread.is_alive() and time.monotonic() < ends:
                self.garbage.collect_wished()  # or what waits for that would hold up the end
                thread.join(0.02)
        self._drain_timer.stop()
        self._prompt_timer.stop()
        self._tasks = [task for task in self._tasks if not task.left.is_set()]
        self.garbage.stop()
        sys.setswitchinterval(self._switch_before)
        return not any(thread.is_alive() for thread in threads)


class _Pace:
    """How often drawing may happen: the shorter the steps, the rarer."""

    def __init__(self) -> None:
        self._last: StepDone | None = None

    def interval(self, event: StepDone) -> int:
        """Milliseconds until the next drain."""
        last, self._last = self._last, event
        if last is None or event.seconds <= last.seconds:
            return _DRAIN_MS
        rate = (event.step - last.step) / (event.seconds - last.seconds)
        if rate > 300:
            return 250
        return 100 if rate > 60 else _DRAIN_MS
