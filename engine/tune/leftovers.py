"""What a process leaves that died amid a trial: a run to go on with, or to sweep away."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from engine.project.document import Project
from engine.runs.folder import RunFolder

__all__ = ["left_behind"]


def left_behind(place: Path, project: Project | None = None) -> bool:
    """Whether there is a run to go on with; one that had not begun is swept away.

    One that has other settings than ``project`` belongs to a trial that the study's file has lost:
    it is put away under another name.
    """
    if not place.exists():
        return False
    if RunFolder(place).status() == "damaged" or not (place / "events.jsonl").exists():
        shutil.rmtree(place, ignore_errors=True)
        return False
    if project is None or RunFolder(place).read_project() == json.loads(
        json.dumps(project.to_json())
    ):
        return True
    number = 1
    while (aside := place.with_name(f"{place.name}-lost-{number}")).exists():
        number += 1
    place.rename(aside)
    return False
