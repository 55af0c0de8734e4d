"""``batch-size``: which batch size fits the memory, and which is fast."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.opening import folder_argument, open_project
from engine.cli.output import Output, json_option, pass_output
from engine.train.tools.batch_size import find_batch_size
from engine.train.tools.batch_sizes import REMARK, BatchSizes, Trial
from engine.train.tools.words import duration, size

__all__ = ["batch_size_command"]


@click.command(
    "batch-size",
    short_help="Find the batch size that fits and is fast.",
    epilog="Example: python -m engine batch-size cells --json",
)
@folder_argument
@click.option("--device", metavar="auto|cpu|cuda:N", help="Where to compute.")
@json_option
@pass_output
def batch_size_command(out: Output, folder: Path, device: str | None) -> None:
    """Train the project DIR for a moment with batches of 8, 16, 32, … images each.

    Nothing is changed or written; --set training.batch_size=N of train uses a size for one run.
    """
    project, folder = open_project(folder, out)

    def tell(trial: Trial) -> None:
        out.result({"event": "trial", **_plain(trial)})
        out.say(_line(trial))

    found = find_batch_size(project, folder, device=device, progress=out.progress, on_trial=tell)
    out.result({"event": "batch_size", **found.to_json()})
    _tell(out, found)


def _plain(trial: Trial) -> dict[str, object]:
    return {name: getattr(trial, name) for name in trial.__slots__}


def _line(trial: Trial) -> str:
    if not trial.fits:
        return f"{trial.size:>6,}  does not fit"
    memory = "" if trial.memory is None else f"  {size(trial.memory)}"
    speed = f"{trial.images_per_second:>8,.0f} images/s"
    return f"{trial.size:>6,}  {speed}  {duration(trial.step_seconds):>7} a step{memory}"


def _tell(out: Output, found: BatchSizes) -> None:
    if found.suggestion is not None:
        proven = "" if found.largest_measured else ", by the memory estimate"
        out.say(
            f"Suggested batch size: {found.suggestion:,} (now {found.current:,}). The largest that "
            f"fits: {found.largest:,}{proven}."
        )
    out.say(found.how)
    out.say(REMARK)
    out.say(f"{len(found.trials)} sizes in {duration(found.seconds)} on {found.device}.")
