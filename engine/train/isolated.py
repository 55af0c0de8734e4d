"""Training in a process of its own: what kills it does not kill us.

:func:`train_isolated` is :func:`engine.train.train` with the same arguments and the same events;
only the computing happens elsewhere. A crash of the driver, a segmentation fault or the system's
memory killer then ends the child, and the run stays to be resumed.
"""

from __future__ import annotations

import contextlib
import json
import queue
import signal
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.compile.memory import available_memory
from engine.errors import Cancelled, FoveaError
from engine.processes import engine_command
from engine.project.document import Project
from engine.runs.events import Event, Notice, RunFailed, RunFinished, RunStarted
from engine.runs.folder import RunFolder, runs_dir
from engine.runs.glimpses import from_json
from engine.runs.listing import replay
from engine.runs.queue import RunQueue
from engine.train.control import Control
from engine.train.heartbeat import Heartbeat
from engine.train.loop import Progress
from engine.train.peer import Peer

__all__ = ["HANGS_SECONDS", "death", "train_isolated", "was_held"]

_POLL = 0.05
HANGS_SECONDS = 20.0  # without a sign of life, after which a stop no longer waits


def train_isolated(
    project: Project | None,
    project_dir: Path,
    *,
    run_id: str | None = None,
    resume: str | None = None,
    device: str | None = None,
    control: Control | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    queued: str = "",
) -> Iterator[Event]:
    """Trains in a child process; see :func:`engine.train.train` for arguments and events.

    When the child dies, the last lines of its log come as a Notice, then a RunFailed with code
    FV-T031 and status ``interrupted``; the run's folder says the same. A generator that is closed
    early ends the child at once. Raises FoveaError FV-T031 when the child dies before the run has
    begun.
    """
    control = control or Control()
    task: dict[str, Any] = {"run_id": run_id, "resume": resume, "device": device}
    task |= {"threads": threads, "queued": queued, "folder": str(Path(project_dir).absolute())}
    task["project"] = project.to_json() if project is not None else None
    child = _Child(task | {"wishes": control.wishes()})
    try:
        yield from _follow(child, Path(project_dir), control, progress, queued)
    finally:
        child.end()


def _follow(
    child: _Child, folder: Path, control: Control, progress: Progress | None, queued: str
) -> Generator[Event, None, None]:
    run, ended = "", False
    for said in child.listen(control):
        if "error" in said:
            raise FoveaError(**said["error"])
        if "end" in said:
            return
        if "gap" in said:
            yield Notice(_held(said["gap"]), "warning")
        elif "progress" in said and progress is not None:
            with contextlib.suppress(Cancelled):  # the wish to stop is on its way already
                progress(*said["progress"])
        elif (event := _event(said)) is not None:
            run = event.run if isinstance(event, RunStarted) else run
            ended = isinstance(event, (RunFinished, RunFailed))
            yield event
    if not ended:
        yield from _mourn(child, folder, run, queued)


def _event(said: Mapping[str, Any]) -> Event | None:
    try:
        return from_json(said)
    except ValueError:  # a heartbeat
        return None


def _mourn(child: _Child, folder: Path, run: str, queued: str) -> Iterator[Event]:
    """What is told of a child that died, here and in the run's folder."""
    place = runs_dir(folder) / run if run else None
    error = death(child.process.returncode, place, hung=child.hung)
    if not run:
        if queued:
            with contextlib.suppress(FoveaError):
                RunQueue(folder).give_back(queued, error.why)
        raise error
    record = RunFolder(runs_dir(folder) / run)
    if record.status() != "interrupted":  # it died between its last event and the end
        yield list(replay(record.path))[-1]
        return
    events: list[Event] = [RunFailed(run=run, **error.fields(), status="interrupted")]
    if lines := child.log():
        events.insert(0, Notice("The last lines of its log:\n" + "\n".join(lines), "warning"))
    for event in events:
        record.append(event)
    with contextlib.suppress(FoveaError):  # its process is gone: it reads as interrupted anyway
        record.end("interrupted")
    yield from events


def death(code: int, run: Path | None, *, hung: bool = False) -> FoveaError:
    """The error FV-T031 for a process that trained a run and ended with an exit code."""
    if hung:
        why = f"It gave no sign of life for {HANGS_SECONDS:.0f} s after the stop, and was ended."
    elif code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        why = f"The system ended it ({name})."
        if name == "SIGKILL":
            why = f"It was killed ({name}), as the system does when memory runs out."
    else:
        why = f"It ended with code {code} before the run was over."
    free = available_memory()
    if free is not None:
        why += f" {free / 1e9:.1f} GB of memory are available now."
    return FoveaError(
        "FV-T031",
        "The process that trained the run has died.",
        where=str(run or ""),
        why=why,
        kept=f"Everything up to the last checkpoint, in {run}." if run else "Nothing was changed.",
        fix="Resume the run. If it dies again, lower the batch size or choose the device cpu.",
    )


_STOOD_STILL = "The training process stood still"


def _held(seconds: float) -> str:
    return (
        f"{_STOOD_STILL} for {seconds:.0f} s (the computer slept, or the process was held). "
        "It goes on."
    )


def was_held(event: Event) -> bool:
    """Whether an event tells that the process stood still: cards often fail after that."""
    return isinstance(event, Notice) and event.text.startswith(_STOOD_STILL)


class _Child(Peer):
    """The process that trains one run."""

    def __init__(self, task: Mapping[str, Any]) -> None:
        super().__init__(engine_command("isolated"))
        self.hung = False
        self._wishes: Mapping[str, Any] = task["wishes"]
        self.send(task)

    def listen(self, control: Control) -> Iterator[dict[str, Any]]:
        """What the child says, until it has ended; passes on the switches meanwhile."""
        heart = Heartbeat()
        silent = 0.0  # seconds that we were awake ourselves and heard nothing
        while True:
            self._pass_on(control)
            try:
                line = self.said.get(timeout=_POLL)
            except queue.Empty:
                silent += _POLL
                if control.stopping and silent > HANGS_SECONDS:
                    self.hung = True
                    self.process.kill()
                continue
            silent = 0.0
            if line is None:
                self.wait()
                return
            if gap := heart.beat():
                yield {"gap": gap}
            try:
                said = json.loads(line)
            except ValueError:
                continue  # the child died in the middle of a line
            if isinstance(said, dict):
                yield said

    def _pass_on(self, control: Control) -> None:
        wishes = control.wishes()
        if wishes != self._wishes:
            self._wishes = wishes
            self.send(wishes)
