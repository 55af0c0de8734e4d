"""``export``: a model for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.opening import folder_argument, open_project
from engine.cli.output import Output, json_option, pass_output
from engine.errors import FoveaError
from engine.project.document import Project

__all__ = ["export"]


@click.command(
    short_help="Write a model for other programs.",
    epilog="Example: python -m engine export cells --format code --out cells.py",
)
@folder_argument
@click.option(
    "--run",
    metavar="RUN",
    help="The run: its id, last or best. Without it the model as it is in the project now.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["onnx", "pt2", "code", "weights"]),
    required=True,
    help="code: a Python file with the model in plain PyTorch. The others are not there yet.",
)
@click.option(
    "--out",
    "path",
    metavar="PATH",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The file to write; one that is there is replaced.",
)
@json_option
@pass_output
def export(out: Output, folder: Path, run: str | None, form: str, path: Path) -> None:
    """Write the model of the project DIR, or of one of its runs, for use without Fovea."""
    if form != "code":
        raise FoveaError(
            "FV-U001",
            f"“export --format {form}” is not there yet.",
            why="This version of Fovea writes models as code.",
            kept="Nothing was changed.",
            fix="Use --format code.",
        )
    from engine.blocks.dropping import as_trained
    from engine.codegen.model import model_code
    from engine.files.atomic import write_text

    project, folder = open_project(folder, out)
    project = _of_run(folder, run) if run else project
    write_text(path, model_code(as_trained(project.model, project.training), project.frame()))
    out.result({"format": form, "path": str(path), "run": run})
    out.say(f"Written: {path}")


def _of_run(folder: Path, run: str) -> Project:
    from engine.runs.folder import RunFolder
    from engine.runs.listing import find_run

    return Project.from_json(RunFolder(find_run(folder, run).path).read_project())
