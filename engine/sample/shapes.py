"""Outlines of cells and nuclei as signed distances, a whole batch at a time.

A distance is in pixels, negative inside; all arrays are ``[n, height, width]`` float32 and
parameters ``[n]``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Plane", "blend", "cell", "circle", "coverage", "kidney", "lobed", "round_nucleus"]

Floats = NDArray[np.float32]
Generator = np.random.Generator
_FAR = 1e3


class Plane:
    """Pixel coordinates ``x, y`` in pixels as each image's own object sees them.

    ``Plane(n, side).at(cx, cy, angle)`` moves and turns the axes, so that an object drawn around
    the origin appears at the centre ``(cx, cy)`` (pixels from the middle) turned by ``angle``.
    """

    def __init__(self, n: int, side: int) -> None:
        middle = (side - 1) / 2
        line = np.arange(side, dtype=np.float32) - np.float32(middle)
        shape = (n, side, side)
        self.x: Floats = np.broadcast_to(line[None, None, :], shape)
        self.y: Floats = np.broadcast_to(line[None, :, None], shape)

    def at(self, cx: Floats, cy: Floats, angle: Floats | None = None) -> Plane:
        """The same pixels, seen from an object."""
        moved = object.__new__(Plane)
        x, y = self.x - _wide(cx), self.y - _wide(cy)
        if angle is not None:
            c, s = _wide(np.cos(angle)), _wide(np.sin(angle))
            x, y = c * x + s * y, c * y - s * x
        moved.x, moved.y = x, y
        return moved


def coverage(distance: Floats, softness: float = 0.6) -> Floats:
    """How much of each pixel lies inside: 0 to 1 with a soft edge."""
    return (1 / (1 + np.exp(np.clip(distance / softness, -30, 30)))).astype(np.float32)


def blend(distances: list[Floats], smooth: float) -> Floats:
    """The union of shapes; parts nearer than ``smooth`` pixels grow together by a bridge."""
    stack = np.stack(distances)
    lowest = stack.min(axis=0)
    near = np.exp(-(stack - lowest) / smooth).sum(axis=0)
    return (lowest - smooth * np.log(near)).astype(np.float32)


def circle(plane: Plane, radius: Floats) -> Floats:
    """Distance to a disc around the origin."""
    return _radius(plane) - _wide(radius)


def cell(plane: Plane, radius: Floats, random: Generator) -> Floats:
    """A roundish outline with a few shallow waves, as of a cell pressed by its neighbours."""
    angle = np.arctan2(plane.y, plane.x)
    waves = np.zeros_like(angle)
    for k, height in ((2, 0.09), (3, 0.05), (5, 0.025)):
        size = random.normal(0, height, len(radius)).astype(np.float32)
        phase = random.uniform(0, 2 * np.pi, len(radius)).astype(np.float32)
        waves += _wide(size) * np.cos(k * angle + _wide(phase))
    return _radius(plane) - _wide(radius) * (1 + waves)


def round_nucleus(plane: Plane, radius: Floats, random: Generator) -> Floats:
    """A nearly round nucleus, sometimes with a shallow dent that a kidney has deeper."""
    n = len(radius)
    body = cell(_squeezed(plane, _draw(random, 0.8, 1.0, n)), radius, random)
    depth = radius * _draw(random, -0.45, 0.1, n)
    return _bitten(body, plane, radius, depth)


def kidney(plane: Plane, radius: Floats, random: Generator) -> Floats:
    """A bean-shaped nucleus: an ellipse with a bite out of its long side."""
    n = len(radius)
    body = cell(_squeezed(plane, _draw(random, 0.68, 0.88, n)), radius * 1.1, random)
    return _bitten(body, plane, radius, radius * _draw(random, 0.4, 0.85, n))


def lobed(plane: Plane, radius: Floats, random: Generator) -> Floats:
    """Two to four uneven lobes on a crooked arc, joined by bridges."""
    n = len(radius)
    count = random.integers(2, 5, n)
    spread = _draw(random, 0.7, 1.05, n) * np.float32(np.pi * 0.62)
    parts = []
    for k in range(4):
        turn = spread * (k - (count - 1) / 2) + _draw(random, -0.2, 0.2, n)
        reach = radius * _draw(random, 0.5, 0.85, n)
        size = radius * _draw(random, 0.40, 0.62, n) * np.where(count == 2, 1.15, 1)
        own = plane.at(
            _f32(reach * np.sin(turn)), _f32(reach * np.cos(turn)), _draw(random, 0, 3.1, n)
        )
        lobe = circle(_squeezed(own, _draw(random, 0.62, 1.0, n)), _f32(size))
        parts.append(np.where(_wide(k < count) > 0, lobe, np.float32(_FAR)))
    return blend(parts, 1.1)


def _bitten(body: Floats, plane: Plane, radius: Floats, depth: Floats) -> Floats:
    bite_radius = radius * np.float32(0.75)
    centre = radius * np.float32(0.85) + bite_radius - depth
    bite = circle(plane.at(_f32(np.zeros_like(centre)), _f32(centre)), _f32(bite_radius))
    return -blend([-body, bite], 0.7)


def _squeezed(plane: Plane, ratio: Floats) -> Plane:
    result = object.__new__(Plane)
    result.x, result.y = plane.x, plane.y / _wide(ratio)
    return result


def _radius(plane: Plane) -> Floats:
    return np.sqrt(plane.x * plane.x + plane.y * plane.y)


def _draw(random: Generator, low: float, high: float, n: int) -> Floats:
    return random.uniform(low, high, n).astype(np.float32)


def _wide(values: NDArray[np.generic]) -> Floats:
    return _f32(values)[:, None, None]


def _f32(values: object) -> Floats:
    return np.asarray(values, dtype=np.float32)
