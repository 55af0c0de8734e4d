"""``lr-test``: which learning rate suits a project."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.opening import folder_argument, open_project
from engine.cli.output import Output, json_option, pass_output
from engine.train.tools.lr_curve import LrTest
from engine.train.tools.lr_test import END, START, STEPS, lr_test

__all__ = ["lr_test_command"]


@click.command(
    "lr-test",
    short_help="Look for a learning rate with a short test.",
    epilog="Example: python -m engine lr-test cells --steps 300 --json",
)
@folder_argument
@click.option("--start", type=float, default=START, show_default=True, help="Smallest rate.")
@click.option("--end", type=float, default=END, show_default=True, help="Largest rate.")
@click.option("--steps", type=int, default=STEPS, show_default=True, help="Steps between the two.")
@click.option("--device", metavar="auto|cpu|cuda:N", help="Where to compute.")
@json_option
@pass_output
def lr_test_command(
    out: Output, folder: Path, start: float, end: float, steps: int, device: str | None
) -> None:
    """Train the project DIR for a few hundred steps with a growing learning rate.

    The suggestion is the middle of the longest descent of the smoothed loss. Nothing is changed or
    written; --set training.optimizer.lr=RATE of train uses a rate for one run.
    """
    project, folder = open_project(folder, out)
    found = lr_test(
        project,
        folder,
        start=start,
        end=end,
        steps=steps,
        device=device,
        progress=out.progress,
    )
    out.result({"event": "lr_test", **found.to_json()})
    _tell(out, found)


def _tell(out: Output, found: LrTest) -> None:
    if found.suggestion is not None:
        out.say(
            f"Suggested learning rate: {found.suggestion:g} (now {found.current:g}). "
            f"Steepest descent {found.steepest:g}, a tenth of the minimum {found.tenth:g}."
        )
    else:
        out.say(f"No learning rate is suggested; it stays {found.current:g}.")
    out.say(found.how)
    out.say(f"{len(found.points)} steps in {found.seconds:.0f} s on {found.device}.")
