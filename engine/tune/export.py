"""A study for other programs: its trials as a table of text, and its file in Optuna's format."""

from __future__ import annotations

import contextlib
import csv
import io
import sqlite3
from pathlib import Path

from engine.files.atomic import write_bytes
from engine.tune.folder import StudyFolder
from engine.tune.storage import unusable
from engine.tune.table import StudyTable

__all__ = ["copy_database", "write_csv"]


def write_csv(table: StudyTable, file: Path) -> None:
    """Writes a line for each trial, with every number in full; empty where there is none.

    Columns: number, state, the objectives by their names, the settings by their addresses, epochs,
    begun, ended, seconds, run, why, worker. Raises FoveaError FV-O001 when the disc refuses.
    """
    out = io.StringIO(newline="")
    write = csv.writer(out)
    labels = [one.heading for one in table.objectives]
    times = ["epochs", "begun", "ended", "seconds", "run", "why", "worker"]
    write.writerow(["trial", "state", *labels, *table.addresses, *times])
    for row in table.rows:
        values = [*row.values, *[""] * (len(labels) - len(row.values))]
        settings = [_cell(row.settings.get(address, "")) for address in table.addresses]
        begun, ended = (
            "" if when is None else when.isoformat(sep=" ") for when in (row.begun, row.ended)
        )
        seconds = "" if row.seconds is None else row.seconds
        epochs = row.reports[-1][0] if row.reports else 0
        about = [epochs, begun, ended, seconds, row.run, row.why, row.worker]
        write.writerow([row.number, row.state, *values, *settings, *about])
    write_bytes(file, out.getvalue().encode())


def copy_database(study: StudyFolder, file: Path) -> None:
    """Writes the study's trials as they are at this moment to another file, also while it runs.

    Optuna and its dashboard open the copy. Raises FoveaError FV-S005 when the study's own file
    cannot be read, FV-O001 when the new one cannot be written.
    """
    if not study.database.exists():
        raise unusable(study.database, "The study has no trials yet.")
    uri = f"file:{study.database.as_posix().replace('?', '%3f').replace('#', '%23')}?mode=ro"
    try:
        with (
            contextlib.closing(sqlite3.connect(uri, uri=True)) as source,
            contextlib.closing(sqlite3.connect(":memory:")) as copy,
        ):
            source.backup(copy)
            whole = copy.serialize()
    except sqlite3.Error as error:
        raise unusable(study.database, f"{error}.") from error
    write_bytes(file, whole)


def _cell(value: object) -> object:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return "..".join(map(repr, value)) if isinstance(value, tuple) else value
