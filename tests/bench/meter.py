"""How long the meter takes, and how often it is right where one knows the answer.

Planted sets of 180 images of 20 px; 510 images of the sample project, as many as its training and
validation parts hold. Each with a change that harms named classes (or helps), a mild one, and one
that does nothing: a hit names exactly the right classes, a false alarm names any other or helps or
hurts where nothing happens.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import torch

from engine.augment.pipeline import Pipeline
from engine.meter.records import Reading
from tests.engine.meter.planted import (
    coloured,
    digits,
    mirrored,
    pipeline_of,
    reader,
    sample_cells,
)

TITLE = "Meter: seconds a card, hits and false alarms on planted cases"

NOTHING = pipeline_of("shift", width=0.001, height=0.001)
SILENT = ("adds_nothing", "harmless", "unsure")


@dataclass(frozen=True)
class Case:
    """Images, and what the meter must say about pipelines: verdicts and harmed classes."""

    draw: Callable[[int], tuple]
    asked: dict[str, tuple[Pipeline, tuple[str, ...], tuple[str, ...]]]


def cases() -> dict[str, Case]:
    """All planted cases by name."""
    half_turn = pipeline_of("rotate", degrees=180.0)
    nothing = (NOTHING, SILENT, ())
    return {
        "mirror images": Case(
            lambda seed: mirrored(60, seed),
            {
                "flip": (pipeline_of("flip"), ("destroys",), ("left", "right")),
                "nothing": nothing,
            },
        ),
        "colours": Case(
            lambda seed: coloured(60, seed),
            {
                "hue": (pipeline_of("hue", degrees=180.0), ("destroys",), ("red", "green")),
                "half turn": (half_turn, (*SILENT, "helps"), ()),
                "nothing": nothing,
            },
        ),
        "digits": Case(
            lambda seed: digits(60, seed),
            {
                "half turn": (half_turn, ("destroys",), ("6", "9")),
                "15 degrees": (pipeline_of("rotate", degrees=15.0), (*SILENT, "helps"), ()),
                "nothing": nothing,
            },
        ),
        "sample": Case(
            lambda seed: sample_cells(127, seed),
            {"half turn": (half_turn, ("helps",), ()), "nothing": nothing},
        ),
    }


def main(argv: list[str]) -> None:
    """Prints a line a reading, then hits for each case."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench meter")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--case", choices=list(cases()), action="append")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    for name, case in cases().items():
        if options.case is None or name in options.case:
            _measure(name, case, options.seeds)


def _measure(name: str, case: Case, seeds: int) -> None:
    hits = dict.fromkeys(case.asked, 0)
    for seed in range(seeds):
        read = reader(case.draw(seed), seed)
        for asked, (pipeline, verdicts, harmed) in case.asked.items():
            found = read(pipeline)
            right = found.verdict in verdicts and found.harmed == harmed
            hits[asked] += right
            _print(f"{name}, seed {seed}, {asked}", found, right)
    for asked, count in hits.items():
        print(f"  {name}, {asked}: right {count} of {seeds}", flush=True)


def _print(what: str, found: Reading, right: bool) -> None:
    assert found.affinity is not None
    print(
        f"  {what:34s} {found.how.seconds:5.1f} s  affinity {found.affinity.value:.2f}  diversity "
        f"{found.diversity.value:6.2f}  gain {found.gain.value:+.3f} ({found.gain.low:+.3f} to "
        f"{found.gain.high:+.3f})  {found.verdict} {', '.join(found.harmed)}"
        f"{'' if right else '  WRONG'}",
        flush=True,
    )
