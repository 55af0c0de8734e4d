"""``train --queue``: the run waits for its turn."""

from __future__ import annotations

from pathlib import Path

from engine.cli.output import Output
from engine.project.document import Project
from engine.runs.queue import RunQueue

__all__ = ["add_to_queue"]


def add_to_queue(project: Project, folder: Path, device: str | None, out: Output) -> None:
    """Puts a snapshot of the project at the end of its queue, and says under which name."""
    if device is not None:
        project = project.with_(training=project.training.with_(device=device))
    entry = RunQueue(folder).add(project)
    out.result({"event": "queued", "entry": entry})
    out.say(f"Added to the queue as {entry}. python -m engine queue {folder} run starts it.")
