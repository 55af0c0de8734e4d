"""Victims: children that fork from a process with torch imported, so that each costs little."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import torch

__all__ = ["forked", "kill", "reap", "scratch"]


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder for files, in memory where the system has one: a kill takes nothing from there that
    it would leave on a disc, and thousands of runs would wait for the disc most of the time.
    """
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None)


def forked(work: Callable[[], None]) -> int:
    """Starts ``work`` in a child, in silence, and gives its process number.

    Torch computes with one thread, for its other threads do not survive a fork.
    """
    torch.set_num_threads(1)
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def kill(child: int) -> bool:
    """Kills the child; whether it still lived then."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def reap(child: int) -> int:
    """Waits for the child; its exit code, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
