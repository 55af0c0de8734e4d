"""A study that several computers share, as a person reads it."""

from __future__ import annotations

import datetime

from engine.errors import FoveaError
from engine.tune.folder import StudyFolder
from engine.tune.table import StudyTable, TrialRow

__all__ = ["elsewhere", "error_words", "no_run_words", "state_words", "trained_on"]

_MOST = 4
_SILENT = "FV-S042"
_CONNECT = "Check that the server runs and lets this computer in, then press Connect."
_AGAIN = "It is asked again every minute."


def elsewhere(study: StudyFolder | None) -> str:
    """Why the window does not search a study that is shared; empty for one of this computer."""
    if study is None or not study.storage:
        return ""
    return (
        "Several computers share this search: python -m engine worker DIR --storage URL lets this "
        "one take part."
    )


def trained_on(row: TrialRow) -> str:
    """The computer that trained a trial of a shared study; empty where it was this one's worker."""
    return "" if row.worker.isdecimal() else row.worker


def no_run_words(row: TrialRow) -> str:
    """Why a trial has no run here; empty where it has."""
    if row.run:
        return ""
    host = trained_on(row)
    return f"Its run is on {host}." if host else "This trial has no run: it was not trained."


def state_words(table: StudyTable, at: datetime.datetime | None) -> str:
    """Who trains at the moment, and how old that is; ``at`` is when the storage was read."""
    running = [row for row in table.rows if row.state == "running"]
    hosts = sorted({trained_on(row) for row in running} - {""})
    words = "No trial is running"
    if running:
        words = f"{len(running)} trial{'s are' if len(running) > 1 else ' is'} running"
        words += f" on {_list(hosts)}" if hosts else ""
    if at is not None:
        return f"{words}, as of {at:%H:%M:%S}."
    news = [when for row in table.rows for when in (row.begun, row.ended) if when is not None]
    if not news:
        return "No trial was copied to this computer yet."
    return f"{words}; the newest trial copied here is of {max(news):%d %b, %H:%M}."


def error_words(error: FoveaError, *, again: bool) -> str:
    """What went wrong with the storage, in sentences; ``again``: it is asked anew by itself."""
    why = error.why.strip()
    why = f"{why[:1].upper()}{why[1:].rstrip('.')}." if why else ""
    fix = error.fix
    if error.code == _SILENT:  # where the command line says “start the command anew”
        fix = _AGAIN if again else _CONNECT
    return " ".join(filter(None, (error.what, why, fix, f"({error.code})")))


def _list(names: list[str]) -> str:
    shown = names[:_MOST]
    if len(names) > _MOST:
        return f"{', '.join(shown)} and {len(names) - _MOST} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
