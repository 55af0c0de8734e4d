"""A place for a new project's folder: refused when taken, filled as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from engine.data.paths import shown
from engine.errors import FoveaError
from engine.project.document import LONGEST_NAME

__all__ = ["building_beside", "free_target", "project_name"]


def project_name(folder: Path) -> str:
    """What a project in ``folder`` is called: the folder's name, as a project file can hold it."""
    return shown(folder.name)[:LONGEST_NAME] or "Untitled"


def free_target(folder: Path, *, outside: Path) -> Path:
    """The real path of ``folder``, when a project can be made there.

    Raises FoveaError FV-P020 when it is a file, a folder that is not empty, or inside ``outside``.
    """
    target = Path(os.path.realpath(folder))
    why = ""
    if target.is_dir():
        why = "The folder is not empty." if any(target.iterdir()) else ""
    elif target.exists():
        why = "There is a file of this name."
    if target.is_relative_to(os.path.realpath(outside)):
        why = f"It lies inside {outside}."
    if why:
        raise FoveaError(
            "FV-P020",
            "The project cannot be made here.",
            where=str(target),
            why=why,
            kept="Nothing was changed.",
            fix="Choose a folder that does not exist yet, or an empty one.",
        )
    return target


@contextlib.contextmanager
def building_beside(target: Path) -> Iterator[Path]:
    """A folder that becomes ``target`` when the block ends well, and is gone when it does not."""
    parents = [parent for parent in target.parents if not parent.exists()]
    building = target.parent / f".fovea-{secrets.token_hex(8)}.new"
    try:
        building.mkdir(parents=True)
        yield building
        if target.is_dir():
            target.rmdir()
        building.rename(target)
    except OSError as error:
        _discard(building, parents)
        raise FoveaError(
            "FV-O001",
            "The project's folder could not be made.",
            where=str(target),
            why=f"{error.strerror or error}.",
            kept="Nothing was changed.",
            fix="Choose a folder that can be written to.",
        ) from error
    except BaseException:
        _discard(building, parents)
        raise


def _discard(building: Path, parents: list[Path]) -> None:
    shutil.rmtree(building, ignore_errors=True)
    for parent in parents:
        with contextlib.suppress(OSError):
            parent.rmdir()
