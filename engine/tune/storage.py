"""The file that holds a study's trials: Optuna's own format, one writer, many readers.

What a stranger could put into such a file is only ever read as numbers and texts: the samplers that
unpickle an attribute of a trial (CMA-ES) are not offered, and nothing else of Optuna does.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import sqlite3
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import FoveaError
from engine.tune.holders import holders

if TYPE_CHECKING:
    import optuna

__all__ = [
    "STUDY",
    "UnusableStudy",
    "again",
    "backup_of",
    "close",
    "directions",
    "explained",
    "first_line",
    "local_time",
    "look",
    "open_study",
    "quiet",
    "storage_errors",
    "unusable",
]

STUDY = "study"
"""The name of the one study in the file."""
_NO_STUDY = (ValueError, KeyError, TypeError, IndexError)  # rows that Optuna would not write
_WAITS = 20.0  # seconds for another program that holds the file, a backup say


class UnusableStudy(FoveaError):
    """The error FV-S005: the trials of a study cannot be read.

    Attributes:
        backup: the file to go back to with :func:`engine.tune.copies.restore_backup`; ``None``
            where there is none, or the study's own file is only held by another program.
        made: the local time of the backup, for people; empty without one.
    """

    def __init__(self, file: Path, why: str, backup: Path | None, made: str) -> None:
        fix = "Restore the file from a backup, or begin a new study."
        if backup is not None:
            fix = (
                f"Go back to {backup.name} of {made} with python -m engine tune DIR --resume "
                f"{file.parent.name} --restore, or begin a new study."
            )
        super().__init__(
            "FV-S005",
            "The trials of this study cannot be read.",
            where=str(file),
            why=why,
            kept="The file is unchanged; the runs of the trials are beside it.",
            fix=fix,
        )
        self.backup = backup
        self.made = made


def open_study(file: Path, *, maximise: bool, new: bool, weighed: bool = False) -> optuna.Study:
    """The study in a file, which is made if ``new``; ``weighed``: with a second objective, of which
    less is better.

    An existing file is looked at before Optuna opens it, and left as it is if it cannot be used.
    Raises FoveaError FV-S005: no database, damaged, made by a newer Optuna, held by another
    program for 20 s, or in a place that cannot be written to.
    """
    if new == file.exists():
        why = "There is a file already." if new else "The file is not there."
        raise unusable(file, why)
    if not new:
        look(file)
    import optuna
    from sqlalchemy import event

    from engine.tune.mirror import Mirror
    from engine.tune.rows import read_rows

    quiet()
    optuna.logging.disable_default_handler()
    try:
        if new:
            _make(file, maximise=maximise, weighed=weighed)
        storage = _storage(file)
        event.listen(storage.engine, "connect", _fast)
        storage.engine.dispose()  # the connection that looked is not as fast
        mirror = Mirror(storage, read_rows(file, STUDY))
        return optuna.load_study(storage=mirror, study_name=STUDY)
    except (*storage_errors(), *_NO_STUDY, RuntimeError, OSError) as error:
        raise unusable(file, first_line(error)) from error


def again(study: optuna.Study) -> optuna.Study:
    """The same study on the same storage, with a sampler and a pruner of its own."""
    import optuna

    return optuna.load_study(storage=study._storage, study_name=study.study_name)


def close(study: optuna.Study) -> None:
    """Lets go of the file of a study that :func:`open_study` gave."""
    from engine.tune.mirror import Mirror

    assert isinstance(study._storage, Mirror)
    study._storage.close()


def _make(file: Path, *, maximise: bool, weighed: bool) -> None:
    """Makes the file beside its place and moves it there: a process may die amid its tables."""
    import optuna

    draft = file.with_name(f"{file.name}.new")
    for old in (draft, draft.with_name(f"{draft.name}-journal")):
        old.unlink(missing_ok=True)
    storage = _storage(draft)
    sought = directions(maximise=maximise, weighed=weighed)
    optuna.create_study(storage=storage, study_name=STUDY, directions=sought)
    storage.engine.dispose()
    draft.replace(file)


def directions(*, maximise: bool, weighed: bool) -> list[optuna.study.StudyDirection]:
    """What is sought of each objective; the second one, where it is ``weighed``, is a cost."""
    from optuna.study import StudyDirection

    first = StudyDirection.MAXIMIZE if maximise else StudyDirection.MINIMIZE
    return [first, *[StudyDirection.MINIMIZE] * weighed]


def _storage(file: Path) -> optuna.storages.RDBStorage:
    import optuna

    return optuna.storages.RDBStorage(
        f"sqlite:///{file.as_posix()}", engine_kwargs={"connect_args": {"timeout": _WAITS}}
    )


def storage_errors() -> tuple[type[Exception], ...]:
    """What Optuna raises when file, database or server refuse: for an ``except`` line."""
    import optuna
    from sqlalchemy import exc

    grpc = sys.modules.get("grpc")  # only there where a study lies behind a gRPC proxy
    others = (grpc.RpcError,) if grpc is not None else ()
    return exc.SQLAlchemyError, optuna.exceptions.StorageInternalError, sqlite3.Error, *others


@contextlib.contextmanager
def explained(file: Path) -> Iterator[None]:
    """Tells a person when the file refuses amid a study: raises FoveaError FV-S007."""
    try:
        yield
    except storage_errors() as error:
        cause = error.__cause__ or error
        raise FoveaError(
            "FV-S007",
            "The trials of this study can no longer be written down.",
            where=str(file),
            why=_and_holder(file, first_line(getattr(cause, "orig", None) or cause)),
            kept="The trials before are safe, and so are the checkpoints of the one in hand.",
            fix="Make room on the disc, close what else uses the file, and resume the study.",
        ) from error


def first_line(error: BaseException) -> str:
    """The first line of what an error says, at most 300 characters."""
    return next(iter(str(error).splitlines()), type(error).__name__)[:300]


def local_time(text: str | None) -> datetime.datetime | None:
    """A moment as Optuna's files hold it, which is UTC, as local time without a zone."""
    if text is None:
        return None
    moment = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)
    return moment.astimezone().replace(tzinfo=None)


def quiet() -> None:
    """From now on Optuna's remarks to programmers (experimental, deprecated) are not shown.

    They are not for people. A filter and no context, which would be every thread's: calling it
    again changes nothing.
    """
    logging.getLogger("optuna").setLevel(logging.ERROR)
    for message in ("", ".*(xperimental|elative|already reported).*"):
        ours = r"optuna(\.|$)" if not message else r"(optuna|engine\.tune)(\.|$)"
        warnings.filterwarnings("ignore", message=message, module=ours)


def _fast(connection: Any, _: object) -> None:
    """Write-ahead log: 5 to 50 times as fast as the default, and as safe when a process dies."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def look(file: Path) -> None:
    """Opens the file for reading only, and raises FV-S005 where it is not a whole study."""
    uri = f"file:{file.as_posix().replace('?', '%3f').replace('#', '%23')}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=_WAITS)) as connection:
            [(whole,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
            if whole != "ok":
                raise unusable(file, f"It is damaged: {str(whole)[:200]}.")
            [(version,)] = connection.execute("SELECT schema_version FROM version_info").fetchall()
            known = {name for (name,) in connection.execute("SELECT study_name FROM studies")}
            made_by = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.Error, ValueError) as error:
        raise unusable(file, f"{error}.") from error
    if STUDY not in known:
        raise unusable(file, "There is no study in it.")
    from optuna.storages._rdb import models

    if version != models.SCHEMA_VERSION or made_by is None or _newer(str(made_by[0])):
        raise unusable(file, "It was made by a newer version of Optuna.")


def _newer(revision: str) -> bool:
    """Whether a file's revision (``v3.2.0.a``) is beyond what this Optuna can write."""
    import re

    import optuna

    found = re.match(r"v(\d+)\.(\d+)", revision)
    own = tuple(int(part) for part in optuna.__version__.split(".")[:2])
    return found is None or (int(found[1]), int(found[2])) > own


def unusable(file: Path, why: str) -> UnusableStudy:
    """The error FV-S005 for a file whose trials cannot be read, with the reason."""
    backup, made, why = backup_of(file), "", f"{why[:1].upper()}{why[1:]}"
    if there := backup.is_file() and "locked" not in why:
        written = datetime.datetime.fromtimestamp(backup.stat().st_mtime)
        made = written.isoformat(" ", "minutes")
    return UnusableStudy(file, _and_holder(file, why), backup if there else None, made)


def backup_of(file: Path) -> Path:
    """Where the backup of a study's file is."""
    return file.with_name("study.backup.db")


def _and_holder(file: Path, why: str) -> str:
    """The reason, with the program that holds the file where that is the reason."""
    return f"{why.rstrip('.')}. {holders(file)}" if "locked" in why else why
