"""What a process leaves that died amid a trial: a run to go on with, or to sweep away."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.runs.folder import RunFolder

__all__ = ["left_behind"]


def left_behind(place: Path) -> bool:
    """Whether there is a run to go on with; one that had not begun is swept away."""
    if not place.exists():
        return False
    if RunFolder(place).status() == "damaged" or not (place / "events.jsonl").exists():
        shutil.rmtree(place, ignore_errors=True)
        return False
    return True
