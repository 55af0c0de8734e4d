"""The running programs of this person: who crashed, and who is asked to show its window."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from engine.errors import FoveaError
from engine.files import strict_json
from engine.files.atomic import write_json
from engine.processes import Process, is_running, this_process

__all__ = ["Crash", "Sessions"]

_LOOKS_MS = 700
_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Crash:
    """A program that ended without closing: killed, crashed, or the power was cut.

    Attributes:
        project: the folder that it had open; ``None`` for none.
        since: when it had been started, in seconds since 1970.
    """

    project: Path | None
    since: float


class Sessions(QObject):
    """This program's mark among the running ones; each is a small file in ``folder``.

    :meth:`begin` makes the mark, :meth:`note_project` keeps it true, :meth:`end` takes it away. A
    mark whose process is gone tells of a crash. Everything is best effort: where nothing can be
    written, no crash is told. ``on_shown`` is called when another program asks for the window.
    """

    def __init__(
        self, folder: Path, on_shown: Callable[[], object], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._folder = folder
        self._process = this_process()
        self._mark = folder / f"session-{self._process.pid}.json"
        self._since = time.time()
        self._noted: Path | None = Path()
        self._on_shown = on_shown
        self._timer = QTimer(self, interval=_LOOKS_MS)
        self._timer.timeout.connect(self._look)

    def begin(self) -> None:
        """From now on this program is known; to be called once, after :meth:`crashed`."""
        self.note_project(None)
        self._timer.start()

    def note_project(self, folder: Path | None) -> None:
        """The project that is open now, so that a crash can name it; quick when it is the same."""
        if folder == self._noted:
            return
        self._noted = folder
        facts = {
            **asdict(self._process),
            "since": self._since,
            "project": str(folder) if folder is not None else "",
        }
        with contextlib.suppress(OSError, FoveaError, UnicodeError):
            self._folder.mkdir(parents=True, exist_ok=True)
            write_json(self._mark, facts, indent=None)

    def end(self) -> None:
        """This program closes as it should."""
        self._timer.stop()
        for path in (self._mark, self._wish(self._process)):
            with contextlib.suppress(OSError):
                path.unlink()

    def crashed(self) -> list[Crash]:
        """The programs that ended without closing since this was asked last; newest first."""
        found = []
        for path in sorted(self._folder.glob("session-*.json")):
            read = _read(path)
            if read is None or is_running(read[0]) is False:
                with contextlib.suppress(OSError):
                    path.unlink()
                if read is not None:
                    found.append(read[1])
        return sorted(found, key=lambda crash: crash.since, reverse=True)

    def can_show(self, other: Process) -> bool:
        """Whether a process is a running program of this person, on this computer."""
        mark = _read(self._folder / f"session-{other.pid}.json")
        return mark is not None and mark[0] == other and is_running(other) is True

    def show_other(self, other: Process) -> bool:
        """Asks another program to show its window; False if it cannot be asked."""
        if not self.can_show(other):
            return False
        try:
            self._wish(other).touch()
        except OSError:
            return False
        return True

    def _wish(self, process: Process) -> Path:
        return self._folder / f"show-{process.pid}"

    def _look(self) -> None:
        with contextlib.suppress(OSError):
            self._wish(self._process).unlink()
            self._on_shown()


def _read(path: Path) -> tuple[Process, Crash] | None:
    try:
        with open(path, "rb") as file:
            value = strict_json.loads(file.read(_LIMIT), where=str(path))
        process = Process(str(value["host"]), int(value["pid"]), str(value["started"]))
        project = Path(value["project"]) if value["project"] else None
        return process, Crash(project, float(value["since"]))
    except (OSError, FoveaError, TypeError, KeyError, ValueError):
        return None
