"""``weights``: load weights into a project's model to start from, or go back to random ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.augment.editing import edit
from engine.cli.opening import folder_argument, open_project
from engine.cli.output import Output, json_option, pass_output
from engine.errors import FoveaError
from engine.project.document import Project
from engine.project.store import locate

if TYPE_CHECKING:
    from engine.weights.report import Report

__all__ = ["weights"]

_SHOWN = 30


@click.command(
    short_help="Load weights to start training from.",
    epilog="Example: python -m engine weights cells --from resnet18.pth",
)
@folder_argument
@click.option(
    "--from",
    "source",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A .safetensors file, or a .pth file that holds a state_dict.",
)
@click.option(
    "--partial", is_flag=True, help="Load the layers that fit; the others start at random."
)
@click.option("--clear", is_flag=True, help="Start at random again.")
@json_option
@pass_output
def weights(out: Output, folder: Path, source: Path | None, partial: bool, clear: bool) -> None:
    """Load weights from FILE into the model of the project DIR, for fine-tuning.

    Tensors are matched by name, or by order and shape as in torchvision's files; nothing in the
    file is executed. The last layer starts anew where the number of classes differs. What is loaded
    is copied into the project, so FILE is not needed again. Without --from and --clear, says what
    the model starts from. A node trains slower with --set model.NODE.lr_factor=0.1 of train, and
    not at all with 0.
    """
    if source is not None and clear:
        raise click.UsageError("--from and --clear exclude each other.")
    if source is not None:
        _load(out, folder, source, partial)
    elif clear:
        _told(out, edit(folder, out, lambda project: project.with_(start=None)))
    else:
        _told(out, open_project(folder, out)[0])


def _load(out: Output, folder: Path, source: Path, partial: bool) -> None:
    from engine.weights.fitting import fit_file
    from engine.weights.keeping import keep

    reports: list[Report] = []

    def change(project: Project) -> Project:
        fitted = fit_file(source, project.model, project.frame())
        reports.append(fitted.report)
        start = keep(fitted, source, locate(folder).absolute(), partial=partial)
        return project.with_(start=start)

    try:
        project = edit(folder, out, change)
    except FoveaError as error:
        if reports:
            _table(out, reports[0])
        if error.code == "FV-M014" and not reports[0].refusal:
            error.fix = f"{error.fix.removesuffix('.')} (--partial)."
        raise
    out.result({"report": reports[0].to_json(), **_facts(project)})
    _table(out, reports[0])
    out.say(reports[0].summary)


def _facts(project: Project) -> dict[str, Any]:
    return {"start": project.start.to_json() if project.start is not None else None}


def _told(out: Output, project: Project) -> None:
    out.result(_facts(project))
    start = project.start
    if start is None:
        out.say("The model starts at random.")
        return
    count = sum(number for _, number in start.nodes)
    out.say(f"The model starts from {start.source}: {count:,} weights in {len(start.nodes)} nodes.")


def _table(out: Output, report: Report) -> None:
    """The tensors that are not simply loaded, with the reason."""
    from engine.weights.report import WORDS

    rows = [row for row in report.rows if row.status != "loaded" or row.note]
    for row in rows[:_SHOWN]:
        names = " ← ".join(filter(None, (row.target, row.source)))
        out.say(f"{WORDS[row.status]}: {names}" + (f" ({row.note})" if row.note else ""))
    if len(rows) > _SHOWN:
        out.say(f"… and {len(rows) - _SHOWN:,} more (--json lists all)")
