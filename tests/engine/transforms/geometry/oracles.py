"""Where each geometric card must read its pixels, by other formulas and libraries, in float64.

Forward matrices are written as textbooks have them and inverted by numpy; fields are splines by
scipy. Images are read by ``scipy.ndimage.map_coordinates``, bicubic by a plain sum of 16 pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from scipy import interpolate, ndimage

from engine.randomness import stream_of, uniform
from engine.transforms.base import Transform
from engine.transforms.geometry import (
    Elastic,
    Flip,
    Perspective,
    QuarterTurn,
    RandomCrop,
    RandomResizedCrop,
    Rotate,
    Shear,
    Shift,
    Zoom,
)

N, SEED, EPOCH = 5, 1, 1
MODES = {
    "constant": "grid-constant",
    "nearest": "nearest",
    "reflect": "reflect",
    "wrap": "grid-wrap",
}
PADS = {"constant": "constant", "nearest": "edge", "reflect": "symmetric", "wrap": "wrap"}


def draws(name: str, count: int, samples: int = N) -> np.ndarray:
    """The numbers in [0, 1) that the engine hands to a card of this id, float64."""
    numbers = uniform(SEED, EPOCH, torch.arange(samples), stream_of(name), count + 1)
    return numbers[:, 1:].double().numpy()


def smooth(channels: int, height: int, width: int) -> np.ndarray:
    """Random images without hard edges, float64 in 0..1."""
    noise = np.random.default_rng(1).random((N, channels, height, width))
    soft = ndimage.gaussian_filter(noise, (0, 0, 2, 2))
    return (soft - soft.min()) / (soft.max() - soft.min())


def forward(card: Transform, u: np.ndarray, height: int, width: int) -> np.ndarray:
    """The 3x3 matrix that moves the picture, about the image's centre, x right and y down."""
    return _FORWARD[type(card)](card, u, height, width)


def places(matrix: np.ndarray, height: int, width: int, field: Any = 0.0) -> np.ndarray:
    """Rows and columns ``[2, H, W]`` that output pixels are read at; ``field`` is (right, down)."""
    rows, columns = np.mgrid[:height, :width].astype(float)
    right, down = np.broadcast_to(field, (2, height, width)) if np.ndim(field) == 0 else field
    x, y = columns - (width - 1) / 2 + right, rows - (height - 1) / 2 + down
    x, y, w = np.einsum("ij,jhw->ihw", np.linalg.inv(matrix), np.stack((x, y, np.ones_like(x))))
    return np.stack((y / w + (height - 1) / 2, x / w + (width - 1) / 2))


def field_of(card: Elastic, u: np.ndarray, height: int, width: int) -> np.ndarray:
    """The elastic field ``[2, H, W]`` in pixels, right and down, from scipy's B-splines."""
    points = int(np.sqrt(len(u) / 2))
    control = (2 * u - 1).reshape(2, points, points)
    knots = np.arange(-3, points + 1, dtype=float)
    basis = [
        interpolate.BSpline(knots, np.eye(points), 3)(
            (np.arange(size) + 0.5) / size / (np.sqrt(3) * card.smoothness)
        )
        for size in (height, width)
    ]
    field = np.einsum("hi,aij,wj->ahw", basis[0], control, basis[1])
    # The variance of an even draw in -1..1 is a third; 151/315 is the spline's mean square.
    size = np.array([width, height])[:, None, None]
    return field * size * card.strength / (np.sqrt(1 / 3) * 151 / 315)


def read(
    plane: np.ndarray, at: np.ndarray, fill: str, value: float = 0.0, order: int = 1
) -> np.ndarray:
    """One channel read at ``at``: order 0, 1 (scipy) or 3 (Keys' convolution, a = -0.75)."""
    if order < 3:
        return ndimage.map_coordinates(
            plane, at, order=order, mode=MODES[fill], cval=value, prefilter=False
        )
    margin = int(max(np.abs(at).max() + 3, *plane.shape))
    more = {"constant_values": value} if fill == "constant" else {}
    wide = np.pad(plane, margin, mode=PADS[fill], **more)  # type: ignore[call-overload]
    first = np.floor(at).astype(int)
    total = np.zeros(at.shape[1:])
    for row in range(-1, 3):
        for column in range(-1, 3):
            weight = _keys(at[0] - first[0] - row) * _keys(at[1] - first[1] - column)
            total += weight * wide[first[0] + row + margin, first[1] + column + margin]
    return np.clip(total, 0, 1)


def _keys(distance: np.ndarray, a: float = -0.75) -> np.ndarray:
    s = np.abs(distance)
    near = (a + 2) * s**3 - (a + 3) * s**2 + 1
    return np.where(s <= 1, near, np.where(s < 2, a * (s**3 - 5 * s**2 + 8 * s - 4), 0.0))


def _plane(xx: float, xy: float, x: float, yx: float, yy: float, y: float) -> np.ndarray:
    return np.array([[xx, xy, x], [yx, yy, y], [0, 0, 1.0]])


def _turn(degrees: float) -> np.ndarray:
    """Counter-clockwise on screen, where y points down."""
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    return _plane(cosine, sine, 0, -sine, cosine, 0)


def _flip(card: Flip, u: np.ndarray, height: int, width: int) -> np.ndarray:
    across = -1 if card.horizontal and u[0] < 0.5 else 1
    return _plane(across, 0, 0, 0, -1 if card.vertical and u[1] < 0.5 else 1, 0)


def _quarter(card: QuarterTurn, u: np.ndarray, height: int, width: int) -> np.ndarray:
    if card.half_only:
        return _turn(180 if u[0] < 0.5 else 0)
    return np.round(_turn(90 * int(4 * u[0])))


def _rotate(card: Rotate, u: np.ndarray, height: int, width: int) -> np.ndarray:
    return _turn((2 * u[0] - 1) * card.degrees)


def _shift(card: Shift, u: np.ndarray, height: int, width: int) -> np.ndarray:
    right, down = (2 * u - 1) * (card.width * width, card.height * height)
    return _plane(1, 0, right, 0, 1, down)


def _shear(card: Shear, u: np.ndarray, height: int, width: int) -> np.ndarray:
    across, down = np.tan(np.radians((2 * u - 1) * (card.x, card.y)))
    return _plane(1, 0, 0, -down, 1, 0) @ _plane(1, -across, 0, 0, 1, 0)


def _zoom(card: Zoom, u: np.ndarray, height: int, width: int) -> np.ndarray:
    x, y = card.factor_range[0] + u * (card.factor_range[1] - card.factor_range[0])
    return _plane(x, 0, 0, 0, y if card.per_axis else x, 0)


def corners(card: Perspective, u: np.ndarray, height: int, width: int) -> np.ndarray:
    """Where the corners go (upper left, upper right, lower right, lower left), from the centre."""
    half = np.array([width / 2, height / 2])
    start = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    return start - np.sign(start) * u.reshape(4, 2) * card.distortion_scale * half


def _perspective(card: Perspective, u: np.ndarray, height: int, width: int) -> np.ndarray:
    start = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (width / 2, height / 2)
    rows, right = [], []
    for (x, y), (to_x, to_y) in zip(start, corners(card, u, height, width), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -to_x * x, -to_x * y], [0, 0, 0, x, y, 1, -to_y * x, -to_y * y]]
        right += [to_x, to_y]
    return np.append(np.linalg.solve(np.array(rows), right), 1).reshape(3, 3)


def window(
    card: RandomCrop | RandomResizedCrop, u: np.ndarray, height: int, width: int
) -> tuple[int, int, int, int]:
    """Top, left, height and width of what a crop keeps, in whole pixels of the image."""
    if isinstance(card, RandomCrop):
        crop = [int(card.size * n + 0.5) for n in (width, height)]
        pad = [int(card.padding * n + 0.5) for n in (width, height)]
    else:
        crop, pad = list(_sides(card, u, height, width)), [0, 0]
    left, top = (
        int(part * (n + 2 * p - c + 1)) - p
        for part, n, p, c in zip(u[-2:], (width, height), pad, crop, strict=True)
    )
    return top, left, crop[1], crop[0]


def _sides(card: RandomResizedCrop, u: np.ndarray, height: int, width: int) -> tuple[int, int]:
    low, high = np.log(card.ratio_range)
    for area, ratio in u[:-2].reshape(-1, 2):
        pixels = (card.area_range[0] + area * np.ptp(card.area_range)) * width * height
        shape = np.exp(low + ratio * (high - low))
        wide, tall = int(np.sqrt(pixels * shape) + 0.5), int(np.sqrt(pixels / shape) + 0.5)
        if 0 < wide <= width and 0 < tall <= height:
            return wide, tall
    raise AssertionError("no window fits: choose other settings for this test")


def _crop(
    card: RandomCrop | RandomResizedCrop, u: np.ndarray, height: int, width: int
) -> np.ndarray:
    top, left, tall, wide = window(card, u, height, width)
    centre = (left + wide / 2 - width / 2, top + tall / 2 - height / 2)
    larger = _plane(width / wide, 0, 0, 0, height / tall, 0)
    return larger @ _plane(1, 0, -centre[0], 0, 1, -centre[1])


_FORWARD: dict[type[Transform], Callable[..., np.ndarray]] = {
    Elastic: lambda *_: np.eye(3),
    Flip: _flip,
    Perspective: _perspective,
    QuarterTurn: _quarter,
    RandomCrop: _crop,
    RandomResizedCrop: _crop,
    Rotate: _rotate,
    Shear: _shear,
    Shift: _shift,
    Zoom: _zoom,
}
