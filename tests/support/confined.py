"""Runs a module as Python's ``-m`` does, under watch: what it writes, starts and reaches for.

``python -m tests.support.confined REPORT ROOT MODULE ARGUMENT…``: REPORT gets a JSON object with
``written`` (paths outside ROOT that were opened for writing, made, renamed or removed),
``processes`` and ``sockets``. Shared semaphores are forbidden meanwhile, as on a hardened system.
Only what Python code does is seen; what C++ writes shows in the folders.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from typing import Any

_CHANGES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_MAKING = {"os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.chmod", "sqlite3.connect"}
_HANDLED = {"os.mkdir", "os.remove", "os.rmdir"}  # may be given a folder's handle
_LINKING = {"os.rename", "os.link", "os.symlink"}
_STARTING = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system"}
_NAMES = {"socket.gethostname"}


def main(report: str, root: str, module: str, *arguments: str) -> int:
    """The exit code of the module; what it did is in the report."""
    seen: dict[str, list[str]] = {"written": [], "processes": [], "sockets": []}
    inside = os.path.realpath(root)

    def note(path: Any, folder: Any = -1) -> None:
        if folder == -1 and isinstance(
            path, (str, bytes, os.PathLike)
        ):  # else relative to a handle
            name = os.fsdecode(path)
            name = name[5:].partition("?")[0] if name.startswith("file:") else name
            real = os.path.realpath(name)
            if not real.startswith((inside, "/dev/null")) and name != ":memory:":
                seen["written"].append(real)

    def hook(event: str, values: tuple[Any, ...]) -> None:
        opened = event == "open" and isinstance(values[2], int) and values[2] & _CHANGES
        if opened or event in _MAKING:
            note(values[0], -1 if opened else values[-1] if event in _HANDLED else -1)
        elif event in _LINKING:
            note(values[1])
        elif event in _STARTING and not _looks_up(values):
            seen["processes"].append(f"{event} {values[:2]!r:.200}")
        elif event.startswith("socket.") and event not in _NAMES:
            seen["sockets"].append(f"{event} {values[1:]!r:.200}")

    _forbid_semaphores()  # before the hook: it opens files
    _tell_of_spawned(seen["processes"])
    sys.argv = [module, *arguments]
    sys.addaudithook(hook)
    code = 1
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    found = json.dumps(seen)
    with open(report, "w", encoding="utf-8") as file:
        file.write(found)
    return code


def _looks_up(values: tuple[Any, ...]) -> bool:
    """Whether a process that is started is how ctypes looks for a library."""
    return bool(values) and str(values[0]).endswith("ldconfig")


def _forbid_semaphores() -> None:
    import _multiprocessing

    class Forbidden:
        """Python's shared semaphore on a system that has them and gives none."""

        SEM_VALUE_MAX = _multiprocessing.SemLock.SEM_VALUE_MAX

        def __init__(self, *_: object) -> None:
            raise PermissionError(1, "Operation not permitted")

    _multiprocessing.SemLock = Forbidden


def _tell_of_spawned(processes: list[str]) -> None:
    """Notes what multiprocessing spawns: it starts programs by a function without audit."""
    if sys.platform == "win32":
        return
    import _posixsubprocess
    import subprocess  # noqa: F401 (keeps the function as it is: what it starts is audited)

    start = _posixsubprocess.fork_exec

    def fork_exec(command: Any, *others: Any) -> int:
        processes.append(f"spawn {command!r:.200}")
        return start(command, *others)

    _posixsubprocess.fork_exec = fork_exec


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
