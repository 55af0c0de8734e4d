"""``events.jsonl`` while a run writes to it: a disc that refuses costs neither run nor line."""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path

from engine.runs.event_lines import seal, unseal
from engine.runs.events import Event

__all__ = ["EventFile"]

_SYNCED = ("epoch_done", "run_finished", "run_failed")


class EventFile:
    """Appends events to a file, whole lines in their order.

    What the disc refuses is kept in memory and written before the next line, so that a history has
    no hole when space returns. A file that was removed meanwhile is made anew.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: io.FileIO | None = None
        self._unwritten = bytearray()
        self._seal: str | None = None
        self._refused = False

    def append(self, event: Event) -> str:
        """Writes one event; returns the system's words when it refuses, once until it goes on."""
        body = json.dumps(event.to_json(), ensure_ascii=False).encode("utf-8", "replace")
        line, self._seal = seal(body, self.last)
        self._unwritten += line
        try:
            self._write(sync=event.kind in _SYNCED)
        except OSError as error:
            first, self._refused = not self._refused, True
            return (error.strerror or str(error)) if first else ""
        self._refused = False
        return ""

    @property
    def last(self) -> str:
        """The seal of the last line, also of one that is not written yet; ``""`` for none."""
        if self._seal is None:
            try:
                self._seal = unseal(self._path.read_bytes()).last
            except OSError:
                self._seal = ""
        return self._seal

    def close(self) -> None:
        """Writes what is still unwritten, if the disc lets it; may be called twice."""
        with contextlib.suppress(OSError):
            if self._unwritten:
                self._write(sync=True)
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        self._file = self._seal = None

    def _write(self, *, sync: bool) -> None:
        if self._file is None or not self._path.exists():
            self._open()
        assert self._file is not None
        while self._unwritten:
            written = self._file.write(self._unwritten)
            del self._unwritten[:written]
        if sync:
            os.fsync(self._file.fileno())

    def _open(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None
        torn = self._path.exists() and self._path.read_bytes()[-1:] not in (b"\n", b"")
        self._file = self._path.open("ab", buffering=0)
        if torn:  # the process died in the middle of a line
            self._unwritten[:0] = b"\n"
