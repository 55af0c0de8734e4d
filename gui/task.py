"""One piece of background work, between the worker that does it and the window that waits."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6.QtCore import QObject

from engine.errors import Cancelled, FoveaError

__all__ = ["Progress", "Task", "as_error", "labour"]

Progress = Callable[[int, int, str], None]
_log = logging.getLogger(__name__)


class Task:
    """One piece of background work; ``cancel`` makes its next progress call raise Cancelled.

    Attributes:
        prompt: whether a hand on a slider waits for it.
        latest: the last progress that was not yet delivered.
        outcome: whether the work succeeded, and its result or error; None while it goes on.
        left: set once no worker holds the task any more. Only then is its end looked at, so that
            the GUI thread is always the last to let go of it, and of the widgets that it knows.
        finished: whether the outcome was delivered.
    """

    def __init__(
        self,
        work: Callable[[Progress], Any],
        on_done: Callable[[Any], object] | None,
        on_error: Callable[[FoveaError], object] | None,
        on_progress: Callable[[int, int, str], object] | None,
        owner: QObject | None,
        prompt: bool = False,
    ) -> None:
        self.prompt = prompt
        self._work = work
        self._on_done = on_done
        self._on_error = on_error
        self._on_progress = on_progress
        self._owner = owner
        self._cancelled = threading.Event()
        self.latest: tuple[int, int, str] | None = None
        self.outcome: tuple[bool, Any] | None = None
        self.left = threading.Event()
        self.finished = False

    def cancel(self) -> None:
        """Ends the work at its next progress call; neither result nor error is delivered."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether :meth:`cancel` was called."""
        return self._cancelled.is_set()

    def _progress(self, done: int, total: int, text: str = "") -> None:
        if self._cancelled.is_set():
            raise Cancelled
        self.latest = (done, total, text)

    def run(self) -> None:
        """On a worker: does the work and keeps what came of it."""
        if self.cancelled:
            self.outcome = (False, Cancelled())
            return
        try:
            self.outcome = (True, self._work(self._progress))
        except Exception as error:
            self.outcome = (False, error)

    def deliver(self) -> bool:
        """On the GUI thread: reports progress or, once, the end; True if there is no more."""
        if self.finished:
            return True
        gone = self._owner is not None and not shiboken6.isValid(self._owner)
        quiet = self.cancelled or gone
        latest, self.latest = self.latest, None
        if latest is not None and self._on_progress is not None and not quiet:
            self._on_progress(*latest)
        if self.outcome is None or not self.left.is_set():
            return False
        self.finished = True
        worked, value = self.outcome
        if quiet or isinstance(value, Cancelled):
            return True
        if worked:
            if self._on_done is not None:
                self._on_done(value)
        elif self._on_error is not None:
            self._on_error(as_error(value))
        else:
            raise as_error(value)
        return True


def labour(waiting: Callable[[], Task | None]) -> None:
    """What a worker does: the tasks that come out of ``waiting``, one by one, until None does."""
    while (task := waiting()) is not None:
        left = task.left
        task.run()
        del task
        left.set()


def as_error(error: BaseException) -> FoveaError:
    """An exception from a worker in words; one that was not expected goes to the log whole."""
    if isinstance(error, FoveaError):
        return error
    _log.error("unexpected in a worker", exc_info=error)
    return FoveaError(
        "FV-U900",
        "Something unexpected went wrong in the background.",
        why=f"{type(error).__name__}: {error}",
        kept="The project and everything saved is unchanged.",
        fix="Try again; the log has the details (Help, About).",
    )
