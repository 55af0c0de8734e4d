"""``search``: which settings of a project the tuner may choose, and between which values."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.augment.editing import edit
from engine.cli.opening import folder_argument, open_project
from engine.cli.output import Output, json_option, pass_output
from engine.errors import FoveaError
from engine.project.address import describe
from engine.project.document import Project
from engine.project.search_presets import PRESETS, preset
from engine.project.searching import proposed, search_problems
from engine.search.reading import read_range, written

__all__ = ["search"]


@click.command(
    short_help="Say what the tuner may choose.",
    epilog="Example: python -m engine search cells training.optimizer.lr 1e-5..0.1 log",
)
@folder_argument
@click.argument("address", metavar="[ADDRESS]", required=False)
@click.argument("words", metavar="[RANGE]", nargs=-1)
@click.option("--remove", is_flag=True, help="Take the setting ADDRESS out of the search.")
@click.option("--clear", is_flag=True, help="Take everything out.")
@click.option(
    "--preset",
    "name",
    type=click.Choice(list(PRESETS)),
    help="Replace the search space by a preset that fits the project.",
)
@json_option
@pass_output
def search(
    out: Output,
    folder: Path,
    address: str | None,
    words: tuple[str, ...],
    remove: bool,
    clear: bool,
    name: str | None,
) -> None:
    """Show or change what a search varies in the project DIR.

    With nothing but DIR it lists the settings. With an ADDRESS the setting is searched in RANGE:
    LOW..HIGH, LOW..HIGH log, LOW..HIGH step N, or choices with commas between them, such as
    adam,sgd; without RANGE, in the range that suits it. An address is a setting as train --set
    takes it; “model.NODE.present” is whether a node is there, and “model” chooses among templates.
    """
    if sum((bool(address), clear, name is not None)) > 1 or (remove and (words or not address)):
        raise click.UsageError("Give an ADDRESS, --clear or --preset; --remove with an ADDRESS.")
    if not (address or clear or name):
        project, _ = open_project(folder, out)
    else:

        def change(project: Project) -> Project:
            if name is not None:
                return project.with_(search=preset(project, name))
            if clear:
                return project.with_(search=type(project.search)())
            assert address is not None
            return _without(project, address) if remove else _with(project, address, words)

        project = edit(folder, out, change)
    _tell(out, project)


def _with(project: Project, address: str, words: tuple[str, ...]) -> Project:
    entry = proposed(project, address)
    if words:
        entry = read_range(address, describe(project, address), " ".join(words))
    changed = project.with_(search=project.search.putting(entry))
    for problem in search_problems(changed):
        if problem.where == f"search.{address}":
            raise FoveaError(
                problem.code,
                problem.message,
                where=address,
                kept="The project is unchanged.",
                fix=problem.fix,
            )
    return changed


def _without(project: Project, address: str) -> Project:
    if project.search.get(address) is None:
        raise FoveaError(
            "FV-H003",
            f"“{address:.80}” is not searched.",
            where=address[:200],
            kept="The project is unchanged.",
            fix="Run search without an address to see what is.",
        )
    return project.with_(search=project.search.without(address))


def _tell(out: Output, project: Project) -> None:
    problems = search_problems(project)
    out.result(
        {
            "search": project.search.to_json(),
            "problems": [
                {"message": p.message, "where": p.where, "fix": p.fix, "code": p.code}
                for p in problems
            ],
        }
    )
    for entry in project.search.entries:
        out.say(f"{entry.address}  {written(entry)}")
    for problem in problems:
        out.say(f"error: {problem.message} [{problem.where}]")
        out.say(f"  do: {problem.fix}")
