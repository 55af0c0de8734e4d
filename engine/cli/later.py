"""The subcommands whose work is not built yet: they say so, with exit code 1."""

from __future__ import annotations

import click

from engine.errors import FoveaError

__all__ = ["COMMANDS"]

_PLANNED = {
    "advise": ("List the changes that are most likely to help.", "cells --run last"),
    "prove": (
        "Measure whether a change helps, with paired runs.",
        "cells --set augment.flip.on=true --seeds 5",
    ),
    "predict": (
        "Classify images with a trained run.",
        "cells --run best *.png --out predictions.csv",
    ),
}


def _command(name: str, summary: str, example: str) -> click.Command:
    def refuse(arguments: tuple[str, ...]) -> None:
        raise FoveaError(
            "FV-U001",
            f"“{name}” is not there yet.",
            why="This version of Fovea can make, check, train and evaluate projects.",
            kept="Nothing was changed.",
            fix="Use new, check, train and evaluate; see python -m engine --help.",
        )

    return click.Command(
        name,
        callback=refuse,
        params=[click.Argument(["arguments"], nargs=-1, metavar="DIR [OPTIONS]")],
        context_settings={"ignore_unknown_options": True},
        help=f"{summary} Not there yet.",
        epilog=f"Example: python -m engine {name} {example}",
    )


COMMANDS = tuple(_command(name, *words) for name, words in _PLANNED.items())
