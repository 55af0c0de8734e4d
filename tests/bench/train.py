"""Fovea's training against the minimal loop: the shortest honest loop a good engineer writes."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from engine.augment.pipeline import Pipeline
from engine.compute.device import Arithmetic, choose, describe
from engine.compute.images import Images, measure
from engine.recipe import Training
from engine.runs.folder import RunFolder
from engine.train.control import Control
from engine.train.fit import fit
from engine.train.keeper import Keeper
from engine.train.pieces import Pieces
from engine.train.position import Position
from engine.train.trainer import Trainer
from tests.bench.rounds import compare

TITLE = "Training: images per second against the minimal loop (fp32, data in memory, no logging)"


def small_cnn(side: int) -> nn.Module:
    """Three convolutions with batch norm and pooling, about what a tutorial builds."""
    layers: list[nn.Module] = []
    for before, width in ((1, 32), (32, 64), (64, 64)):
        layers += [nn.Conv2d(before, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
        layers += [nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * (side // 8) ** 2, 10))


def tiny_net(side: int) -> nn.Module:
    """So small that only the loop's own work counts."""
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * side * side, 10)
    )


def minimal(make: Callable[[int], nn.Module], pixels: np.ndarray, labels: np.ndarray) -> float:
    """Images per second of the minimal loop over one epoch."""
    inputs = torch.from_numpy(pixels).float().div_(255).sub_(0.5).div_(0.25)
    wanted = torch.from_numpy(labels)
    model = make(pixels.shape[-1])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.1)
    model.train()
    begun = time.perf_counter()
    for rows in torch.randperm(len(inputs)).split(128):
        optimizer.zero_grad()
        loss_of(model(inputs[rows]), wanted[rows]).backward()
        optimizer.step()
    return len(inputs) / (time.perf_counter() - begun)


def fovea(
    make: Callable[[int], nn.Module], pixels: np.ndarray, labels: np.ndarray, how: Arithmetic
) -> float:
    """Images per second of Fovea's loop over one epoch: events, metrics and checkpoints on."""
    rows = np.arange(len(pixels))
    pieces = Pieces(
        model=make(pixels.shape[-1]),
        images=Images(pixels, labels, how.device),
        train_rows=rows,
        val_rows=rows[:0],
        scale=1 / 255,
        normalisation=measure(pixels, rows, 1 / 255),
        pipeline=Pipeline(),
        recipe=Training(epochs=1, batch_size=128),
        arithmetic=how,
    )
    with tempfile.TemporaryDirectory() as folder:
        run = RunFolder.create(Path(folder))
        run.begin({})
        trainer = Trainer(pieces, Position())
        begun = time.perf_counter()
        for event in fit(trainer, Keeper(run), Control()):
            run.append(event)
        taken = time.perf_counter() - begun
        run.end("done")
    return len(pixels) / taken


def main(argv: list[str]) -> None:
    """Prints the ratios of both networks."""
    parser = argparse.ArgumentParser(prog="tests.bench train")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=12_800)
    asked = parser.parse_args(argv)
    device = torch.device("cpu")
    print(describe(device))
    works = (
        ("small CNN, 28 px, batch 128", small_cnn, 28, 4_700_000),
        ("tiny net, 8 px, batch 128", tiny_net, 8, 5_000),
    )
    draw = np.random.default_rng(0)
    for title, make, side, macs in works:
        pixels = draw.integers(0, 256, (asked.images, 1, side, side), dtype=np.uint8)
        labels = draw.integers(0, 10, asked.images)
        plain = Arithmetic(device)
        own, why = choose(device, "auto", macs * 128)
        print(f"{title}  [{why}]")
        contestants = {
            "minimal loop": lambda: minimal(make, pixels, labels),  # noqa: B023
            "Fovea, same arithmetic": lambda: fovea(make, pixels, labels, plain),  # noqa: B023
            "Fovea, its own choice": lambda: fovea(make, pixels, labels, own),  # noqa: B023
        }
        for contestant in contestants.values():
            contestant()
        compare(contestants, reference="minimal loop", rounds=asked.rounds, unit="images/s")
