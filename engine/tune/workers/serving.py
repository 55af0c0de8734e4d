"""What a worker process does: one run after the other, until nobody tells it to any more.

Lines on standard input are objects with one key: ``guard`` (a file to lock, first of all), ``task``
(arguments of :func:`engine.train.train`, and ``wishes``), ``wishes`` (:meth:`Control.wishes`), or
``heard`` (the coordinator lives, and has decided what follows from what it was told). Lines on
standard output are ``ready`` once the guard is held, events, progress, an error, a sign of life,
and ``end`` after each task. When standard input closes, the coordinator is gone: the run stops with
a checkpoint, and the process ends. Whoever runs the study next waits for its guard.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock

from engine.errors import FoveaError
from engine.project.document import Project
from engine.runs.events import EpochDone, Event, RunStarted
from engine.train.child import ORPHAN_SECONDS, Speaker, beat, lines, stop_on_signals
from engine.train.control import Control

__all__ = ["place", "serve"]

Task = dict[str, Any]


def serve() -> None:
    """Trains what standard input asks for and tells it on standard output; see the module."""
    speaker = Speaker(os.dup(1))
    os.dup2(2, 1)  # whatever prints now goes to the log and cannot disturb the lines
    orders = _Orders()
    stop_on_signals(orders.end)
    threading.Thread(target=orders.listen, daemon=True).start()
    threading.Thread(target=beat, args=(speaker,), daemon=True).start()
    held = FileLock(orders.guard())
    held.acquire()
    speaker.say({"ready": True})
    orders.wait_until_heard()  # by one that is alive: a later coordinator finds the guard held
    while (given := orders.next_task()) is not None:
        task, control = given
        try:
            for event in _events(task, control, speaker):
                speaker.say(event.to_json())
                if isinstance(event, (RunStarted, EpochDone)):  # a trial may be pruned here
                    orders.wait_until_heard()
        except FoveaError as error:
            speaker.say({"error": error.fields()})
        speaker.say({"end": True})


def _events(task: Task, control: Control, speaker: Speaker) -> Iterator[Event]:
    from engine.train.failures import explain
    from engine.train.loop import train

    settings, folder, home = (task.pop(name) for name in ("project", "folder", "home"))
    device = place(task.pop("worker"), task.pop("device"))

    def tell(done: int, total: int, text: str) -> None:
        speaker.say({"progress": [done, total, text]})

    try:
        project = Project.from_json(settings) if settings is not None else None
        run = {"home": Path(home), "control": control, "progress": tell, "device": device}
        yield from train(project, Path(folder), **run, **task)
    except FoveaError:
        raise
    except Exception as error:
        raise explain(error, None, "") from error


def place(worker: int, device: str) -> str:
    """Where a worker computes: on a card of its own, where the choice is free and one is usable.

    The parent leaves that to us, who must load torch in any case.
    """
    from engine.compute.device import usable_cards

    cards = usable_cards() if device == "auto" else ()
    return f"cuda:{cards[worker % len(cards)]}" if cards else device


class _Orders:
    """What the coordinator wants: runs one after the other, and the switches of the present one."""

    def __init__(self) -> None:
        self._tasks: queue.SimpleQueue[tuple[Task, Control] | None] = queue.SimpleQueue()
        self._guard: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._heard = threading.Semaphore(0)
        self._control = Control()
        self._ended = False

    def listen(self) -> None:
        """Takes orders until standard input closes; the process lives a minute longer at most."""
        for line in lines(0):
            order = json.loads(line)
            if "guard" in order:
                self._guard.put(order["guard"])
            elif "task" in order:
                self._begin(order["task"])
            elif "wishes" in order:
                self._control.follow(order["wishes"])
            else:
                self._heard.release()
        self.end()
        self._heard.release()
        time.sleep(ORPHAN_SECONDS)
        os._exit(1)

    def _begin(self, task: Task) -> None:
        """Each run has switches of its own: those that are set from now on are the next one's."""
        control = Control()
        control.follow(task.pop("wishes"))
        self._control = control
        if self._ended:
            control.stop()
        self._tasks.put((task, control))

    def guard(self) -> str:
        """Waits for the file to lock; ends the process when there is nobody to name it."""
        while not self._ended:
            with contextlib.suppress(queue.Empty):
                return self._guard.get(timeout=0.1)
        raise SystemExit

    def next_task(self) -> tuple[Task, Control] | None:
        """Waits for the next run; ``None`` when there will be none."""
        return None if self._ended else self._tasks.get()

    def wait_until_heard(self) -> None:
        """Waits until the coordinator has decided what follows from an event."""
        if not self._ended:
            self._heard.acquire()

    def end(self) -> None:
        """The run in hand ends with a checkpoint, and then the process: the coordinator is gone,
        or the system wants it so.
        """
        self._ended = True
        self._control.stop()
        self._tasks.put(None)
