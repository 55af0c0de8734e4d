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
        elif event in _STARTING and not str(values[0]).endswith("ldconfig"):  # how ctypes looks up
            seen["processes"].append(f"{event} {values[:2]!r:.200}")
        elif event.startswith("socket.") and event not in _NAMES:
            seen["sockets"].append(f"{event} {values[1:]!r:.200}")

    import _multiprocessing  # before the hook: loading it opens files

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    _multiprocessing.SemLock = refuse
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


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
