"""Which process wrote something, and whether it still runs."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Process", "engine_command", "engine_environment", "is_running", "this_process"]


def engine_command(*arguments: str) -> list[str]:
    """What starts the engine's command line in a process of its own.

    The only place that knows how: an installed program without a ``python`` beside it, whose
    ``sys.executable`` is the program itself, is told here what to call instead.
    """
    return [sys.executable, "-m", "engine", *arguments]


def engine_environment() -> dict[str, str]:
    """The environment for :func:`engine_command`: the child finds the same engine as we did."""
    root = str(Path(__file__).resolve().parents[1])
    others = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (root, others)))}


@dataclass(frozen=True, slots=True)
class Process:
    """One process, told apart from a later one that was given the same number.

    Attributes:
        host: the computer's network name.
        pid: the process number on that computer.
        started: boot and start time as the system tells them, ``""`` where it does not.
    """

    host: str
    pid: int
    started: str = ""


def this_process() -> Process:
    """The process that calls."""
    return Process(socket.gethostname(), os.getpid(), _started(os.getpid()))


def is_running(process: Process) -> bool | None:
    """Whether ``process`` still runs; ``None`` when that cannot be seen from this computer."""
    if process.host != socket.gethostname():
        return None
    if process.pid <= 0 or not _exists(process.pid):
        return False
    now = _started(process.pid)
    return not (process.started and now) or now == process.started


def _started(pid: int) -> str:
    """``boot:ticks`` on Linux, ``""`` elsewhere; a zombie reads ``dead``."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""
    return "dead" if fields[0] in "ZX" else f"{boot}:{fields[19]}"


if sys.platform == "win32":

    def _exists(pid: int) -> bool:
        """Whether the process has not ended; ``os.kill(pid, 0)`` would end it on Windows."""
        import ctypes

        query, still_active = 0x1000, 259
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(query, False, pid)
        if not handle:
            return False
        code = ctypes.c_ulong()
        kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.CloseHandle(handle)
        return code.value == still_active

else:

    def _exists(pid: int) -> bool:
        """Whether the number is in use, by any user's process."""
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except PermissionError:
            return True
        return True
