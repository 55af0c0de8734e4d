"""The process that trains an isolated run, and how it talks with the one that started it.

The first line on standard input is the task, every later one the state of the switches
(:meth:`Control.wishes`); each line on standard output is an event, progress, an error, a heartbeat,
or the end. All are JSON: nothing is ever pickled between the two. When standard input closes, the
parent is gone: the run stops with a checkpoint, and the process ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.errors import FoveaError
from engine.project.document import Project
from engine.train.control import Control

__all__ = ["BEAT_SECONDS", "ORPHAN_SECONDS", "Speaker", "beat", "lines", "serve", "stop_on_signals"]

BEAT_SECONDS = 1.0
ORPHAN_SECONDS = 60.0  # for the last checkpoint once the parent is gone


def serve() -> None:
    """Trains what standard input asks for and tells it on standard output; see the module."""
    speaker = Speaker(os.dup(1))
    os.dup2(2, 1)  # whatever prints now goes to the log and cannot disturb the lines
    said = lines(0)
    task = json.loads(next(said))
    control = Control()
    control.follow(task.pop("wishes"))
    stop_on_signals(control.stop)
    for work in (lambda: _listen(said, control), lambda: beat(speaker)):
        threading.Thread(target=work, daemon=True).start()
    try:
        for event in _events(task, control, speaker):
            speaker.say(event.to_json())
    except FoveaError as error:
        speaker.say({"error": error.fields()})
    speaker.say({"end": True})


def _events(task: Mapping[str, Any], control: Control, speaker: Speaker) -> Iterator[Any]:
    from engine.train.loop import train

    options = dict(task)
    settings, folder = options.pop("project"), Path(options.pop("folder"))

    def tell(done: int, total: int, text: str) -> None:
        speaker.say({"progress": [done, total, text]})

    project = Project.from_json(settings) if settings is not None else None
    yield from train(project, folder, control=control, progress=tell, **options)


class Speaker:
    """Writes whole lines, from any thread; silent once nobody listens any more."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def say(self, value: Mapping[str, Any]) -> None:
        """Writes one object."""
        data = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
        with self._lock, contextlib.suppress(OSError):
            while data:
                data = data[os.write(self._descriptor, data) :]


def lines(descriptor: int) -> Iterator[bytes]:
    """Lines as they come; read without Python's own buffers, whose locks would hold up the end."""
    rest = b""
    while chunk := os.read(descriptor, 1 << 16):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole


def _listen(said: Iterator[bytes], control: Control) -> None:
    for line in said:
        control.follow(json.loads(line))
    control.stop()
    time.sleep(ORPHAN_SECONDS)
    os._exit(1)


def beat(speaker: Speaker) -> None:
    """Gives a sign of life every second, for ever."""
    while True:
        speaker.say({"beat": True})
        time.sleep(BEAT_SECONDS)


def stop_on_signals(stop: Callable[[], object]) -> None:
    """A log-out stops the run with a checkpoint; Ctrl-C is the parent's, who passes it on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("SIGTERM", "SIGHUP"):
        if number := getattr(signal, name, None):
            signal.signal(number, lambda *_: stop())
