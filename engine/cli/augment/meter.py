"""``augment meter``: what each card does to a small model."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.opening import folder_argument, open_project
from engine.cli.output import Output, json_option, pass_output
from engine.errors import FoveaError
from engine.meter import Estimate, Reading

__all__ = ["meter"]

_HEAD = f"{'':2}{{:<{{width}}}} {'n':>6} {'clean':>6} {'changed':>8} {'relearnt':>9} {'with it':>8}"


@click.command(
    short_help="Measure what each card does to a model.",
    epilog="Example: python -m engine augment meter cells --card rotate --json",
)
@folder_argument
@click.option(
    "--card",
    "cards",
    metavar="ID",
    multiple=True,
    help="Measure this card only, switched on or off; may be repeated. Without it: all cards that "
    "are on, then the whole pipeline.",
)
@click.option("--fresh", is_flag=True, help="Measure again what was measured before.")
@json_option
@pass_output
def meter(out: Output, folder: Path, cards: tuple[str, ...], fresh: bool) -> None:
    """Measure what the augmentation of the project DIR does to a small model.

    Short trainings with and without each card say whether it destroys classes (accuracy falls on
    changed images and training with them does not bring it back), and whether accuracy on unchanged
    images rises. Training and validation images are used, never test images. Results are kept for
    as long as images and cards stay as they are.
    """
    from engine.meter import measure

    project, folder = open_project(folder, out)
    if not cards and not project.augment.active:
        raise FoveaError(
            "FV-H003",
            "There is nothing to measure.",
            where="augment",
            why="The augmentation has no card that is on.",
            kept="Nothing was changed.",
            fix="Add a card, or name one that is off with --card.",
        )
    readings = measure(
        project,
        folder,
        cards=cards or None,
        whole=not cards,
        fresh=fresh,
        progress=out.progress,
    )
    for reading in readings:
        out.result({"event": "reading", **reading.to_json()})
        _tell(out, reading)


def _tell(out: Output, reading: Reading) -> None:
    name = f"{reading.title} ({reading.card})" if reading.card else reading.title
    out.say(f"{name}: {reading.sentence}")
    out.say(
        f"  affinity {_shown(reading.affinity)}   diversity {_shown(reading.diversity)}   "
        f"gain {_shown(reading.gain)}"
    )
    width = max([5, *(len(row.name) for row in reading.classes)])
    out.say(_HEAD.format("class", width=width))
    for row in reading.classes:
        out.say(
            f"  {row.name:<{width}} {row.n:>6,} {row.clean:>6.2f} {row.augmented:>8.2f} "
            f"{row.relearned:>9.2f} {row.trained:>8.2f}  {row.verdict}"
        )
    if reading.own is not None:
        own = reading.own
        out.say(
            f"  your run {own.run}, trained without it: accuracy {own.clean:.2f} to "
            f"{own.augmented:.2f} on {own.n:,} validation images, affinity {_shown(own.affinity)}"
        )
    how = reading.how
    out.say(
        f"  {how.images:,} images, {how.trainings} trainings of {how.steps:,} steps on "
        f"{how.trained_on:,} of them, {how.seconds:.0f} s"
    )


def _shown(value: Estimate | None) -> str:
    if value is None:
        return "–"
    return f"{value.value:.2f} ({value.low:.2f} to {value.high:.2f})"
