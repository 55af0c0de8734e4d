"""``check``: what stands between a project and a good run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import click

from engine.cli.opening import folder_argument, open_project
from engine.cli.output import Output, json_option, pass_output
from engine.data.manifest import Finding, load_manifest
from engine.errors import FoveaError
from engine.problems import Problem
from engine.project.check import check as problems_of
from engine.project.document import Project

__all__ = ["check"]

_SHOWN = 5  # image names listed under a finding


@click.command(
    short_help="List problems of a project and its images.",
    epilog="Example: python -m engine check cells --json",
)
@folder_argument
@json_option
@pass_output
@click.pass_context
def check(context: click.Context, out: Output, folder: Path) -> None:
    """List the problems of the project DIR and the findings in its images.

    Nothing is changed. The exit code is 1 when a problem would stop the training.
    """
    project, folder = open_project(folder, out)
    problems, findings = _examine(project, folder)
    out.result(
        {
            "problems": [asdict(problem) for problem in problems],
            "findings": [finding.to_json() for finding in findings],
        }
    )
    _tell(out, problems, findings)
    if any(problem.severity == "error" for problem in problems):
        context.exit(1)


def _examine(project: Project, folder: Path) -> tuple[tuple[Problem, ...], tuple[Finding, ...]]:
    """Problems of the project, and findings of its scan; a lost list of images is a problem."""
    if not project.data.manifest:
        return problems_of(project), ()
    try:
        manifest = load_manifest(folder, project.data.manifest)
    except FoveaError as error:
        lost = Problem("error", error.what, "data.manifest", error.fix, error.code)
        return (lost, *problems_of(project)), ()
    return problems_of(project, manifest), manifest.findings


def _tell(out: Output, problems: Iterable[Problem], findings: Iterable[Finding]) -> None:
    quiet = True
    for problem in problems:
        quiet = False
        place = f" [{problem.where}]" if problem.where else ""
        out.say(f"{problem.severity}: {problem.message}{place}")
        if problem.fix:
            out.say(f"  do: {problem.fix}")
    for finding in findings:
        quiet = False
        out.say(f"{finding.severity}: {finding.message}")
        for image in finding.images[:_SHOWN]:
            out.say(f"  {image}")
        if len(finding.images) > _SHOWN:
            out.say(f"  … and {len(finding.images) - _SHOWN:,} more (--json lists all)")
    if quiet:
        out.say("No problems found.")
