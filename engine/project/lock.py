"""Who has a project open: the file ``.lock`` in its folder.

The lock is advice between instances of Fovea. It keeps two windows from saving over each other; a
save is still guarded by the file's digest (see :mod:`engine.project.store`).
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from engine.errors import FoveaError
from engine.files import strict_json
from engine.processes import Process, is_running, this_process
from engine.project.store import sweep

__all__ = ["Lock", "Owner", "acquire", "other_owner"]

LOCK_FILE = ".lock"
GUARD_FILE = ".lock.guard"
_FRESH = 5.0  # seconds in which an unreadable lock counts as one that is just being written


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has the project open, and since when (seconds since 1970; local time in texts)."""

    process: Process
    since: float

    def __str__(self) -> str:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(self.since))
        return f"process {self.process.pid} on {self.process.host}, since {when}"


class Lock:
    """What :func:`acquire` found: the project is ours (``held``), or somebody else has it.

    Attributes:
        held: whether this process may save; otherwise open the project read-only.
        owner: who has it open; ``None`` when the lock could not be written or read.
        reason: why it is not held, in one sentence; ``""`` when it is.
    """

    def __init__(self, path: Path, owner: Owner | None, reason: str = "") -> None:
        self.path = path
        self.owner = owner
        self.reason = reason
        self.held = not reason

    def release(self) -> None:
        """Removes the lock if it is still ours; may be called twice."""
        if self.held and _read(self.path) == self.owner:
            with contextlib.suppress(OSError):
                self.path.unlink()
        self.held = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def other_owner(folder: Path) -> Owner | None:
    """Who else has the project open now; ``None`` for nobody, or for a process that is gone.

    A look only, before a person is asked: :func:`acquire` decides.
    """
    path = folder / LOCK_FILE
    owner = _read(path)
    if owner is None or owner.process == this_process() or _is_stale(path, owner):
        return None
    return owner


def acquire(folder: Path) -> Lock:
    """Takes the project's lock, or tells who has it; never waits long and never raises.

    A lock is taken over only when its process is known to be dead: on this computer, by number and
    start time. One from another computer is never taken over, because nobody here can know. Once
    the lock is held, what a killed save left behind is removed.
    """
    lock = _take(folder / LOCK_FILE)
    if lock.held:
        sweep(folder)
    return lock


def _take(path: Path) -> Lock:
    mine = Owner(this_process(), round(time.time(), 3))
    try:
        if _create(path, mine):
            return Lock(path, mine)
        owner = _read(path)
        if not _is_stale(path, owner):
            return Lock(path, owner, _held_by(owner))
        return _take_over(path, mine)
    except (OSError, Timeout) as error:
        return Lock(path, None, f"The project's lock could not be written: {error}.")


def _create(path: Path, owner: Owner) -> bool:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return False
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump({**asdict(owner.process), "since": owner.since}, file)
    return True


def _read(path: Path) -> Owner | None:
    """The owner that a lock file names; ``None`` when there is none or it is unreadable."""
    try:
        with open(path, "rb") as file:
            value = strict_json.loads(file.read(10_000), where=str(path))
        process = Process(str(value["host"]), int(value["pid"]), str(value["started"]))
        return Owner(process, float(value["since"]))
    except (OSError, FoveaError, TypeError, KeyError, ValueError):
        return None


def _is_stale(path: Path, owner: Owner | None) -> bool:
    if owner is not None:
        return is_running(owner.process) is False
    try:
        return time.time() - path.stat().st_mtime > _FRESH
    except FileNotFoundError:
        return True


def _take_over(path: Path, mine: Owner) -> Lock:
    """Replaces a stale lock; the guard keeps two processes from replacing it at once."""
    with FileLock(path.with_name(GUARD_FILE), timeout=2):
        owner = _read(path)
        if _is_stale(path, owner):
            path.unlink(missing_ok=True)
            if _create(path, mine):
                return Lock(path, mine)
            owner = _read(path)
    return Lock(path, owner, _held_by(owner))


def _held_by(owner: Owner | None) -> str:
    if owner is None:
        return "Another program is just opening the project."
    if owner.process == this_process():
        return "This program already has the project open."
    return f"The project is open in {owner}."
