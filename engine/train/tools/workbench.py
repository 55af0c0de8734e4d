"""A trainer for a tool: the real pieces of a project, and a run that is written nowhere."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import torch

from engine.compute.device import use_threads
from engine.compute.heap import keep_heap, trim_heap
from engine.project.document import Project
from engine.train.pieces import Pieces
from engine.train.position import Position
from engine.train.prepare import Prepared, check_project, prepare
from engine.train.trainer import Trainer

__all__ = ["Bench", "Rehearsal", "open_bench", "release"]

Progress = Callable[[int, int, str], None]
FEWEST, MOST, WINDOW = 2, 500, 0.1
AnyTrainer = TypeVar("AnyTrainer", bound=Trainer)


class Rehearsal(Trainer):
    """A trainer that may take more steps than its run has; they keep the last one's rate."""

    def rate(self, step: int) -> float:
        """The learning rate of update ``step`` (0-based), within the run."""
        return super().rate(min(step, self.total_steps - 1))


@dataclass(slots=True)
class Bench(Generic[AnyTrainer]):
    """A trainer at the start of a run that no one keeps, and what it was prepared from."""

    trainer: AnyTrainer
    prepared: Prepared

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.trainer.pieces.arithmetic.device

    def step(self, count: int = 1) -> float:
        """Takes the next ``count`` updates, over the ends of epochs; gives the last one's loss.

        Waits for the device once, at the end. Raises what the trainer raises.
        """
        trainer = self.trainer
        for _ in range(count):
            position = trainer.position
            position.epoch = position.step // trainer.pieces.steps_per_epoch
            trainer.step()
        return trainer.meter.read(trainer.position.step).losses[-1]

    def to_last_epoch(self) -> None:
        """Goes on in the run's last epoch, where all layers learn and images have their size."""
        pieces = self.trainer.pieces
        self.trainer.position.step = (pieces.recipe.epochs - 1) * pieces.steps_per_epoch

    def step_times(self, budget: float) -> list[float]:
        """Seconds per update, each the mean over some 0.1 s of them; takes ``budget`` seconds.

        Two measurements at least, however long a step takes. Take a step before: the first one
        also loads and chooses routines.
        """
        times: list[float] = []
        begun, count = time.monotonic(), 1
        while len(times) < FEWEST or time.monotonic() - begun < budget:
            since = time.monotonic()
            self.step(count)
            each = (time.monotonic() - since) / count
            times.append(each)
            count = max(1, min(MOST, round(WINDOW / max(each, 1e-6))))
        return times


def open_bench(
    project: Project,
    folder: Path,
    *,
    device: str | None = None,
    make: Callable[[Pieces, Position], AnyTrainer],
    val_most: int | None = None,
    progress: Progress | None = None,
) -> Bench[AnyTrainer]:
    """Prepares ``project`` as a training would and puts its model in training mode.

    ``make`` builds the trainer from pieces and position. With ``val_most`` only so many validation
    images, evenly spread, are there. Images that were never decoded are, into the cache that the
    training will use. Raises FoveaError, Cancelled from ``progress``, and what torch raises.
    """
    use_threads(None)
    keep_heap()
    check_project(project)
    prepared = prepare(project, folder, device=device, known={}, progress=progress)
    pieces = prepared.pieces
    if val_most is not None and len(pieces.val_rows) > val_most:
        chosen = np.linspace(0, len(pieces.val_rows) - 1, val_most).round().astype(np.int64)
        pieces = replace(pieces, val_rows=pieces.val_rows[chosen])
    trainer = make(pieces, Position())
    trainer.set_training()
    return Bench(trainer, prepared)


def release(device: torch.device) -> None:
    """Gives memory back that no object holds any more; call it when the bench is out of scope."""
    gc.collect()
    trim_heap()
    if device.type == "cuda":
        torch.cuda.empty_cache()
