"""Image sets in which one knows beforehand which change harms which class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.augment.pipeline import Card, Pipeline
from engine.meter.compare import Comparer
from engine.meter.records import Reading
from engine.meter.runs import Runner
from engine.meter.subset import Pool
from engine.sample.make import CLASSES, draw_cells
from engine.transforms.base import TRANSFORMS

__all__ = [
    "coloured",
    "digits",
    "mirrored",
    "pipeline_of",
    "pool_of",
    "reader",
    "sample_cells",
]

Pixels = NDArray[np.uint8]
Drawn = tuple[Pixels, NDArray[np.int64], tuple[str, ...]]
SIDE = 20
FINE = 8  # shapes are drawn this much larger, then shrunk


def mirrored(per_class: int, seed: int, side: int = SIDE) -> Drawn:
    """Grey arrows to the left, to the right (its mirror image) and up (its own mirror image)."""

    def arrow(draw: Any, unit: float) -> None:
        corners = [(-6, 0), (0, -5), (0, -2), (6, -2), (6, 2), (0, 2), (0, 5)]
        draw.polygon([(unit * x, unit * y) for x, y in corners], fill=255)

    turns = {"left": 0.0, "right": 180.0, "up": -90.0}
    return _drawn(
        tuple(turns),
        per_class,
        seed,
        side,
        lambda name: (arrow, turns[name], (1.0,) * 3),
        grey=True,
    )


def coloured(per_class: int, seed: int, side: int = SIDE) -> Drawn:
    """Red and green discs that differ by nothing else, and white squares."""

    def disc(draw: Any, unit: float) -> None:
        draw.ellipse((-5 * unit, -5 * unit, 5 * unit, 5 * unit), fill=255)

    def square(draw: Any, unit: float) -> None:
        draw.rectangle((-4 * unit, -4 * unit, 4 * unit, 4 * unit), fill=255)

    kinds = {
        "red": (disc, 0.0, (0.9, 0.25, 0.25)),
        "green": (disc, 0.0, (0.25, 0.9, 0.25)),
        "square": (square, 0.0, (0.8, 0.8, 0.8)),
    }
    return _drawn(tuple(kinds), per_class, seed, side, kinds.__getitem__, grey=False)


def digits(per_class: int, seed: int, side: int = SIDE) -> Drawn:
    """Grey 6, 9 (the same shape upside down) and 8 (the same upside down)."""

    def written(text: str) -> Callable[[Any, float], None]:
        def write(draw: Any, unit: float) -> None:
            font = ImageFont.load_default(16 * unit)
            draw.text((0, 0), text, fill=255, font=font, anchor="mm")

        return write

    shapes = {"6": ("6", 0.0), "9": ("6", 180.0), "8": ("8", 0.0)}
    return _drawn(
        tuple(shapes),
        per_class,
        seed,
        side,
        lambda name: (written(shapes[name][0]), shapes[name][1], (1.0,) * 3),
        grey=True,
    )


class _Centred:
    """Pillow's pen with the origin in the middle."""

    def __init__(self, pen: ImageDraw.ImageDraw, middle: float) -> None:
        self._pen, self._middle = pen, middle

    def polygon(self, points: list[tuple[float, float]], fill: int) -> None:
        self._pen.polygon([(x + self._middle, y + self._middle) for x, y in points], fill=fill)

    def ellipse(self, box: tuple[float, ...], fill: int) -> None:
        self._pen.ellipse([value + self._middle for value in box], fill=fill)

    def rectangle(self, box: tuple[float, ...], fill: int) -> None:
        self._pen.rectangle([value + self._middle for value in box], fill=fill)

    def text(self, place: tuple[float, float], text: str, **options: Any) -> None:
        middle = (place[0] + self._middle, place[1] + self._middle)
        self._pen.text(middle, text, **options)


def _drawn(
    names: tuple[str, ...],
    per_class: int,
    seed: int,
    side: int,
    look: Callable[[str], tuple[Callable[[Any, float], None], float, tuple[float, ...]]],
    *,
    grey: bool,
) -> Drawn:
    """Images of each class in turn: place, size, tilt, light and noise vary and mean nothing."""
    random = np.random.default_rng(seed)
    labels = np.arange(per_class * len(names)) % len(names)
    images = np.stack([_one(*look(names[label]), side, random) for label in labels])
    pixels = images[:, :1] if grey else images
    noise = random.normal(0, 0.06, pixels.shape)
    light = random.uniform(0.7, 1.1, (len(pixels), 1, 1, 1))
    mixed = np.clip((0.1 + 0.75 * pixels) * light + noise, 0, 1)
    return np.rint(mixed * 255).astype(np.uint8), labels.astype(np.int64), names


def _one(
    shape: Callable[[Any, float], None],
    turn: float,
    colour: tuple[float, ...],
    side: int,
    random: np.random.Generator,
) -> NDArray[np.float64]:
    canvas = Image.new("L", (side * FINE, side * FINE))
    unit = side / SIDE * FINE * random.uniform(0.8, 1.15)
    shape(_Centred(ImageDraw.Draw(canvas), side * FINE / 2), unit)
    move = random.uniform(-1.5, 1.5, 2) * FINE * side / SIDE
    angle = turn + random.uniform(-8, 8)
    turned = canvas.rotate(
        angle, Image.Resampling.BILINEAR, translate=(float(move[0]), float(move[1]))
    )
    small = np.asarray(turned.resize((side, side), Image.Resampling.BOX)) / 255
    return np.stack([small * value for value in colour])


def sample_cells(per_class: int, seed: int) -> Drawn:
    """Images of the sample project: cells whose turn, place and light mean nothing."""
    random = np.random.default_rng(seed)
    parts = [draw_cells(name, per_class, random) for name in CLASSES]
    mixed = random.permutation(per_class * len(CLASSES))
    pixels = np.concatenate(parts).transpose(0, 3, 1, 2)[mixed]
    labels = np.repeat(np.arange(len(CLASSES)), per_class)[mixed]
    return np.ascontiguousarray(pixels), labels, tuple(CLASSES)


def pool_of(drawn: Drawn) -> Pool:
    """The images as the meter takes them, in two halves of equal classes."""
    pixels, labels, names = drawn
    folds = np.zeros(len(labels), np.int64)
    for label in range(len(names)):
        own = (labels == label).nonzero()[0]
        folds[own] = np.arange(len(own)) % 2
    rows = np.arange(len(labels))
    return Pool(pixels, rows, labels, folds, folds == 1, names, 1 / 255, rows)


def pipeline_of(kind: str, **settings: Any) -> Pipeline:
    """A pipeline of one card."""
    return Pipeline((Card(kind, TRANSFORMS.get(kind)(**settings)),))


def reader(drawn: Drawn, seed: int = 0) -> Callable[[Pipeline], Reading]:
    """Trains without augmentation once; what it gives measures a pipeline against that."""
    runner = Runner(pool_of(drawn), torch.device("cpu"), seed)
    comparer = Comparer(runner, _silent)
    return lambda pipeline: comparer.read("", "Planted", pipeline, _silent)


def _silent(steps: int) -> None:
    return None
