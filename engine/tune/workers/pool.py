"""The workers of a study, and waiting for any of them."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from filelock import FileLock, Timeout

from engine.errors import FoveaError
from engine.train.child import ORPHAN_SECONDS
from engine.train.control import Control
from engine.tune.workers.worker import Worker

__all__ = ["Pool", "wait_for_orphans"]

_POLL = 0.05  # seconds between two looks at the switches while nothing happens


class Pool:
    """``count`` workers that share the cores; none at all for 0. A context: its end ends them.

    Each locks a file in ``folder`` while its process lives; see :func:`wait_for_orphans`.
    """

    def __init__(self, folder: Path, count: int) -> None:
        self._news = threading.Event()
        threads = max(1, _cores() // max(1, count))
        self.workers = [
            Worker(number, threads, folder / f".worker-{number}.guard", self._news.set)
            for number in range(count)
        ]

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.end()

    def wait(self) -> None:
        """Sleeps until a worker says something, or for a moment."""
        self._news.wait(_POLL)
        self._news.clear()


def _cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def wait_for_orphans(folder: Path, control: Control) -> None:
    """Waits until the workers of a coordinator that was killed are gone, or somebody stops.

    They notice it at once, and save a checkpoint before they end. Raises FoveaError FV-S002 when
    one is still there after a minute.
    """
    ends = time.monotonic() + ORPHAN_SECONDS + 5
    for guard in sorted(folder.glob(".worker-*.guard")):
        while not _free(guard):
            if control.stopping:
                return
            if time.monotonic() > ends:
                raise FoveaError(
                    "FV-S002",
                    "A trial of this study is still being trained.",
                    where=str(guard),
                    why="A worker of an earlier session, which was killed, has not ended yet.",
                    kept="Nothing was changed.",
                    fix="Wait for it, or end the process, and try again.",
                )
            control.wait(0.1)


def _free(guard: Path) -> bool:
    lock = FileLock(guard)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    lock.release()
    return True
