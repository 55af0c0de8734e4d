"""``evaluate``: how good a run is, on images that it did not train on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engine.augment.test_time import MOST_VARIANTS
from engine.cli.opening import folder_argument, open_project
from engine.cli.output import Output, json_option, pass_output
from engine.numbers import percent

__all__ = ["evaluate"]


@click.command(
    short_help="Measure how good a run is.",
    epilog="Example: python -m engine evaluate cells --run best --split test --json",
)
@folder_argument
@click.option(
    "--run",
    metavar="RUN",
    default="last",
    show_default=True,
    help="The run: its id, last or best.",
)
@click.option(
    "--split",
    type=click.Choice(["val", "test"]),
    default="val",
    show_default=True,
    help="The images: validation, or the test set that is kept for the end.",
)
@click.option(
    "--variants",
    type=click.IntRange(0, MOST_VARIANTS),
    metavar="N",
    default=0,
    show_default=True,
    help="Average over each image and N variants of it, made by the run's own augmentation "
    "(test-time augmentation). Takes N + 1 times as long; often gains a little.",
)
@json_option
@pass_output
def evaluate(out: Output, folder: Path, run: str, split: str, variants: int) -> None:
    """Measure the best weights of a run of the project DIR."""
    from engine.evaluate import evaluate as measure

    _, folder = open_project(folder, out)
    result = measure(folder, run, split, variants=variants, progress=out.progress).to_json()
    out.result(result)
    _tell(out, result)


def _tell(out: Output, result: dict[str, Any]) -> None:
    for note in result["notes"]:
        out.say(f"note: {note}")
    low, high = result["interval"]
    several = "exact_match" in result
    what = "exact match" if several else "accuracy"
    share = result[what.replace(" ", "_")]
    out.say(
        f"Run {result['run']}, epoch {result['epoch']}: {result['n']:,} images, {what} "
        f"{percent(share)} (95 % interval {percent(low)} to {percent(high)})"
    )
    if several:
        out.say(f"right per class   {_share(result['accuracy'])}")
        out.say(f"average precision {_score(result['mean_average_precision'])}")
    out.say(f"balanced accuracy {_share(result['balanced_accuracy'])}")
    out.say(f"area under ROC    {_score(result['auc'])}")
    if "quadratic_kappa" in result:
        out.say(f"quadratic kappa   {_score(result['quadratic_kappa'])}")
        out.say(f"classes off, mean {_score(result['mean_absolute_error'])}")
    rows = result["per_class"]
    width = max([len("class"), *(len(row["name"]) for row in rows)])
    out.say(f"{'class':<{width}} {'n':>7} {'precision':>9} {'recall':>9} {'F1':>9}")
    for row in rows:
        scores = " ".join(_share(row[key]) for key in ("precision", "recall", "f1"))
        out.say(f"{row['name']:<{width}} {row['n']:>7,} {scores}")


def _score(value: float | None) -> str:
    return f"{'–' if value is None else format(value, '.4f'):>9}"


def _share(value: float | None) -> str:
    return f"{'–' if value is None else percent(value):>9}"
