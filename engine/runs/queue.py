"""Runs that wait for their turn: snapshots of a project, kept on disc in the order of their start.

``queue/ID.json`` is one entry, ``queue/order.json`` the order. Each change is one atomic write, so
that a crash leaves the queue as it was before or after it. An entry that no order names comes last.
"""

from __future__ import annotations

import contextlib
import datetime
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from engine.errors import FoveaError
from engine.files import strict_json
from engine.files.atomic import write_json
from engine.processes import Process, is_running, this_process
from engine.project.document import Project
from engine.runs.folder import RunFolder, runs_dir
from engine.runs.listing import differences

__all__ = ["QueueEntry", "RunQueue"]

_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}")
_ORDER = "order.json"
_GUARD = ".guard"


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """One run that waits.

    Attributes:
        id: names it in every call of :class:`RunQueue`.
        state: ``waiting``, ``starting`` (a process prepares it), ``failed`` (it could not begin;
            passed over until it is retried) or ``damaged`` (its file cannot be read).
        added: UTC time, ISO format, ``""`` when unknown.
        epochs: how many it is to train.
        trouble: what kept it from beginning, in a sentence; else empty.
        differing: settings that differ from the entry before it, for the first one from the
            youngest run: address to (before, here), as texts.
    """

    id: str
    state: str
    added: str = ""
    epochs: int = 0
    trouble: str = ""
    differing: Mapping[str, tuple[str, str]] = field(default_factory=dict)


class RunQueue:
    """The queue of one project. Order of use: :meth:`add` any time, :meth:`take` when a run can
    begin, then exactly one of :meth:`begun` and :meth:`give_back`.

    Any number of processes may use it at once: an entry is taken by one of them, and one whose
    process has died before the run had a folder waits again. Methods that change something raise
    FoveaError FV-O001 when the disc refuses, and FV-T030 for an entry that is not there.
    """

    def __init__(self, project_dir: Path) -> None:
        self._project_dir = Path(project_dir)
        self.path = self._project_dir / "queue"

    def entries(self) -> tuple[QueueEntry, ...]:
        """All entries in the order of their start. Reads only."""
        found: list[QueueEntry] = []
        before = self._youngest_run()
        for name in self._ids():
            try:
                facts = self._read(name)
            except FoveaError as error:
                found.append(QueueEntry(name, "damaged", trouble=error.why or error.what))
                continue
            settings = facts["project"]
            found.append(_entry(name, facts, differences(before, settings) if before else {}))
            before = settings
        return tuple(found)

    def add(self, project: Project) -> str:
        """Puts a snapshot of ``project`` at the end; returns the entry's id."""
        now = datetime.datetime.now(datetime.UTC)
        name = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
        facts = {"added": now.isoformat(timespec="seconds"), "project": project.to_json()}
        with self._alone():
            order = self._ids()
            write_json(self._file(name), facts)
            self._keep_order([*order, name])
        return name

    def remove(self, name: str) -> None:
        """Takes an entry out of the queue; one that is being started goes on as a run."""
        with self._alone():
            self._known(name)
            self._drop(name)

    def move(self, name: str, by: int) -> None:
        """Moves an entry ``by`` places towards the end, or the front when it is negative."""
        with self._alone():
            order = self._known(name)
            place = order.index(name)
            order.insert(min(max(0, place + by), len(order) - 1), order.pop(place))
            self._keep_order(order)

    def retry(self, name: str) -> None:
        """Lets an entry wait again that could not begin."""
        with self._alone():
            self._known(name)
            write_json(self._file(name), _free(self._read(name)))

    def take(self) -> tuple[str, Project] | None:
        """Claims the first entry that waits, for this process; ``None`` when there is none.

        An entry whose settings can no longer be read is marked as failed and passed over.
        """
        with self._alone():
            for name in self._ids():
                try:
                    facts = self._read(name)
                except FoveaError:  # a damaged file is listed, not taken
                    continue
                if _state(facts) != "waiting":
                    continue
                if "process" in facts and self._has_run(name):  # its process died just then
                    self._drop(name)
                    continue
                try:
                    project = Project.from_json(facts["project"])
                except FoveaError as error:
                    write_json(self._file(name), _free(facts) | {"trouble": error.what})
                    continue
                write_json(self._file(name), facts | {"process": asdict(this_process())})
                return name, project
        return None

    def begun(self, name: str) -> None:
        """The run of a taken entry has its folder, whose facts name the entry: it leaves."""
        with self._alone():
            self._drop(name)

    def give_back(self, name: str, trouble: str = "") -> None:
        """The run of a taken entry did not begin: it waits again, or with ``trouble`` has failed.

        Does nothing when the entry was removed meanwhile.
        """
        with self._alone():
            if self._file(name).exists():
                facts = _free(self._read(name))
                write_json(self._file(name), facts | ({"trouble": trouble} if trouble else {}))

    # Files

    def _file(self, name: str) -> Path:
        return self.path / f"{name}.json"

    def _ids(self) -> list[str]:
        """The entries that are there, in their order."""
        there = {path.stem for path in self.path.glob("*.json") if _ID.fullmatch(path.stem)}
        try:
            order = strict_json.loads((self.path / _ORDER).read_bytes())["order"]
            named = [name for name in dict.fromkeys(order) if name in there]
        except (OSError, FoveaError, KeyError, TypeError):
            named = []  # the names begin with the time: the order of adding remains
        return named + sorted(there - set(named))

    def _known(self, name: str) -> list[str]:
        order = self._ids()
        if name in order:
            return order
        raise FoveaError(
            "FV-T030",
            f"There is no “{name:.40}” in the queue.",
            where=str(self.path),
            why="It has begun, or was removed.",
            kept="The rest of the queue is unchanged.",
            fix="Look at the queue again.",
        )

    def _keep_order(self, order: list[str]) -> None:
        write_json(self.path / _ORDER, {"order": order})

    def _drop(self, name: str) -> None:
        try:
            self._file(name).unlink(missing_ok=True)
        except OSError as error:
            raise self._refused(error) from error

    def _read(self, name: str) -> dict[str, Any]:
        path = self._file(name)
        try:
            facts = strict_json.loads(path.read_bytes(), where=str(path))
        except OSError as error:
            raise self._refused(error) from error
        if isinstance(facts, dict) and isinstance(facts.get("project"), dict):
            return facts
        raise FoveaError("FV-T030", "The entry cannot be read.", where=str(path), why="It is torn.")

    def _has_run(self, name: str) -> bool:
        runs = runs_dir(self._project_dir)
        for path in runs.iterdir() if runs.is_dir() else ():
            with contextlib.suppress(FoveaError):
                if RunFolder(path).read().get("queued") == name:
                    return True
        return False

    def _youngest_run(self) -> dict[str, Any]:
        runs = runs_dir(self._project_dir)
        for path in sorted(runs.iterdir(), reverse=True) if runs.is_dir() else ():
            with contextlib.suppress(FoveaError):
                return RunFolder(path).read_project()
        return {}

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self.path.mkdir(exist_ok=True)
            with FileLock(self.path / _GUARD, timeout=5):
                yield
        except Timeout:
            raise self._refused(OSError("another process is writing to it")) from None
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> FoveaError:
        return FoveaError(
            "FV-O001",
            "The queue of runs cannot be read or written.",
            where=str(self.path),
            why=f"{error.strerror or error}.",
            kept="The queue is unchanged.",
            fix="Check that the project's folder is there and can be written to.",
        )


def _entry(name: str, facts: Mapping[str, Any], differing: Mapping[str, Any]) -> QueueEntry:
    training = facts["project"].get("training")
    epochs = training.get("epochs") if isinstance(training, dict) else 0
    return QueueEntry(
        name,
        _state(facts),
        added=str(facts.get("added", "")),
        epochs=epochs if isinstance(epochs, int) else 0,
        trouble=str(facts.get("trouble", "")),
        differing=differing,
    )


def _state(facts: Mapping[str, Any]) -> str:
    if facts.get("trouble"):
        return "failed"
    try:
        owner = Process(**facts["process"])
    except (TypeError, KeyError):
        return "waiting"
    return "waiting" if is_running(owner) is False else "starting"


def _free(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key not in ("process", "trouble")}
