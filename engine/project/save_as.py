"""Saving a project under another name."""

from __future__ import annotations

from pathlib import Path

from engine.data.manifest import copy_manifest
from engine.data.paths import resolve_source, store_source
from engine.project.document import Project
from engine.project.place import building_beside, free_target, project_name
from engine.project.store import create
from engine.weights.keeping import copy_start

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
    copy = project.with_(name=project_name(place), data=data)
    with building_beside(place) as building:
        copy_manifest(folder, data.manifest, building)
        copy_start(project.start, folder, building)
        digest = create(building, copy)
    return copy, digest
