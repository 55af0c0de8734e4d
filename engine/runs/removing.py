"""Deleting a run."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.errors import FoveaError
from engine.runs.folder import RunFolder

__all__ = ["delete_run", "forbid_running"]


def forbid_running(run_dir: Path) -> None:
    """Raises FoveaError FV-T003 while a run is being trained, here or elsewhere."""
    folder = RunFolder(run_dir)
    if folder.status() == "running":
        raise FoveaError(
            "FV-T003",
            f"Run “{folder.id}” is being trained.",
            where=str(folder.path),
            why="A run cannot be deleted while it is written to.",
            kept="It goes on undisturbed.",
            fix="Stop it, then delete it.",
        )


def delete_run(run_dir: Path) -> None:
    """Deletes a run's folder for good, weights and history.

    Raises FoveaError FV-T003 while it is being trained, FV-O001 when the system refuses.
    """
    forbid_running(run_dir)
    try:
        shutil.rmtree(run_dir)
    except OSError as error:
        raise FoveaError(
            "FV-O001",
            f"Run “{Path(run_dir).name}” could not be deleted.",
            where=str(error.filename or run_dir),
            why=error.strerror or str(error),
            fix="Check that the project's folder can be written to, then try again.",
        ) from error
