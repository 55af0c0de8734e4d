"""The queue of runs, as the window keeps it going: one run after the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from engine.errors import FoveaError
from gui.job import Job

if TYPE_CHECKING:
    from engine.project.document import Project
    from engine.runs.queue import QueueEntry, RunQueue
    from gui.runner import Runner

__all__ = ["WaitingRuns"]


class WaitingRuns(QObject):
    """The entries that wait, and what starts the next one; ``runner.waiting`` is the only one.

    The disc is read and written behind the window (:class:`engine.runs.queue.RunQueue`): every wish
    returns at once and shows as ``changed``; one that is refused goes to ``failed``. While
    :attr:`armed`, the next entry starts whenever no training runs. A run that fails does not stop
    the queue; one that is stopped by hand holds it, until :meth:`start`.

    Signals:
        changed(tuple): the entries, in the order of their start; also when ``armed`` changes.
        failed(FoveaError): what the disc refused.
    """

    changed = Signal(object)
    failed = Signal(object)

    def __init__(self, runner: Runner) -> None:
        super().__init__(runner)
        self._runner = runner
        self._folder: Path | None = None
        self._taking = False
        self.armed = False
        self.entries: tuple[QueueEntry, ...] = ()
        runner.state_changed.connect(self._on_job)

    def show(self, folder: Path | None) -> None:
        """Turns to the queue of another project (None: of none), held until :meth:`start`."""
        if folder != self._folder:
            self._folder = folder
            self.armed = False
            self._took(())
            self.refresh()

    def refresh(self) -> None:
        """Reads the queue again; another program may have changed it."""
        self._change(lambda _queue: None)

    def add(self, project: Project, folder: Path) -> None:
        """Puts a snapshot of the project at the end; it starts when its turn has come."""
        if folder != self._folder:
            self.show(folder)
        self.armed = self.armed or not self.entries  # what is held stays held
        self._change(lambda queue: queue.add(project))

    def remove(self, entry: str) -> None:
        """Takes an entry out of the queue."""
        self._change(lambda queue: queue.remove(entry))

    def move(self, entry: str, by: int) -> None:
        """Moves an entry ``by`` places towards the end, or the front when it is negative."""
        self._change(lambda queue: queue.move(entry, by))

    def retry(self, entry: str) -> None:
        """Lets an entry wait again that could not begin."""
        self._change(lambda queue: queue.retry(entry))

    def start(self) -> None:
        """Starts the first entry as soon as no training runs, and the others after it."""
        self.armed = True
        self.refresh()

    def hold(self) -> None:
        """Lets the running training end and starts no other, until :meth:`start`."""
        self.armed = False
        self.changed.emit(self.entries)

    # Behind the window

    def _change(
        self, wish: Callable[[RunQueue], Any], folder: Path | None = None, *, advance: bool = True
    ) -> None:
        folder = folder or self._folder
        if folder is None:
            return

        def work(_progress: object) -> tuple[QueueEntry, ...]:
            from engine.runs.queue import RunQueue

            queue = RunQueue(folder)
            wish(queue)
            return queue.entries()

        def done(entries: tuple[QueueEntry, ...]) -> None:
            if folder == self._folder:
                self._took(entries, advance=advance)

        self._runner.task(work, done, self._refused, owner=self)

    def _refused(self, error: FoveaError) -> None:
        self.failed.emit(error)

    def _took(self, entries: tuple[QueueEntry, ...], *, advance: bool = True) -> None:
        self.entries = entries
        self.changed.emit(entries)
        if advance:
            self._advance()

    def _on_job(self, job: Job) -> None:
        if job.phase == "stopping":
            self.hold()
        if job.phase in ("running", "done", "failed"):
            self.refresh()

    def _advance(self) -> None:
        """Starts the next entry if that may be."""
        waits = any(entry.state == "waiting" for entry in self.entries)
        folder = self._folder
        if folder is None or not self.armed or not waits or self._taking:
            return
        if self._runner.job.active:
            return
        self._taking = True

        def take(_progress: object) -> tuple[str, Project] | None:
            from engine.runs.queue import RunQueue

            return RunQueue(folder).take()

        def failed(error: FoveaError) -> None:
            self._taking = False
            self._refused(error)

        self._runner.task(take, lambda taken: self._begin(folder, taken), failed, owner=self)

    def _begin(self, folder: Path, taken: tuple[str, Project] | None) -> None:
        self._taking = False
        if taken is None:  # what was passed over says why; another look at once would find the same
            self._change(lambda _queue: None, folder, advance=False)
            return
        entry, project = taken
        try:
            if not self.armed or folder != self._folder:
                raise FoveaError("FV-T010", "The queue was held.")
            self._runner.start_training(project, folder, queued=entry)
        except FoveaError:  # held, or another training began meanwhile: it waits on
            self._change(lambda queue: queue.give_back(entry), folder)
