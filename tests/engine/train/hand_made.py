"""Small models and data for the training loop, made by hand: no project, no files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.augment.pipeline import Pipeline
from engine.augment.presets import PRESETS
from engine.compute.device import Arithmetic
from engine.compute.images import Images, measure
from engine.recipe import Training
from engine.runs.events import Event
from engine.runs.folder import RunFolder
from engine.train.control import Control
from engine.train.fit import fit
from engine.train.keeper import Keeper
from engine.train.pieces import Pieces
from engine.train.position import Position
from engine.train.trainer import Trainer


def net(channels: int = 1, classes: int = 3) -> torch.nn.Module:
    """A small convolutional network with batch norm and dropout, the same every time."""
    torch.manual_seed(7)
    return torch.nn.Sequential(
        torch.nn.Conv2d(channels, 8, 3, padding=1),
        torch.nn.BatchNorm2d(8),
        torch.nn.ReLU(),
        torch.nn.Dropout(0.2),
        torch.nn.AdaptiveAvgPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(32, classes),
    )


def data(images: int = 90, *, dtype: Any = np.uint8) -> tuple[np.ndarray, np.ndarray]:
    """Noise of 8 px with a bright half whose place tells the class (3 classes)."""
    draw = np.random.default_rng(3)
    labels = np.arange(images) % 3
    pixels = draw.integers(0, 120, (images, 1, 8, 8)).astype(np.int64)
    pixels[labels == 1, :, :, :4] += 100
    pixels[labels == 2, :, :, 4:] += 100
    return pixels.astype(dtype), labels.astype(np.int64)


def pieces(
    *,
    device: str = "cpu",
    precision: str = "fp32",
    augmented: bool = True,
    pipeline: Pipeline | None = None,
    **recipe: Any,
) -> Pieces:
    """All that a Trainer needs: 60 training and 30 validation images, 4 epochs of batches of 16."""
    pixels, labels = data()
    arithmetic = Arithmetic(torch.device(device), precision, precision == "bf16")
    train_rows = np.arange(60)
    return Pieces(
        model=net(),
        images=Images(pixels, labels, arithmetic.device),
        train_rows=train_rows,
        val_rows=np.arange(60, 90),
        scale=1 / 255,
        normalisation=measure(pixels, train_rows, 1 / 255),
        pipeline=pipeline or (PRESETS["light"].pipeline if augmented else Pipeline()),
        recipe=Training(**{"epochs": 4, "batch_size": 16} | recipe),
        arithmetic=arithmetic,
    )


def run_folder(tmp_path: Path) -> RunFolder:
    """A run's folder, begun."""
    folder = RunFolder.create(tmp_path)
    folder.begin({})
    return folder


def run_all(
    tmp_path: Path, control: Control | None = None, *, every_step: bool = False, **recipe: Any
) -> tuple[list[Event], Trainer, str]:
    """Trains to the end; gives the events, the trainer and the status."""
    trainer = Trainer(pieces(**recipe), Position())
    loop = fit(trainer, Keeper(run_folder(tmp_path), every_step=every_step), control or Control())
    events: list[Event] = []
    while True:
        try:
            events.append(next(loop))
        except StopIteration as end:
            return events, trainer, str(end.value)
