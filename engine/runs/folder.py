"""One run's folder: made, written to, and read."""

from __future__ import annotations

import contextlib
import datetime
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from engine.errors import FoveaError
from engine.files import strict_json
from engine.files.atomic import write_json
from engine.processes import Process, is_running, this_process
from engine.runs.event_file import EventFile
from engine.runs.events import Event

__all__ = ["RunFolder", "runs_dir"]

_ID = re.compile(r"(\d{4}-\d\d-\d\d)-(\d{3,6})")
_GUARD = ".begin.guard"
_OPEN_HERE: set[Path] = set()


def runs_dir(project_dir: Path) -> Path:
    """The folder that holds a project's runs."""
    return Path(project_dir) / "runs"


def _ids_after(parent: Path) -> Iterator[str]:
    """Names for a new run, each later than the one before and than all that are there."""
    found = [_ID.fullmatch(path.name) for path in parent.iterdir()] if parent.is_dir() else []
    today = (datetime.date.today().isoformat(), 0)
    day, number = max([today, *((match[1], int(match[2])) for match in found if match)])
    for later in count(number + 1):
        yield f"{day}-{later:03d}"


class RunFolder:
    """``runs/ID/``. Order of use: :meth:`create` or a found path, :meth:`begin`, then
    :meth:`append` and :meth:`update` while it runs, and :meth:`end`.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._events = EventFile(self.path / "events.jsonl")
        self._facts: dict[str, Any] = {}
        self._settings: dict[str, Any] = {}

    @classmethod
    def create(cls, project_dir: Path, run_id: str | None = None) -> RunFolder:
        """A new, empty folder named ``run_id``, or after the day and the runs before it.

        Such ids (``2026-11-23-001``) sort by age, even when runs were deleted or the clock was set
        back. Raises FoveaError FV-O001 when it cannot be made and FV-T001 when the id is taken.
        """
        parent = runs_dir(project_dir)
        names: Iterable[str] = [run_id] if run_id else _ids_after(parent)
        try:
            parent.mkdir(parents=True, exist_ok=True)
            for name in names:
                with contextlib.suppress(FileExistsError):
                    (parent / name).mkdir()
                    (parent / name / "checkpoints").mkdir()
                    return cls(parent / name)
        except OSError as error:
            raise FoveaError(
                "FV-O001",
                "No folder could be made for the run.",
                where=str(parent),
                why=error.strerror or str(error),
                fix="Check that the project's folder can be written to and the disc is not full.",
            ) from error
        raise FoveaError(
            "FV-T001",
            f"There is a run named “{run_id or '':.80}” already.",
            where=str(parent),
            why="Every run has its own name.",
            fix="Leave the name out, or choose another.",
        )

    @property
    def id(self) -> str:
        """The folder's name, such as ``2026-11-23-001``."""
        return self.path.name

    @property
    def checkpoints(self) -> Path:
        """The folder of its weights."""
        return self.path / "checkpoints"

    def read(self) -> dict[str, Any]:
        """``run.json`` as it is; raises FoveaError FV-T002 when it is missing or damaged."""
        return self._read_object("run.json")

    def read_project(self) -> dict[str, Any]:
        """The settings the run was started with, as ``Project.from_json`` takes them."""
        return self._read_object("project.json")

    def write_project(self, project: Mapping[str, Any]) -> None:
        """Keeps the settings that the run is started with."""
        self._settings = dict(project)
        write_json(self.path / "project.json", project)

    def status(self) -> str:
        """How the run stands, in one word.

        ``running``, ``done``, ``early`` (ended by early stopping), ``stopped``, ``failed``,
        ``interrupted`` (says it is running, but its process is gone) or ``damaged``.
        """
        try:
            facts = self.read()
        except FoveaError:
            return "damaged"
        status = str(facts.get("status", "damaged"))
        return status if status != "running" or self._alive(facts) else "interrupted"

    def begin(self, facts: Mapping[str, Any], *, since: Mapping[str, Any] | None = None) -> None:
        """Marks the run as running in this process; of several that try at once, one succeeds.

        ``since`` is what :meth:`read` gave before the checkpoint was read: when the run has been
        trained on meanwhile, that checkpoint is old. Raises FoveaError FV-T003 then, and when the
        run is running already, here or elsewhere; FV-O001 when the disc refuses.
        """
        with self._alone():
            known = self.read() if (self.path / "run.json").exists() else {}
            running = known.get("status") == "running" and self._alive(known)
            if running or (since is not None and known != since):
                raise self._taken()
            now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
            owner = {"status": "running", "process": asdict(this_process()), "history": ""}
            self._facts = {"started": now} | known | dict(facts) | owner
            write_json(self.path / "run.json", self._facts)
            _OPEN_HERE.add(self.path.resolve())

    def discard(self) -> None:
        """Removes the folder of a run that could not begin."""
        shutil.rmtree(self.path, ignore_errors=True)

    def update(self, **facts: Any) -> None:
        """Changes some facts of ``run.json``; raises FoveaError FV-O001 when the disc refuses.

        A run that began here and whose folder was removed meanwhile gets it back.
        """
        if self._facts and not (self.path / "run.json").exists():
            self._make_again()
        self._facts = self.read() | facts
        write_json(self.path / "run.json", self._facts)

    def _make_again(self) -> None:
        try:
            self.checkpoints.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FoveaError(
                "FV-O001",
                "The folder of the run is gone.",
                where=str(self.path),
                why=f"It was removed or is no longer reached: {error.strerror or error}.",
                fix="Bring the folder or the disc back.",
            ) from error
        if self._settings:
            write_json(self.path / "project.json", self._settings)
        write_json(self.path / "run.json", self._facts)

    def append(self, event: Event) -> str:
        """Adds an event to ``events.jsonl``, if it is to be ``recorded``.

        Returns the system's words, once, when that fails: a full disc must not end a training.
        """
        return self._events.append(event) if event.recorded else ""

    def close(self) -> None:
        """Closes the event file; the next :meth:`append` opens it again."""
        self._events.close()

    def end(self, status: str, **facts: Any) -> None:
        """Closes the event file and writes the final status; may be called twice.

        Raises FoveaError FV-O001 when the disc refuses the status.
        """
        last = self._events.last
        self._events.close()
        _OPEN_HERE.discard(self.path.resolve())
        if self.path.exists():
            self.update(status=status, process=None, history=last, **facts)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keeps other processes from beginning this run at the same moment."""
        try:
            with FileLock(self.path / _GUARD, timeout=2):
                yield
        except Timeout:
            raise self._taken() from None
        except OSError as error:
            raise FoveaError(
                "FV-O001",
                f"The run “{self.id}” cannot be written to.",
                where=str(self.path),
                why=f"{error.strerror or error}.",
                kept="The run is unchanged.",
                fix="Check that the project's folder is there and can be written to.",
            ) from error

    def _taken(self) -> FoveaError:
        return FoveaError(
            "FV-T003",
            f"Run “{self.id}” is being trained already.",
            where=str(self.path),
            why="Another window or command is writing to it, or was a moment ago.",
            kept="It goes on undisturbed.",
            fix="Wait for it to end, or stop it there; then resume it again.",
        )

    def _alive(self, facts: Mapping[str, Any]) -> bool:
        try:
            owner = Process(**facts["process"])
        except (TypeError, KeyError):
            return False
        if owner == this_process():
            return self.path.resolve() in _OPEN_HERE
        return is_running(owner) is not False

    def _read_object(self, name: str) -> dict[str, Any]:
        path = self.path / name
        try:
            value = strict_json.loads(path.read_bytes(), where=str(path))
            if isinstance(value, dict):
                return value
            why = "It does not hold an object."
        except OSError as error:
            why = error.strerror or str(error)
        except FoveaError as error:
            why = error.why or error.what
        raise FoveaError(
            "FV-T002",
            f"The run “{self.id}” cannot be read.",
            where=str(path),
            why=why,
            kept="The project and its other runs are not affected.",
            fix="Choose another run, or train again.",
        )
