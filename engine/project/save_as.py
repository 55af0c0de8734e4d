"""Saving a project under another name."""

from __future__ import annotations

from pathlib import Path

from engine.data.paths import resolve_source, store_source
from engine.errors import FoveaError
from engine.files.atomic import write_bytes
from engine.project.document import Project
from engine.project.place import building_beside, free_target
from engine.project.store import create

__all__ = ["save_as"]


def save_as(folder: Path, project: Project, target: Path) -> tuple[Project, str]:
    """Saves ``project`` of ``folder`` as a project of its own in ``target``.

    Returns the project as it is there (named after the folder, its images found from there) and its
    digest. Runs stay with the old project. Raises FoveaError FV-P020 when ``target`` is taken, is
    ``folder`` itself or lies inside it, by whatever name it is reached, and FV-O001 when the disk
    refuses; ``target`` is then as it was.
    """
    place = free_target(target, outside=folder)
    data = project.data
    if data.source:
        data = data.with_(source=store_source(resolve_source(data.source, folder), place))
    copy = project.with_(name=place.name, data=data)
    with building_beside(place) as building:
        if data.manifest:
            (building / "data").mkdir()
            name = Path("data") / f"{data.manifest}.json"
            write_bytes(building / name, _read(folder / name))
        digest = create(building, copy)
    return copy, digest


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FoveaError(
            "FV-D001",
            "The list of images cannot be read.",
            where=str(path),
            why=f"{error.strerror or error}.",
            kept="The project is unchanged; no copy was made.",
            fix="Scan the images again.",
        ) from error
