"""The same work for the benches of training: networks, data, Fovea's loop and the minimal one."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torchvision.models import resnet18

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

__all__ = ["WORKS", "Contest", "fovea", "minimal", "pieces_of"]


@dataclass(frozen=True)
class Contest:
    """A network with images to train it on.

    Attributes:
        make: builds it for images of ``channels`` and ``side``.
        macs: multiply-adds of one image.
        batch: images per step.
        images: of an epoch, unless somebody asks for another number.
        epochs: of one measurement.
    """

    title: str
    make: Callable[[int, int], nn.Module]
    side: int
    channels: int
    macs: int
    batch: int
    images: int
    epochs: int = 1

    def data(self, images: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Noise and labels, the same each time."""
        draw = np.random.default_rng(0)
        shape = (images or self.images, self.channels, self.side, self.side)
        return draw.integers(0, 256, shape, dtype=np.uint8), draw.integers(0, 10, shape[0])


def small_cnn(channels: int, side: int) -> nn.Module:
    """Three convolutions with batch norm and pooling, about what a tutorial builds."""
    layers: list[nn.Module] = []
    for before, width in ((channels, 32), (32, 64), (64, 64)):
        layers += [nn.Conv2d(before, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
        layers += [nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * (side // 8) ** 2, 10))


def tiny_net(channels: int, side: int) -> nn.Module:
    """So small that only the loop's own work counts."""
    return nn.Sequential(
        nn.Conv2d(channels, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * side**2, 10)
    )


WORKS = {
    "small": Contest("small CNN, 28 px", small_cnn, 28, 1, 4_700_000, 128, 2_560),
    "resnet": Contest(
        "ResNet-18, 64 px", lambda c, s: resnet18(num_classes=10), 64, 3, 149_000_000, 64, 320
    ),
    "tiny": Contest("tiny net, 8 px", tiny_net, 8, 1, 5_000, 128, 25_600, epochs=3),
}
"""The works of PERFORMANCE.md, by short names; torchvision's ResNet-18 takes three channels."""


def minimal(work: Contest, pixels: np.ndarray, labels: np.ndarray) -> float:
    """Images per second of the shortest honest loop: fp32, data in memory, no logging."""
    inputs = torch.from_numpy(pixels).float().div_(255).sub_(0.5).div_(0.25)
    wanted = torch.from_numpy(labels)
    model = work.make(work.channels, work.side)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.1)
    model.train()
    begun = time.perf_counter()
    for _ in range(work.epochs):
        for rows in torch.randperm(len(inputs)).split(work.batch):
            optimizer.zero_grad()
            loss_of(model(inputs[rows]), wanted[rows]).backward()
            optimizer.step()
    return work.epochs * len(inputs) / (time.perf_counter() - begun)


def pieces_of(
    work: Contest,
    pixels: np.ndarray,
    labels: np.ndarray,
    how: Arithmetic,
    pipeline: Pipeline | None = None,
    **recipe: Any,
) -> Pieces:
    """What Fovea's loop needs for this work."""
    rows = np.arange(len(pixels))
    return Pieces(
        model=work.make(work.channels, work.side),
        images=Images(pixels, labels, how.device),
        train_rows=rows,
        val_rows=rows[:0],
        scale=1 / 255,
        normalisation=measure(pixels, rows, 1 / 255),
        pipeline=pipeline or Pipeline(),
        recipe=Training(**{"epochs": work.epochs, "batch_size": work.batch} | recipe),
        arithmetic=how,
    )


def fovea(pieces: Pieces) -> float:
    """Images per second of Fovea's loop: all events, metrics and checkpoints on."""
    with tempfile.TemporaryDirectory() as folder:
        run = RunFolder.create(Path(folder))
        run.begin({})
        trainer = Trainer(pieces, Position())
        begun = time.perf_counter()
        for event in fit(trainer, Keeper(run), Control()):
            run.append(event)
        taken = time.perf_counter() - begun
        run.end("done")
    return pieces.recipe.epochs * len(pieces.train_rows) / taken
