"""Copies of a study's trials: a backup beside them, and the file itself where the disc is remote.

All are made through SQLite's backup, which waits for no one and copies a state that was whole.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from engine.errors import FoveaError
from engine.files.hashing import sha256_bytes
from engine.files.own_places import cache_folder
from engine.files.places import on_network_share
from engine.tune.storage import backup_of, look

__all__ = ["EVERY", "LiveFile", "copy_database", "live_file", "restore_backup"]

EVERY = 25
"""So many trials lie between two backups, besides the one at the end of a session."""


def copy_database(source: Path, target: Path) -> None:
    """Copies a database that may be in use; the target is the old or the new one at any moment.

    Raises sqlite3.Error or OSError when the disc refuses.
    """
    draft = target.with_name(f"{target.name}.new")
    draft.unlink(missing_ok=True)
    with (
        contextlib.closing(
            sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
        ) as old,
        contextlib.closing(sqlite3.connect(draft)) as new,
    ):
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")  # one file, whatever the source has beside it
    draft.replace(target)


def restore_backup(file: Path) -> Path:
    """Puts the backup in the place of a study's file; gives where that one is now.

    What was beside it moves with it. Trials that ended after the backup are begun again. Raises
    FoveaError FV-S009 when there is no backup or it is damaged, too, FV-O001 when the disc refuses.
    """
    backup = backup_of(file)
    if not backup.is_file():
        raise FoveaError(
            "FV-S009",
            "There is no backup of this study.",
            where=str(backup),
            why="The first is made when a session ends, or after 25 trials.",
            kept="Nothing was changed.",
            fix="Begin a new study; the runs of this one stay.",
        )
    _check(backup)
    number = 1
    while (aside := file.with_name(f"study.damaged-{number}.db")).exists():
        number += 1
    try:
        draft = file.with_name(f"{file.name}.new")
        shutil.copyfile(backup, draft)
        for end in ("", "-wal", "-shm", "-journal"):
            old = file.with_name(file.name + end)
            if old.exists():
                old.rename(aside.with_name(aside.name + end))
        draft.rename(file)
    except OSError as error:
        raise FoveaError(
            "FV-O001",
            "The backup of the study could not be put in place.",
            where=str(file),
            why=error.strerror or str(error),
            kept=f"The backup is unchanged: {backup}",
            fix="Check that the project's folder can be written to and the disc is not full.",
        ) from error
    return aside


def _check(backup: Path) -> None:
    """Raises FoveaError FV-S009 for a backup that is no whole database."""
    why = ""
    try:
        uri = f"{backup.absolute().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.execute("SELECT count(*) FROM trials").fetchall()
            [(whole,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
            why = "" if whole == "ok" else str(whole)[:200]
    except sqlite3.Error as error:
        why = str(error)
    if why:
        raise FoveaError(
            "FV-S009",
            "The backup of this study is damaged, too.",
            where=str(backup),
            why=f"{why}.",
            kept="Nothing was changed; the runs of the trials are beside it.",
            fix="Restore one of the two files from a copy elsewhere, or begin a new study.",
        )


class LiveFile:
    """The file that a session works on.

    Attributes:
        path: where it is: the study's own, or one on a disc of this computer.
        note: what a person should know about that; else empty.
    """

    def __init__(self, file: Path, path: Path, note: str) -> None:
        self.path = path
        self.note = note
        self._file = file
        self._trials = 0

    def trial_ended(self) -> None:
        """Copies it to where it belongs, and now and then to the backup."""
        self._trials += 1
        if self.path != self._file:
            try:
                copy_database(self.path, self._file)
            except OSError as error:
                raise sqlite3.OperationalError(f"{self._file}: {error.strerror}") from error
        if self._trials % EVERY == 0:
            self.back_up()

    def back_up(self) -> None:
        """Makes the backup anew; a disc that refuses leaves the earlier one."""
        with contextlib.suppress(sqlite3.Error, OSError):
            copy_database(self.path, backup_of(self._file))


@contextlib.contextmanager
def live_file(file: Path) -> Iterator[LiveFile]:
    """The file that a session on a study works on; one on a network share is worked on elsewhere.

    Locks and the write-ahead log need a disc of this computer. The copy in the project is as of the
    last trial; what a kill leaves undone goes on from there. Raises FoveaError FV-S005 where it
    cannot be read.
    """
    if not on_network_share(file.parent):
        yield LiveFile(file, file, "")
        return
    place = cache_folder() / "studies" / sha256_bytes(str(file).encode())[:24]
    place.mkdir(parents=True, exist_ok=True)
    local = place / file.name
    _remove(local)
    if file.exists():
        look(file)
        copy_database(file, local)
    note = (
        "The project is on a network share, where databases are not safe: the trials are kept on "
        "this computer meanwhile, and copied to the project after each trial."
    )
    try:
        yield LiveFile(file, local, note)
        if local.exists():
            copy_database(local, file)
    finally:
        _remove(local)


def _remove(file: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + end).unlink(missing_ok=True)
