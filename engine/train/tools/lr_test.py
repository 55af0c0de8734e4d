"""The learning rate range test: a short training with a rate that grows at every step."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import FoveaError
from engine.project.document import Project
from engine.train.tools.lr_curve import DIVERGED, LrPoint, LrTest, judge, rates, sweep

if TYPE_CHECKING:
    from engine.train.tools.swept import Swept
    from engine.train.tools.workbench import Bench

__all__ = ["END", "START", "STEPS", "lr_test", "with_rate"]

START, END, STEPS = 1e-5, 10.0, 200
FEWEST, MOST = 20, 10_000


def lr_test(
    project: Project,
    folder: Path,
    *,
    start: float = START,
    end: float = END,
    steps: int = STEPS,
    device: str | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    on_point: Callable[[LrPoint], None] | None = None,
) -> LrTest:
    """Trains ``project`` for up to ``steps`` steps while the learning rate grows, and reads off
    what it suggests (Smith 2017; the three suggestions are those of fastai).

    Everything but the schedule is the real training: images, augmentation, loss, optimizer,
    clipping, arithmetic; all layers learn and images have their whole size from the start. The
    rate goes from ``start`` to ``end`` by equal factors; the test ends early where the smoothed
    loss is four times its minimum. The weights belong to the test alone, and nothing is written.
    The same project and seed give the same curve on the same machine.

    ``progress`` may raise Cancelled; ``on_point`` is told every step, to draw the curve live.
    Raises FoveaError: FV-H002 for a range or a number of steps that makes no sense, FV-T004 for
    memory, and what preparing a training raises.
    """
    _check(start, end, steps)
    from engine.train.failures import explain
    from engine.train.tools.swept import Swept
    from engine.train.tools.workbench import open_bench

    begun = time.monotonic()
    bench: Bench[Swept] | None = None
    try:
        recipe = project.training.with_(freeze_epochs=0, resize_from=None)
        whole = project.with_(training=recipe)
        bench = open_bench(whole, folder, device=device, make=Swept, progress=progress)
        points = _measure(bench, list(rates(start, end, steps)), progress, on_point)
    except (RuntimeError, MemoryError) as error:
        trainer = bench.trainer if bench is not None else None
        raise explain(error, trainer, "Nothing was changed.") from error
    found = judge(points, diverged=len(points) < steps or _ran_away(points))
    return replace(
        found,
        current=project.training.optimizer.peak,
        seconds=time.monotonic() - begun,
        device=bench.prepared.device,
    )


def with_rate(project: Project, rate: float) -> Project:
    """``project`` with ``training.optimizer.lr`` set; raises FoveaError FV-H001 out of bounds."""
    recipe = project.training
    return project.with_(training=recipe.with_(optimizer=recipe.optimizer.with_(lr=rate)))


def _measure(
    bench: Bench[Swept],
    along: list[float],
    progress: Callable[[int, int, str], None] | None,
    on_point: Callable[[LrPoint], None] | None,
) -> list[LrPoint]:
    from engine.train.meter import NotFinite

    points: list[LrPoint] = []

    def step(rate: float) -> float:
        if progress is not None:
            progress(len(points), len(along), f"Learning rate {rate:.2g}")
        bench.trainer.now = rate
        try:
            return bench.step()
        except NotFinite:
            return math.nan

    for point in sweep(step, along):
        points.append(point)
        if on_point is not None:
            on_point(point)
    return points


def _ran_away(points: list[LrPoint]) -> bool:
    return points[-1].smoothed > DIVERGED * min(point.smoothed for point in points)


def _check(start: float, end: float, steps: int) -> None:
    why = ""
    if not 0 < start < end <= 1e3:
        why = f"It goes from {start:g} to {end:g}; expected 0 < start < end <= 1000."
    elif not FEWEST <= steps <= MOST:
        why = f"It has {steps:,} steps; expected {FEWEST} to {MOST:,}."
    if why:
        raise FoveaError(
            "FV-H002",
            "The range of the learning rate test cannot be used.",
            where="training.optimizer.lr",
            why=why,
            kept="Nothing was changed.",
            fix=f"Leave it at {START:g} to {END:g} in {STEPS} steps.",
        )
