"""Doing the steps of the self-test one after the other, and saying how each went."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import FoveaError
from engine.selftest.sockets import foreign_sockets, watching

__all__ = ["Failed", "Result", "Step", "check", "run"]


class Failed(Exception):
    """What a step raises when something is not as it should be; its text says what."""


def check(true: bool, otherwise: str) -> None:
    """Raises :class:`Failed` with a sentence unless ``true``."""
    if not true:
        raise Failed(otherwise)


@dataclass(frozen=True)
class Step:
    """One thing that is tried.

    Attributes:
        name: what, as the line begins (``"Ten steps of training"``).
        work: does it in a folder that all steps share, and says what was found.
    """

    name: str
    work: Callable[[Path], str]


@dataclass(frozen=True)
class Result:
    """How a step went.

    Attributes:
        name: the step's.
        seconds: how long it took.
        said: what was found, or why it failed.
        passed: whether it is as it should be.
        trace: where in the program it failed, for the log.
    """

    name: str
    seconds: float
    said: str
    passed: bool
    trace: str = ""

    def __str__(self) -> str:
        mark = "ok    " if self.passed else "FAILED"
        return f"{mark} {self.seconds:5.1f} s  {self.name}: {self.said}"


def run(steps: Sequence[Step], place: Path) -> Iterator[Result]:
    """Does the steps in an empty folder ``place`` and yields how each went, a failed one too.

    A step in which Python opens a socket fails, whatever it did otherwise, and so does one at whose
    end the process holds an internet socket, where the system tells.
    """
    for step in steps:
        began = time.monotonic()
        trace = ""
        with watching() as sockets:
            try:
                said, passed = step.work(place), True
            except Failed as error:
                said, passed = str(error), False
            except FoveaError as error:
                said, passed, trace = f"{error.what} {error.why} [{error.code}]", False, str(error)
            except Exception as error:  # a missing library shows itself as anything
                said, passed = f"{type(error).__name__}: {error}", False
                trace = traceback.format_exc()
        opened = [*sockets, *foreign_sockets()]
        if opened:
            said, passed = f"It opened sockets: {'; '.join(opened[:5])}", False
        yield Result(step.name, time.monotonic() - began, said, passed, trace)
