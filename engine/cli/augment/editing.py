"""Changing a saved project on behalf of a command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.augment.text import to_text
from engine.cli.output import Output
from engine.errors import FoveaError
from engine.problems import Problem
from engine.project.document import Project
from engine.project.lock import acquire
from engine.project.store import load, locate, save

__all__ = ["describe", "edit", "problems_of", "tell"]


def edit(folder: Path, out: Output, change: Callable[[Project], Project]) -> Project:
    """Loads the project, changes it and saves it under its lock; gives the project as saved.

    Nothing is written when ``change`` raises or changes nothing. Raises FoveaError FV-P019 when
    another program has the project open, FV-P012 when it can only be read.
    """
    folder = locate(folder).absolute()
    loaded = load(folder)  # before the lock, so that a folder without a project stays as it is
    with acquire(folder) as lock:
        if not lock.held:
            raise FoveaError(
                "FV-P019",
                "The project is not changed, because it is open elsewhere.",
                where=str(folder),
                why=lock.reason,
                kept="Nothing was changed.",
                fix="Close it there, or make the change there.",
            )
        loaded = load(folder)
        for note in loaded.notes:
            out.say(f"note: {note}")
        if loaded.read_only:
            raise FoveaError(
                "FV-P012",
                "The project can only be read.",
                where=str(folder),
                why=" ".join(loaded.notes),
                kept="Nothing was changed.",
                fix="Open it with the version of Fovea that saved it.",
            )
        project = change(loaded.project)
        if project != loaded.project:
            save(folder, project, expect_digest=loaded.digest)
    return project


def problems_of(project: Project) -> tuple[Problem, ...]:
    """What ``check`` says about the augmentation."""
    return tuple(found for found in project.check() if found.where.startswith("augment."))


def describe(project: Project) -> dict[str, Any]:
    """The augmentation for ``--json``: as text and as values, with answers and problems."""
    problems = problems_of(project)
    return {
        "text": to_text(project.augment),
        "augment": project.augment.to_json(),
        "answers": project.answers.to_json(),
        "problems": [
            {"severity": p.severity, "message": p.message, "where": p.where, "fix": p.fix}
            for p in problems
        ],
    }


def tell(out: Output, project: Project) -> None:
    """Shows the pipeline and its problems to a person."""
    out.say(to_text(project.augment).rstrip("\n"))
    for problem in problems_of(project):
        out.say(f"{problem.severity}: {problem.message} [{problem.where}]")
        out.say(f"  do: {problem.fix}")
