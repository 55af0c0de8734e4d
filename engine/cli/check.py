"""``check``: what stands between a project and a good run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from engine.cli.opening import folder_argument, open_project
from engine.cli.output import Output, json_option, pass_output

__all__ = ["check"]

_SHOWN = 5  # image names listed under a finding


@click.command(epilog="Example: python -m engine check cells --json")
@folder_argument
@json_option
@pass_output
@click.pass_context
def check(context: click.Context, out: Output, folder: Path) -> None:
    """List the problems of the project DIR and the findings in its images.

    Nothing is changed. The exit code is 1 when a problem would stop the training.
    """
    from engine.data.manifest import load_manifest
    from engine.project.check import check as problems_of

    project, folder = open_project(folder, out)
    manifest = load_manifest(folder, project.data.manifest) if project.data.manifest else None
    problems = problems_of(project, manifest)
    findings = manifest.findings if manifest else ()
    out.result(
        {
            "problems": [
                {
                    "severity": problem.severity,
                    "message": problem.message,
                    "where": problem.where,
                    "fix": problem.fix,
                    "code": problem.code,
                }
                for problem in problems
            ],
            "findings": [
                {
                    "kind": finding.kind,
                    "severity": finding.severity,
                    "message": finding.message,
                    "images": list(finding.images),
                }
                for finding in findings
            ],
        }
    )
    _tell(out, problems, findings)
    if any(problem.severity == "error" for problem in problems):
        context.exit(1)


def _tell(out: Output, problems: Iterable[Any], findings: Iterable[Any]) -> None:
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
