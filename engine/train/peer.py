"""A process of ours that talks with us in lines of JSON: how it is started, heard and ended."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import IO, Any

from engine.processes import engine_environment

__all__ = ["LOG_LINES", "Peer"]

LOG_LINES = 50


class Peer:
    """The process and its three pipes; nothing is ever pickled between the two.

    Attributes:
        process: the process.
        said: its lines as they come; ``None`` once it has closed its standard output.
    """

    def __init__(self, command: list[str], *, told: Callable[[], object] | None = None) -> None:
        """Starts ``command``, which finds the same engine as we did.

        ``told`` is called from another thread after each line, to wake up who waits.
        """
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=engine_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # Windows would show one
        )
        self.said: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._told = told or (lambda: None)
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._readers = [
            threading.Thread(target=work, name="hears a process", daemon=True)
            for work in (self._read, self._read_log)
        ]
        for reader in self._readers:
            reader.start()

    def send(self, value: Mapping[str, Any]) -> None:
        """Sends one object; one that has died is noticed when it is listened to."""
        pipe = _open(self.process.stdin)
        with contextlib.suppress(OSError):
            pipe.write(json.dumps(value, ensure_ascii=False).encode("utf-8") + b"\n")
            pipe.flush()

    def log(self) -> list[str]:
        """The last lines that it wrote to its standard error."""
        return list(self._log)

    def wait(self) -> None:
        """Waits for its end, once :attr:`said` gave ``None``."""
        self.process.wait()
        self._join()

    def end(self) -> None:
        """Ends it if it still runs, and waits for it."""
        if self.process.poll() is None:
            self.process.kill()
        self.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                _open(pipe).close()

    def _join(self) -> None:
        ends = time.monotonic() + 2
        for reader in self._readers:
            reader.join(max(0.0, ends - time.monotonic()))

    def _read(self) -> None:
        for line in _open(self.process.stdout):
            self.said.put(line)
            self._told()
        self.said.put(None)
        self._told()

    def _read_log(self) -> None:
        for line in _open(self.process.stderr):
            self._log.append(line.decode("utf-8", "replace").rstrip())


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
