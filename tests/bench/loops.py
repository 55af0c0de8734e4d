"""Fovea's loop for the benches of training, on networks and data made by hand."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from engine.augment.pipeline import Pipeline
from engine.compute.device import Arithmetic
from engine.compute.images import Images, measure
from engine.recipe import Training
from engine.runs.folder import RunFolder
from engine.train.control import Control
from engine.train.fit import fit
from engine.train.keeper import Keeper
from engine.train.pieces import Pieces
from engine.train.position import Position
from engine.train.trainer import Trainer
from tests.bench.minimal import Clock, Contest

__all__ = ["fovea", "pieces_of"]


def pieces_of(
    work: Contest,
    pixels: np.ndarray,
    labels: np.ndarray,
    how: Arithmetic,
    *,
    pipeline: Pipeline | None = None,
    resident: bool = True,
    **recipe: Any,
) -> Pieces:
    """What Fovea's loop needs for this work; ``resident`` images lie on the card, if they fit."""
    rows = np.arange(len(pixels))
    return Pieces(
        model=work.make(work.channels, work.side),
        images=Images(pixels, labels, how.device, share=0.6 if resident else 0.0),
        train_rows=rows,
        val_rows=rows[:0],
        scale=1 / 255,
        normalisation=measure(pixels, rows, 1 / 255),
        pipeline=pipeline or Pipeline(),
        recipe=Training(**{"epochs": work.epochs, "batch_size": work.batch} | recipe),
        arithmetic=how,
    )


def fovea(pieces: Pieces, clock: Clock = time.perf_counter) -> float:
    """Images per second of Fovea's loop: all events, metrics and checkpoints on."""
    with tempfile.TemporaryDirectory() as folder:
        run = RunFolder.create(Path(folder))
        run.begin({})
        trainer = Trainer(pieces, Position())
        begun = clock()
        for event in fit(trainer, Keeper(run), Control()):
            run.append(event)
        taken = clock() - begun
        run.end("done")
    return pieces.recipe.epochs * len(pieces.train_rows) / taken
