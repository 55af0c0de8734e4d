"""Opening a project on behalf of a command."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.output import Output
from engine.project.document import Project
from engine.project.store import BACKUP_FILE, load, locate

__all__ = ["folder_argument", "open_project"]

folder_argument = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))


def open_project(folder: Path, out: Output) -> tuple[Project, Path]:
    """The project in a folder as it was last saved, and the folder; notes go to the person.

    ``folder`` may also name the file: ``project.fovea.bak`` opens the version saved before.
    """
    generation = "backup" if folder.name == BACKUP_FILE else "current"
    folder = locate(folder).absolute()
    loaded = load(folder, generation=generation)
    for note in loaded.notes:
        out.say(f"note: {note}")
    return loaded.project, folder
