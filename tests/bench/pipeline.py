"""Training with the full augmentation against DataLoader with two workers and torchvision v2.

The network takes next to no time, so that the data decide, as they do beside a fast card. Flip,
rotate, shift, zoom, shear, brightness and contrast, bilinear, black outside, as in the bench of
augmentation; the contestant composes the four moves in one affine, as the fastest scripts do.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from engine.compute.device import Arithmetic, describe
from tests.bench.augment import DEGREES, FRACTION, LIGHT, SCALE, SHEAR, pipeline
from tests.bench.loops import fovea, pieces_of
from tests.bench.minimal import Contest, nothing_much
from tests.bench.rounds import compare

TITLE = "Training with full augmentation: images per second against DataLoader + torchvision v2"

REFERENCE = "DataLoader, 2 workers, v2 on PIL"
GOALS = {28: 3.0, 64: 3.0, 224: 1.5}
IMAGES = {28: 6_400, 64: 3_840, 224: 640}


class _Pictures(Dataset[tuple[torch.Tensor, int]]):
    """Decoded images in memory, changed one by one by the workers."""

    def __init__(self, pixels: np.ndarray, labels: np.ndarray) -> None:
        self._pixels = pixels.transpose(0, 2, 3, 1).copy()
        self._labels = labels
        shift, shear = (FRACTION, FRACTION), (-SHEAR, SHEAR, -SHEAR, SHEAR)
        bilinear = v2.InterpolationMode.BILINEAR
        self._change = v2.Compose(
            [
                v2.RandomHorizontalFlip(),
                v2.RandomAffine(DEGREES, shift, SCALE, shear, interpolation=bilinear),
                v2.ColorJitter(LIGHT, LIGHT),
                v2.ToImage(),
                v2.ToDtype(torch.float32, scale=True),
                v2.Normalize([0.5] * 3, [0.25] * 3),
            ]
        )

    def __len__(self) -> int:
        return len(self._pixels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        picture = Image.fromarray(self._pixels[index])
        return self._change(picture), int(self._labels[index])


def loader_loop(work: Contest, pixels: np.ndarray, labels: np.ndarray) -> Callable[[], float]:
    """Images per second of a training loop over one epoch; the workers are running already."""
    torch.manual_seed(0)
    loader = DataLoader(
        _Pictures(pixels, labels),
        work.batch,
        shuffle=True,
        num_workers=2,
        persistent_workers=True,
    )

    def measured() -> float:
        model = work.make(work.channels, work.side)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
        loss_of = nn.CrossEntropyLoss(label_smoothing=0.1)
        begun = time.perf_counter()
        for images, wanted in loader:
            optimizer.zero_grad()
            loss_of(model(images), wanted).backward()
            optimizer.step()
        return len(pixels) / (time.perf_counter() - begun)

    return measured


def main(argv: list[str]) -> None:
    """Prints the ratios at 28, 64 and 224 px."""
    parser = argparse.ArgumentParser(prog="tests.bench pipeline")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--sides", type=int, nargs="+", default=list(GOALS), choices=list(GOALS))
    parser.add_argument("--times", type=float, default=1.0, help="how many images, as a factor")
    asked = parser.parse_args(argv)
    torch.set_num_threads(asked.threads)
    how = Arithmetic(torch.device("cpu"))
    print(describe(how.device))
    for side in asked.sides:
        work = Contest("", nothing_much, side, 3, 0, 128, IMAGES[side])
        pixels, labels = work.data(max(256, round(work.images * asked.times)))
        print(f"{side} px, batch {work.batch}, {len(pixels):,} RGB images  [goal {GOALS[side]}x]")
        contestants = {
            REFERENCE: loader_loop(work, pixels, labels),
            "Fovea": lambda: fovea(pieces_of(work, pixels, labels, how, pipeline=pipeline())),  # noqa: B023
        }
        for contestant in contestants.values():
            contestant()
        compare(contestants, reference=REFERENCE, rounds=asked.rounds, unit="images/s")
