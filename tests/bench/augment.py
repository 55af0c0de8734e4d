"""Fovea's augmentation engine against what a person would script: the same work, side by side.

Flip, rotate, shift, zoom, shear, brightness and contrast of 256 colour images, bilinear, black
outside; uint8 in memory to a float batch. OpenCV is measured where it is installed
(``pip install opencv-python-headless``), which Fovea itself does not need.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import v2

from engine.augment.engine import augment
from engine.augment.pipeline import Card, Pipeline
from engine.transforms.base import TRANSFORMS
from tests.bench.rounds import compare

TITLE = "Augmentation: images per second against torchvision v2 on PIL with one affine"

BATCH = 256
REFERENCE = "torchvision v2, PIL, one affine"
DEGREES, FRACTION, SCALE, SHEAR, LIGHT = 20.0, 0.2, (0.8, 1.2), 10.0, 0.2


def pipeline() -> Pipeline:
    """The seven changes as cards."""
    card = TRANSFORMS.get
    return Pipeline(
        (
            Card("flip", card("flip")(horizontal=True, vertical=False)),
            Card("rotate", card("rotate")(degrees=DEGREES)),
            Card("shift", card("shift")(width=FRACTION, height=FRACTION)),
            Card("zoom", card("zoom")(factor_range=SCALE)),
            Card("shear", card("shear")(x=SHEAR, y=SHEAR)),
            Card("light", card("brightness_contrast")(brightness=LIGHT, contrast=LIGHT)),
        ),
        fill="constant",
    )


def fovea(images: torch.Tensor, cards: Pipeline) -> Callable[[], object]:
    """One call over the batch, into memory that is used again, as the trainer does."""
    samples, out = torch.arange(len(images)), torch.empty(images.shape)
    epochs = iter(range(1_000_000))
    return lambda: augment(
        cards, images, samples, seed=0, epoch=next(epochs), scale=1 / 255, out=out
    )


def _affine() -> v2.RandomAffine:
    shift = (FRACTION, FRACTION)
    shear = (-SHEAR, SHEAR, -SHEAR, SHEAR)
    bilinear = v2.InterpolationMode.BILINEAR
    return v2.RandomAffine(DEGREES, shift, SCALE, shear, interpolation=bilinear)


def _to_float() -> list[v2.Transform]:
    return [v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]


def torchvision_pil(images: torch.Tensor) -> Callable[[], object]:
    """The reference: what most scripts do, with the four moves as one affine."""
    pictures = [Image.fromarray(image.permute(1, 2, 0).numpy()) for image in images]
    light = v2.ColorJitter(LIGHT, LIGHT)
    chain = v2.Compose([v2.RandomHorizontalFlip(), _affine(), light, *_to_float()])
    return lambda: torch.stack([chain(picture) for picture in pictures])


def torchvision_separate(images: torch.Tensor) -> Callable[[], object]:
    """Each move by its own transform, as the names in a tutorial suggest."""
    pictures = [Image.fromarray(image.permute(1, 2, 0).numpy()) for image in images]
    bilinear = v2.InterpolationMode.BILINEAR
    moves = [
        v2.RandomRotation(DEGREES, interpolation=bilinear),
        v2.RandomAffine(0, translate=(FRACTION, FRACTION), interpolation=bilinear),
        v2.RandomAffine(0, scale=SCALE, interpolation=bilinear),
        v2.RandomAffine(0, shear=(-SHEAR, SHEAR, -SHEAR, SHEAR), interpolation=bilinear),
    ]
    light = v2.ColorJitter(LIGHT, LIGHT)
    chain = v2.Compose([v2.RandomHorizontalFlip(), *moves, light, *_to_float()])
    return lambda: torch.stack([chain(picture) for picture in pictures])


def torchvision_tensors(images: torch.Tensor) -> Callable[[], object]:
    """torchvision v2 on uint8 tensors, an image at a time."""
    light = v2.ColorJitter(LIGHT, LIGHT)
    chain = v2.Compose([v2.RandomHorizontalFlip(), _affine(), light, *_to_float()])
    return lambda: torch.stack([chain(image) for image in images])


def kornia_batched(images: torch.Tensor) -> Callable[[], object]:
    """kornia's own augmentation of a whole batch."""
    import kornia.augmentation as k

    chain = k.AugmentationSequential(
        k.RandomHorizontalFlip(),
        k.RandomAffine(DEGREES, (FRACTION, FRACTION), SCALE, (-SHEAR, SHEAR, -SHEAR, SHEAR), p=1.0),
        k.ColorJitter(LIGHT, LIGHT, p=1.0),
        data_keys=["input"],
    )
    return lambda: chain(images.float() / 255)


def opencv(images: torch.Tensor) -> Callable[[], object] | None:
    """OpenCV, one composed affine an image, its own threads off; None where it is missing."""
    try:
        import cv2
    except ImportError:
        return None
    cv2.setNumThreads(torch.get_num_threads())
    pictures = [np.ascontiguousarray(image.permute(1, 2, 0).numpy()) for image in images]
    draw = np.random.default_rng(0)
    side = images.shape[-1]

    def one(picture: np.ndarray, out: np.ndarray) -> None:
        matrix = _matrix(draw, side)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        moved = cv2.warpAffine(picture, matrix, (side, side), flags=flags)
        bright, contrast = 1 + draw.uniform(-LIGHT, LIGHT), 1 + draw.uniform(-LIGHT, LIGHT)
        moved = cv2.convertScaleAbs(moved, alpha=bright)
        grey = cv2.mean(cv2.cvtColor(moved, cv2.COLOR_RGB2GRAY))[0]
        moved = cv2.convertScaleAbs(moved, alpha=contrast, beta=(1 - contrast) * grey)
        np.multiply(moved.transpose(2, 0, 1), np.float32(1 / 255), out=out)

    def batch() -> torch.Tensor:
        result = np.empty(images.shape, np.float32)
        for picture, out in zip(pictures, result, strict=True):
            one(picture, out)
        return torch.from_numpy(result)

    return batch


def _matrix(draw: np.random.Generator, side: int) -> np.ndarray:
    """Flip, turn, shear, zoom and shift as one 2x3 matrix from output to source."""
    angle = np.deg2rad(draw.uniform(-DEGREES, DEGREES))
    x, y = np.tan(np.deg2rad(draw.uniform(-SHEAR, SHEAR, 2)))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    flip = np.diag([-1.0 if draw.random() < 0.5 else 1.0, 1.0])
    linear = flip @ turn @ np.array([[1, x], [y, 1]]) / draw.uniform(*SCALE)
    centre = np.full(2, (side - 1) / 2)
    shift = draw.uniform(-FRACTION, FRACTION, 2) * side
    return np.column_stack([linear, centre - linear @ (centre + shift)])


def copy_only(images: torch.Tensor) -> Callable[[], object]:
    """No augmentation: the same bytes to floats, the ceiling."""
    out = torch.empty(images.shape)
    return lambda: torch.mul(images, 1 / 255, out=out)


def _rate(work: Callable[[], object], seconds: float) -> Callable[[], float]:
    """Images per second over at least ``seconds`` and two batches."""

    def measured() -> float:
        done, begun = 0, time.perf_counter()
        while done < 2 or time.perf_counter() - begun < seconds:
            work()
            done += 1
        return done * BATCH / (time.perf_counter() - begun)

    return measured


def main(argv: list[str]) -> None:
    """Prints the ratios at 28, 64 and 224 px."""
    parser = argparse.ArgumentParser(prog="tests.bench augment")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.5, help="at least, for one figure")
    parser.add_argument("--sides", type=int, nargs="+", default=[28, 64, 224])
    parser.add_argument("--quick", action="store_true", help="only the reference, OpenCV, Fovea")
    asked = parser.parse_args(argv)
    torch.set_num_threads(asked.threads)
    cards = pipeline()
    for side in asked.sides:
        print(f"{side} px, batch {BATCH}, RGB, {asked.threads} thread(s)")
        draw = np.random.default_rng(0)
        images = torch.from_numpy(draw.integers(0, 256, (BATCH, 3, side, side), dtype=np.uint8))
        works: dict[str, Callable[[], object] | None] = {
            REFERENCE: torchvision_pil(images),
            "Fovea": fovea(images, cards),
            "OpenCV, an image at a time": opencv(images),
        }
        if not asked.quick:
            works |= {
                "Fovea, edges reflected": fovea(images, replace(cards, fill="reflect")),
                "torchvision v2, PIL, separate": torchvision_separate(images),
                "torchvision v2, uint8 tensors": torchvision_tensors(images),
                "kornia, batched": kornia_batched(images),
                "copy only": copy_only(images),
            }
        found = {name: work for name, work in works.items() if work is not None}
        if "OpenCV, an image at a time" not in found:
            print("  OpenCV is not installed and not measured.")
        for work in found.values():
            work()
        timed = {name: _rate(work, asked.seconds) for name, work in found.items()}
        compare(timed, reference=REFERENCE, rounds=asked.rounds, unit="images/s")
