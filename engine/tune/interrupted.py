"""The search that a crash or a power cut ended."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from engine.errors import FoveaError
from engine.tune.folder import StudyFolder, list_studies

__all__ = ["interrupted_study"]

_OVER = ("COMPLETE", "PRUNED", "FAIL")


def interrupted_study(project_dir: Path) -> tuple[StudyFolder, int] | None:
    """The youngest study that was cut off amid a trial, and how many trials were over.

    ``None`` where there is none, or another process is at it. One that somebody stopped has no
    trial under way, and is not meant; nor is one on a storage, where other computers make good what
    is lost.
    """
    for study in reversed(list_studies(project_dir)):
        if not isinstance(study, StudyFolder) or study.storage or not study.database.exists():
            continue
        counts = _counts(study.database)
        if not counts.get("RUNNING"):
            continue
        with contextlib.suppress(FoveaError), study.alone():
            return study, sum(counts.get(state, 0) for state in _OVER)
    return None


def _counts(file: Path) -> dict[str, int]:
    """How many trials there are in each state; none where the file cannot be read."""
    uri = f"file:{file.as_posix().replace('?', '%3f').replace('#', '%23')}?mode=ro"
    asked = "SELECT state, count(*) FROM trials GROUP BY state"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=2.0)) as connection:
            return dict(connection.execute(asked).fetchall())
    except sqlite3.Error:
        return {}
