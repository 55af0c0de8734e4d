"""``new``: a project from a folder or file of images."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.output import Output, json_option, pass_output
from engine.data.spec import DataSpec
from engine.losses.base import TargetKind
from engine.project.new import GroupBy, new_project
from engine.templates import TEMPLATES

__all__ = ["new"]

_TARGETS = [str(choice) for choice in DataSpec.param("targets").choices]
_GROUPINGS = [str(choice) for choice in DataSpec.param("group_by").choices]


@click.command(
    short_help="Make a project from images.",
    epilog="Example: python -m engine new cells --images ~/images/cells --size 96",
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--images",
    "source",
    metavar="SRC",
    required=True,
    type=click.Path(path_type=Path),
    help="Class folders, a .npz, a folder of IDX files, or a CSV table.",
)
@click.option(
    "--template",
    metavar="T",
    default=None,
    help="The model to start from. Without it small_resnet, or broad_resnet where 10,000 images or "
    f"more train. There are {', '.join(TEMPLATES)}.",
)
@click.option(
    "--group-by",
    type=click.Choice(_GROUPINGS),
    default="none",
    show_default=True,
    help="Keep images of one group in one split: of one folder, or of one file name prefix.",
)
@click.option(
    "--targets",
    type=click.Choice(_TARGETS),
    help="What the classes are: names (single), grades in the order of their names (ordinal), or "
    "names of which an image can have several (multi). Without it, what the images say.",
)
@click.option("--size", metavar="N", type=int, help="Side of the images in pixels.")
@json_option
@pass_output
def new(
    out: Output,
    folder: Path,
    source: Path,
    template: str | None,
    group_by: GroupBy,
    targets: TargetKind | None,
    size: int | None,
) -> None:
    """Make the project DIR from the images in SRC, which stay where they are.

    DIR must not exist or be empty. Without --size, the size is chosen from the images.
    """
    from engine.data.manifest import load_manifest

    project = new_project(
        folder,
        source,
        template=template,
        size=size,
        group_by=group_by,
        targets=targets,
        progress=out.progress,
    )
    manifest = load_manifest(folder, project.data.manifest)
    out.result(
        {
            "event": "project_created",
            "project": str(folder.absolute()),
            "images": len(manifest.items),
            "classes": list(project.data.classes),
            "size": project.data.size,
            "channels": project.data.channels,
            "findings": len(manifest.findings),
        }
    )
    out.say(
        f"Made “{project.name}”: {len(manifest.items):,} images in {len(project.data.classes)} "
        f"classes, {project.data.size} × {project.data.size} pixels, {project.data.channels}."
    )
    for finding in manifest.findings:
        out.say(f"{finding.severity}: {finding.message}")
    out.say(f"Next: python -m engine train {folder}")
