"""``augment show``: the pipeline as text."""

from __future__ import annotations

from pathlib import Path

import click

from engine.augment.text import to_text
from engine.cli.augment.editing import describe, tell
from engine.cli.opening import folder_argument, open_project
from engine.cli.output import Output, json_option, pass_output

__all__ = ["show"]


@click.command(
    short_help="Print the pipeline as text.",
    epilog="Example: python -m engine augment show cells > pipeline.txt",
)
@folder_argument
@json_option
@pass_output
def show(out: Output, folder: Path) -> None:
    """Print the augmentation of the project DIR as text that paste reads back.

    What stands against it is told on standard error. With --json also its values, and the answers
    to the questions about the classes.
    """
    project, _ = open_project(folder, out)
    if out.json:
        out.result(describe(project))
        tell(out, project)
        return
    click.echo(to_text(project.augment), nl=False)
    for problem in describe(project)["problems"]:
        out.say(f"{problem['severity']}: {problem['message']} [{problem['where']}]")
