"""Draws the sample's images and writes them as class folders."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import FoveaError
from engine.sample import shapes
from engine.sample.microscope import cloud, photograph
from engine.sample.shapes import Floats, Plane, coverage

__all__ = ["CLASSES", "draw_cells", "make_sample"]

SIDE = 64
PER_CLASS = 150
BATCH = 50
Generator = np.random.Generator

CLASSES = ("granular", "kidney", "lobed", "round")
"""The sample's classes: a grainy cell of any nucleus, and three shapes of the nucleus."""

_NUCLEI: dict[str, Callable[[Plane, Floats, Generator], Floats]] = {
    "kidney": shapes.kidney,
    "lobed": shapes.lobed,
    "round": shapes.round_nucleus,
}

README = """\
These images are synthetic. A program drew them; no person's or animal's cells were used.

They look like stained cells under a microscope, 600 images in 4 classes named after what is seen:
  round     a round nucleus
  kidney    a bean-shaped nucleus
  lobed     a nucleus of two to four lobes
  granular  dark grains around a nucleus of any shape
Orientation, position, size, stain, light, focus and neighbours vary, and mean nothing.

They show how Fovea works. A model trained on them is of no use for real cells.
"""


def make_sample(folder: Path, seed: int = 0) -> None:
    """Writes 600 PNG images of 64x64 pixels into ``folder/CLASS/`` and a README.txt, in seconds.

    The same seed gives the same pixels. The folder is made; files of the same names are replaced.
    Raises FoveaError FV-O001 when the system refuses to write.
    """
    folder = Path(folder)
    try:
        for number, name in enumerate(CLASSES):
            place = folder / name
            place.mkdir(parents=True, exist_ok=True)
            random = np.random.default_rng([seed, number])
            for first in range(0, PER_CLASS, BATCH):
                images = draw_cells(name, min(BATCH, PER_CLASS - first), random)
                for index, pixels in enumerate(images, start=first):
                    path = place / f"{name}_{index:03d}.png"
                    Image.fromarray(pixels).save(path, compress_level=1)
        (folder / "README.txt").write_text(README, encoding="utf-8")
    except OSError as error:
        raise FoveaError(
            "FV-O001",
            "The sample images could not be written.",
            where=os.path.abspath(folder),
            why=f"{error.strerror or error}; about 6 MB are needed.",
            fix="Choose a folder that can be written to.",
        ) from error


def draw_cells(name: str, n: int, random: Generator) -> NDArray[np.uint8]:
    """``[n, 64, 64, 3]`` images of one class."""
    plane = Plane(n, SIDE)
    blue, pink = _surroundings(plane, n, random)
    size = _draw(random, 9.5, 13.0, n)
    where = (_draw(random, -6, 6, n), _draw(random, -6, 6, n))
    own = plane.at(*where, _draw(random, 0, 2 * np.pi, n))
    body = coverage(shapes.cell(own, size * _draw(random, 1.55, 1.95, n), random), 0.8)
    inner = own.at(size * _draw(random, -0.3, 0.3, n), size * _draw(random, -0.3, 0.3, n))
    nucleus = coverage(_nucleus(name, inner, size, random), 0.7)

    clear = 1 - 0.93 * body  # the cell lies on top of its neighbours
    blue, pink = blue * clear, pink * clear
    texture = cloud(random, n, SIDE, 1.6)
    blue += body * (_wide(_draw(random, 0.10, 0.30, n)) + 0.02 * texture)
    pink += body * (_wide(_draw(random, 0.05, 0.28, n)) + 0.02 * cloud(random, n, SIDE, 1.2))
    grains = _grains(name, n, random) * body * (1 - nucleus)
    blue += grains * _wide(_draw(random, 0.1, 0.4, n))
    pink += grains * _wide(_draw(random, 0.3, 0.8, n))
    dark = _wide(_draw(random, 0.9, 1.4, n)) * (1 + 0.16 * cloud(random, n, SIDE, 1.3))
    blue += nucleus * dark
    pink += nucleus * _wide(_draw(random, 0.15, 0.45, n))
    return photograph(np.maximum(blue, 0), np.maximum(pink, 0), random)


def _nucleus(name: str, plane: Plane, size: Floats, random: Generator) -> Floats:
    """The class's nucleus; grainy cells have any of the three, in turn."""
    if name != "granular":
        return _NUCLEI[name](plane, size, random)
    kinds = [draw(plane, size, random) for draw in _NUCLEI.values()]
    pick = random.integers(0, len(kinds), len(size))
    return np.stack(kinds)[pick, np.arange(len(size))]


def _grains(name: str, n: int, random: Generator) -> Floats:
    """Amount of grain: dense in grainy cells, faint and sparse in a third of the others."""
    spots = cloud(random, n, SIDE, 0.85)
    if name == "granular":
        level, strength = _draw(random, 0.4, 0.9, n), _draw(random, 0.9, 1.5, n)
    else:
        level, strength = _draw(random, 1.2, 1.9, n), _draw(random, 0.0, 0.7, n)
        strength = strength * (random.random(n) < 0.25)
    return np.clip((spots - _wide(level)) * 1.6, 0, 1.3) * _wide(strength)


def _surroundings(plane: Plane, n: int, random: Generator) -> tuple[Floats, Floats]:
    """The stains of plasma, red cells, platelets and, now and then, a smudged nucleus."""
    haze = np.abs(0.02 * cloud(random, n, SIDE, 6.0))
    blue = haze + _wide(_draw(random, 0.0, 0.05, n))
    pink = haze + _wide(_draw(random, 0.0, 0.07, n))
    tint = _wide(_draw(random, 0.22, 0.5, n))
    for _ in range(6):
        there = _wide(random.random(n) < 0.6)
        seen = plane.at(_draw(random, -38, 38, n), _draw(random, -38, 38, n))
        radius = _draw(random, 8, 11.5, n)
        far = shapes.circle(seen, radius)
        dent = np.exp(-((far + _wide(radius)) ** 2) / (0.3 * _wide(radius) ** 2))
        pink += there * coverage(far, 0.7) * tint * (1 - 0.55 * dent)
    for _ in range(4):
        there = _wide(random.random(n) < 0.4)
        seen = plane.at(_draw(random, -32, 32, n), _draw(random, -32, 32, n))
        blob = coverage(shapes.cell(seen, _draw(random, 1.0, 2.8, n), random), 0.6)
        blue += there * blob * _wide(_draw(random, 0.2, 0.7, n))
        pink += there * blob * 0.2
    smudge = plane.at(*_at_the_edge(n, random))
    there = _wide(random.random(n) < 0.2)
    blob = coverage(shapes.cell(smudge, _draw(random, 6, 12, n), random), 1.2)
    blue += there * blob * _wide(_draw(random, 0.3, 0.9, n))
    return blue.astype(np.float32), pink.astype(np.float32)


def _at_the_edge(n: int, random: Generator) -> tuple[Floats, Floats]:
    angle, far = random.uniform(0, 2 * np.pi, n), random.uniform(33, 42, n)
    return (far * np.cos(angle)).astype(np.float32), (far * np.sin(angle)).astype(np.float32)


def _draw(random: Generator, low: float, high: float, n: int) -> Floats:
    return random.uniform(low, high, n).astype(np.float32)


def _wide(values: NDArray[np.generic]) -> Floats:
    return np.asarray(values, dtype=np.float32)[:, None, None]
