"""A study's folder: what it searches, how, and where its trials are."""

from __future__ import annotations

import contextlib
import datetime
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from engine.errors import FoveaError, suggest
from engine.files import strict_json
from engine.files.atomic import write_json
from engine.project.document import Project
from engine.tune.plan import StudyPlan

__all__ = [
    "StudyFolder",
    "create_study",
    "find_study",
    "is_study_name",
    "list_studies",
    "studies_dir",
]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_FACTS = "study.json"
_LIMIT = 32_000_000


def is_study_name(name: str) -> bool:
    """Whether a study may have the name: letters, digits, points, dashes, underscores."""
    return _NAME.fullmatch(name) is not None and name != "last"


def studies_dir(project_dir: Path) -> Path:
    """The folder that holds a project's studies."""
    return Path(project_dir) / "studies"


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """``studies/NAME/``: ``study.json`` (project and plan), ``study.db``, and ``runs/``.

    Attributes:
        path: the folder.
        project: the project with its search space, as the study was begun with it.
        plan: how it searches.
        created: UTC time, ISO format.
        storage: the URL, without password, of the storage that has its trials, where several
            computers work on it; empty where they are in the folder.
    """

    path: Path
    project: Project
    plan: StudyPlan
    created: str
    storage: str = ""

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def database(self) -> Path:
        """The file with the trials."""
        return self.path / "study.db"

    def with_budget(
        self, trials: int | None, hours: float | None, stop_when_unlikely: bool | None = None
    ) -> StudyFolder:
        """The study with another budget, kept on disc; ``None`` leaves a part as it is.

        Raises FoveaError FV-H001, FV-O001, and FV-S002 while another process runs the study.
        """
        changes: dict[str, Any] = {"trials": trials, "hours": hours}
        changes |= {"stop_when_unlikely": stop_when_unlikely}
        plan = self.plan.with_(**{name: new for name, new in changes.items() if new is not None})
        if plan == self.plan:
            return self
        made = replace(self, plan=plan)
        with self.alone():
            made.write()
        return made

    def write(self) -> None:
        """Keeps plan and project in ``study.json``; raises FoveaError FV-O001."""
        facts = {"created": self.created, "plan": self.plan.to_json()}
        facts |= {"storage": self.storage} if self.storage else {}
        write_json(self.path / _FACTS, facts | {"project": self.project.to_json()})

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """The right to add trials, held by one process.

        Raises FoveaError FV-S002 when another one has it, FV-O001 when the disc refuses.
        """
        lock = FileLock(self.path / ".study.guard")
        try:
            self.path.stat()  # the lock would make a folder that is gone
            lock.acquire(timeout=0)
        except OSError as error:
            if not isinstance(error, Timeout):
                raise _no_place(self.path, error) from error
            raise FoveaError(
                "FV-S002",
                "This study is running already.",
                where=str(self.path),
                why="Another process holds it: a window, or a command.",
                kept="Nothing was changed.",
                fix="Wait for it, stop it there, or begin a new study.",
            ) from None
        try:
            yield
        finally:
            lock.release()


def create_study(
    project_dir: Path, project: Project, plan: StudyPlan, name: str = "", storage: str = ""
) -> StudyFolder:
    """A new study of a project, which is kept in it as it stands now.

    ``name`` is made of the day and a number where it is empty. Raises FoveaError FV-S001 for a name
    that is taken or cannot be a folder's, FV-S003 for an earlier study of the plan that is not
    there, FV-S004 for one that is damaged, and FV-O001 when the disc refuses.
    """
    parent = studies_dir(project_dir)
    earlier = [find_study(project_dir, source).name for source in plan.sources]
    plan = plan.with_(sources=tuple(dict.fromkeys(earlier)))
    if name == "last":
        raise _refused(name, "The word stands for the youngest study.")
    if name and not _NAME.fullmatch(name):
        raise _refused(name, "Letters, digits, points, dashes and underscores make a name.")
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    try:
        parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_place(parent, error) from error
    path = parent / name if name else _free(parent)
    try:
        path.mkdir()
    except FileExistsError:
        raise _refused(name, "There is a study of that name already.") from None
    except OSError as error:
        raise _no_place(parent, error) from error
    made = StudyFolder(path, project, plan, now, storage)
    try:
        made.write()
    except FoveaError:
        shutil.rmtree(path, ignore_errors=True)
        raise
    return made


def find_study(project_dir: Path, name: str) -> StudyFolder:
    """A study by its name, or the youngest for ``last``.

    Raises FoveaError FV-S003 for a name that is not there, and FV-S004 for one that is damaged.
    """
    if name == "last":
        whole = [one for one in list_studies(project_dir) if isinstance(one, StudyFolder)]
        if whole:
            return whole[-1]
    names = [path.name for path in _paths(project_dir)]
    if name not in names:
        raise FoveaError(
            "FV-S003",
            f"There is no study “{name:.80}”." if names else "This project has no studies yet.",
            where=str(studies_dir(project_dir)),
            why="No folder of that name has a study in it.",
            fix=suggest(name[:80], names) if names else "Begin one with python -m engine tune.",
        )
    return _read(studies_dir(project_dir) / name)


def list_studies(project_dir: Path) -> list[StudyFolder | FoveaError]:
    """All studies, oldest first; before them, of damaged ones, the errors of reading them."""
    found: list[StudyFolder] = []
    damaged: list[FoveaError] = []
    for path in _paths(project_dir):
        try:
            found.append(_read(path))
        except FoveaError as error:
            damaged.append(error)
    found.sort(key=lambda one: (one.created, one.name))
    return [*damaged, *found]


def _paths(project_dir: Path) -> list[Path]:
    parent = studies_dir(project_dir)
    if not parent.is_dir():
        return []
    return sorted(path for path in parent.iterdir() if (path / _FACTS).is_file())


def _read(path: Path) -> StudyFolder:
    file = path / _FACTS
    try:
        facts = strict_json.loads(file.read_bytes(), limit=_LIMIT, where=str(file))
        if not isinstance(facts, dict):
            raise FoveaError("FV-S004", "It is no object.", where=str(file))
        plan = StudyPlan.from_json(facts.get("plan"), f"{file}#/plan")
        project = Project.from_json(facts.get("project"), f"{file}#/project")
    except (FoveaError, OSError) as error:
        raise FoveaError(
            "FV-S004",
            f"The study “{path.name:.80}” cannot be read.",
            where=getattr(error, "where", "") or str(file),
            why=getattr(error, "what", "") or str(error),
            kept="Its trials and runs are unchanged.",
            fix="Restore the file from a backup, or begin a new study.",
        ) from error
    known = {name: str(facts.get(name, "")) for name in ("created", "storage")}
    return StudyFolder(path, project, plan, **known)


def _free(parent: Path) -> Path:
    today, number = datetime.date.today().isoformat(), 1
    while (parent / f"{today}-{number:02d}").exists():
        number += 1
    return parent / f"{today}-{number:02d}"


def _no_place(path: Path, error: OSError) -> FoveaError:
    return FoveaError(
        "FV-O001",
        "The study's folder cannot be written to.",
        where=str(path),
        why=error.strerror or str(error),
        kept="Nothing was changed.",
        fix="Check that the project's folder can be written to and the disc is not full.",
    )


def _refused(name: str, why: str) -> FoveaError:
    return FoveaError(
        "FV-S001",
        f"A study cannot be named “{name:.80}”.",
        why=why,
        kept="Nothing was changed.",
        fix="Choose another name, or leave it out.",
    )
