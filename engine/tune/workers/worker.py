"""One worker process as the coordinator sees it: it takes a run, and tells what happens."""

from __future__ import annotations

import contextlib
import json
import queue
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from engine.errors import Cancelled, FoveaError
from engine.processes import engine_command
from engine.project.document import Project
from engine.runs.events import EpochDone, Event, Notice, RunFailed, RunFinished, RunStarted
from engine.runs.folder import RunFolder, runs_dir
from engine.runs.glimpses import from_json
from engine.train.control import Control
from engine.train.isolated import HANGS_SECONDS, death
from engine.train.peer import Peer
from engine.tune.leftovers import left_behind

__all__ = ["DEATHS", "Idle", "Worker"]

DEATHS = 3
"""So many deaths of its process a trial outlives; the next one fails it."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Idle(Event):
    """Nothing has happened: the coordinator may look after other trials. Kept and shown nowhere."""

    kind: ClassVar[str] = "idle"
    recorded: ClassVar[bool] = False


class Worker:
    """A process that trains one run after the other; started when there is something to train.

    :meth:`train` takes the arguments of :func:`engine.train.train` and yields its events, with
    :class:`Idle` whenever there is nothing to tell at the moment. The process waits after the start
    and after each epoch until the generator is asked for the next event: whoever drives it decides
    there whether the run ends, as with a training in our own process.
    """

    def __init__(self, number: int, threads: int, guard: Path, told: Callable[[], object]) -> None:
        """``number`` counts from 0 and chooses the card; ``guard`` is locked while the process
        lives; ``told`` wakes up who waits for events.
        """
        self._number = number
        self._guard = guard
        self._threads = threads
        self._told = told
        self._peer: Peer | None = None
        self._wishes: Mapping[str, Any] = {}

    def train(
        self,
        project: Project | None,
        project_dir: Path,
        *,
        home: Path,
        control: Control,
        run_id: str = "",
        resume: str = "",
        belongs: Mapping[str, Any] | None = None,
        device: str | None = None,
        progress: Progress | None = None,
        threads: int | None = None,
    ) -> Generator[Event, None, None]:
        """See the class. A run whose process dies goes on in another one from its last checkpoint.

        That is told with a Notice; after :data:`DEATHS` of them RunFailed with code FV-T031 comes.
        A generator that is closed early ends the process.
        """
        name = run_id or resume
        place = runs_dir(home) / name
        task: dict[str, Any] = {"worker": self._number, "device": device or "auto"}
        task |= {"folder": str(project_dir.absolute()), "home": str(home.absolute())}
        task |= {"threads": threads or self._threads, "belongs": dict(belongs or {})}
        afresh = {"project": project and project.to_json(), "run_id": run_id or None}
        again, deaths = {"project": None, "resume": name}, 0
        while True:
            begun = again if resume or (deaths and left_behind(place)) else afresh
            code = yield from self._attempt(task | begun, control, progress)
            if code is None:
                return
            deaths += 1
            error = death(code, place)
            if deaths > DEATHS:
                yield from _mourn(place, error, deaths)
                return
            yield Notice(f"{error.what} {error.why} The trial goes on in another one.", "warning")

    def _attempt(
        self, task: dict[str, Any], control: Control, progress: Progress | None
    ) -> Generator[Event, None, int | None]:
        """Trains until the run ends; the process's exit code when that ends before."""
        peer = self._begin(task, control)
        over = False
        try:
            for said in self._listen(peer, control):
                if said is None:
                    yield Idle()
                elif "ready" in said:
                    peer.send({"heard": True})
                elif "error" in said:
                    over = True
                    raise FoveaError(**said["error"])
                elif "end" in said:
                    over = True
                    return None
                elif "progress" in said and progress is not None:
                    with contextlib.suppress(Cancelled):  # the wish to stop is on its way already
                        progress(*said["progress"])
                elif (event := _event(said)) is not None:
                    if _told_to_stop_by_another(event, control):
                        break
                    yield event
                    if isinstance(event, (RunStarted, EpochDone)):
                        self._pass_on(peer, control)
                        peer.send({"heard": True})
            return peer.process.wait()
        finally:
            if not over:
                self.end()

    def _begin(self, task: dict[str, Any], control: Control) -> Peer:
        if self._peer is None or self._peer.process.poll() is not None:
            self.end()
            self._peer = Peer(engine_command("trial-worker"), told=self._told)
            self._peer.send({"guard": str(self._guard.absolute())})
        self._wishes = control.wishes()
        self._peer.send({"task": task | {"wishes": self._wishes}})
        return self._peer

    def _listen(self, peer: Peer, control: Control) -> Generator[dict[str, Any] | None, None, None]:
        """What the process says, ``None`` when it says nothing, until it has ended.

        One that was told to stop and gives no sign of life is ended.
        """
        heard = time.monotonic()
        while True:
            self._pass_on(peer, control)
            try:
                line = peer.said.get_nowait()
            except queue.Empty:
                if control.stopping and time.monotonic() - heard > HANGS_SECONDS:
                    peer.process.kill()
                yield None
                continue
            heard = time.monotonic()
            if line is None:
                return
            try:
                said = json.loads(line)
            except ValueError:
                continue  # it died in the middle of a line
            if isinstance(said, dict):
                yield said

    def _pass_on(self, peer: Peer, control: Control) -> None:
        wishes = control.wishes()
        if wishes != self._wishes:
            self._wishes = wishes
            peer.send({"wishes": wishes})

    def end(self) -> None:
        """Ends the process at once, if it runs."""
        if self._peer is not None:
            self._peer.end()
            self._peer = None


def _event(said: Mapping[str, Any]) -> Event | None:
    try:
        return from_json(said)
    except ValueError:  # a sign of life
        return None


def _told_to_stop_by_another(event: Event, control: Control) -> bool:
    """Whether the system ended the run, by a signal: as good as dead, for nobody here wanted it."""
    stopped = isinstance(event, RunFinished) and event.status == "stopped"
    return stopped and not control.stopping_after_epoch


def _mourn(place: Path, error: FoveaError, deaths: int) -> Generator[Event, None, None]:
    """What is told of a run whose process died too often, here and in the run's folder."""
    why = f"{error.why} It was the process number {deaths} that died of it."
    fields = error.fields() | {"why": why}
    event = RunFailed(run=place.name, **fields, status="interrupted")
    if left_behind(place):
        record = RunFolder(place)
        record.append(event)
        with contextlib.suppress(FoveaError):  # its process is gone: it reads as interrupted anyway
            record.end("interrupted")
    yield event
