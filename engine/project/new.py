"""A new project from a folder or file of images: scan, defaults, first save."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from engine.augment.recommend import Recommendation, recommend
from engine.data.spec import DataSpec
from engine.errors import FoveaError, suggest
from engine.losses.base import TargetKind
from engine.project.document import Project
from engine.project.place import building_beside, free_target, project_name
from engine.project.store import create
from engine.recipe import default_recipe
from engine.templates import TEMPLATES, default_template
from engine.transforms.base import ImageFacts

__all__ = ["new_project", "recommended"]

Progress = Callable[[int, int, str], None]
GroupBy = Literal["none", "folder", "prefix"]


def new_project(
    folder: Path,
    source: Path,
    *,
    template: str | None = None,
    size: int | None = None,
    group_by: GroupBy = "none",
    targets: TargetKind | None = None,
    progress: Progress | None = None,
) -> Project:
    """The project made from the images in ``source`` and saved in ``folder``.

    ``folder`` must not exist or be empty. Image side and channels come from the scan (``size``
    overrides the side), the model from ``template``, else from
    :func:`engine.templates.default_template`, augmentation and recipe from images and their number;
    ``targets`` says what the classes are, in place of what the images say. The project is built
    beside ``folder`` and moved there when it is whole: when anything fails, or ``progress`` raises
    Cancelled, nothing is left on disk. Raises FoveaError: FV-P020 (the folder cannot take a
    project), FV-U002 (no such template), FV-H001 (size) and those of the scan.
    """
    from engine.data.scan import scan
    from engine.data.split import split

    if template is not None and template not in TEMPLATES:
        raise FoveaError(
            "FV-U002",
            f"There is no template “{template:.80}”.",
            fix=suggest(template, TEMPLATES, most=len(TEMPLATES)),
        )
    asked = {"targets": targets, "size": size}
    chosen: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    DataSpec(**chosen)  # a wrong size is refused before the images are read
    target = free_target(folder, outside=Path(source))
    with building_beside(target) as building:
        found = scan(source, building, group_by=group_by, progress=progress)
        data = found.spec.with_(**chosen)
        training_images = int((split(found.manifest, data) == 0).sum())
        project = Project(
            name=project_name(target),
            data=data,
            training=default_recipe(training_images, data.targets),
        )
        project = project.with_(
            augment=recommended(project, training_images).pipeline,
            model=TEMPLATES[template or default_template(training_images)].build(project.frame()),
        )
        create(building, project)
    return project


def recommended(project: Project, training_images: int) -> Recommendation:
    """The augmentation to start from, for this project's images, classes and answers."""
    side = project.data.size
    images = ImageFacts(project.data.channel_count, side, side)
    return recommend(images, training_images, project.data.classes, project.answers)
