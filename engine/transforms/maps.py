"""Small per-sample arithmetic of transforms, the same bits for a sample in any batch.

Only additions, multiplications, divisions and roots of whole tensors are used: IEEE rounds those
one way only. Library sines, matrix products and fused operations may round differently in a
vector's tail, in another batch size or on another device.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    Entry = Tensor | float
    Row = tuple[Entry, Entry, Entry]

__all__ = ["PlaneMap", "affine_map", "exponential", "signs", "sine_cosine", "spread", "within"]

_SINE = tuple((-1) ** k / math.factorial(2 * k + 1) for k in reversed(range(7)))
_EXPONENTIAL = tuple(1.0 / math.factorial(k) for k in reversed(range(11)))
_IDENTITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass(frozen=True, eq=False)
class PlaneMap:
    """A 3x3 matrix for each sample of a batch, in homogeneous coordinates.

    Each entry is a float64 tensor ``[B]``, or one number for all samples; products with 0 and 1
    cost nothing, so a chain of simple maps stays cheap.
    """

    rows: tuple[Row, Row, Row] = _IDENTITY

    @property
    def affine(self) -> bool:
        """Whether no sample's map is projective, as far as the entries show without a look."""
        return _same(self.rows[2], _IDENTITY[2])

    @property
    def upright(self) -> bool:
        """Whether no sample's map turns, shears or moves, as far as the entries show."""
        (_, xy, x), (yx, _, y) = self.rows[:2]
        return self.affine and _same((xy, x, yx, y), (0.0,) * 4)

    def after(self, first: PlaneMap) -> PlaneMap:
        """The map that applies ``first`` and then this one: the product ``self @ first``."""
        columns = tuple(zip(*first.rows, strict=True))
        return PlaneMap(_square([[_dot(row, column) for column in columns] for row in self.rows]))

    def where(self, chosen: Tensor) -> PlaneMap:
        """This map for samples that are ``chosen`` (bool ``[B]``), the identity for the others."""
        import torch

        chosen_rows = [
            [
                own if isinstance(own, float) and own == still else torch.where(chosen, own, still)
                for own, still in zip(own_row, still_row, strict=True)
            ]
            for own_row, still_row in zip(self.rows, _IDENTITY, strict=True)
        ]
        return PlaneMap(_square(chosen_rows))

    def stacked(self, like: Tensor) -> Tensor:
        """All entries as one tensor ``[B, 3, 3]``; ``like`` is any float64 tensor ``[B]``."""
        import torch

        flat = [
            like.new_full(like.shape, entry) if isinstance(entry, (int, float)) else entry
            for row in self.rows
            for entry in row
        ]
        return torch.stack(flat, dim=1).view(-1, 3, 3)


def affine_map(xx: Entry, xy: Entry, x: Entry, yx: Entry, yy: Entry, y: Entry) -> PlaneMap:
    """The map to ``(xx * X + xy * Y + x, yx * X + yy * Y + y)``."""
    return PlaneMap(((xx, xy, x), (yx, yy, y), (0.0, 0.0, 1.0)))


def spread(draws: Tensor, amount: float) -> Tensor:
    """Draws in [0, 1) spread evenly over [-amount, amount)."""
    return (draws * 2.0 - 1.0) * amount


def within(draws: Tensor, bounds: tuple[float, float]) -> Tensor:
    """Draws in [0, 1) spread evenly from the first of ``bounds`` to the second."""
    low, high = bounds
    return draws * (high - low) + low


def signs(draws: Tensor, on: bool) -> Entry:
    """-1.0 for draws below one half where ``on``, else 1.0."""
    return 1.0 - 2.0 * (draws < 0.5).to(draws.dtype) if on else 1.0


def sine_cosine(degrees: Tensor) -> tuple[Tensor, Tensor]:
    """Sine and cosine of float64 angles within ±180°, error below 1e-11, exact at 0°.

    Taylor's series for the sine of a quarter of the angle, its cosine by Pythagoras (positive, for
    the quarter is within ±45°), then the double-angle formulas twice.
    """
    quarter = degrees * (math.pi / 720.0)
    square = quarter * quarter
    series = square * _SINE[0] + _SINE[1]
    for coefficient in _SINE[2:]:
        series = series * square + coefficient
    sine = series * quarter
    cosine = (1.0 - sine * sine).sqrt()
    for _ in range(2):
        sine, cosine = 2.0 * sine * cosine, 1.0 - 2.0 * sine * sine
    return sine, cosine


def exponential(power: Tensor) -> Tensor:
    """e to float64 powers within ±16, relative error below 1e-12: Taylor's series for a 64th of
    the power, squared six times."""
    part = power * (1.0 / 64.0)
    series = part * _EXPONENTIAL[0] + _EXPONENTIAL[1]
    for coefficient in _EXPONENTIAL[2:]:
        series = series * part + coefficient
    for _ in range(6):
        series = series * series
    return series


def _same(entries: tuple[Entry, ...], numbers: tuple[float, ...]) -> bool:
    pairs = zip(entries, numbers, strict=True)
    return all(isinstance(entry, float) and entry == number for entry, number in pairs)


def _square(rows: list[list[Entry]]) -> tuple[Row, Row, Row]:
    first, second, third = ((row[0], row[1], row[2]) for row in rows)
    return first, second, third


def _dot(row: Row, column: tuple[Entry, ...]) -> Entry:
    first, second, third = (_times(a, b) for a, b in zip(row, column, strict=True))
    return _plus(_plus(first, second), third)


def _times(a: Entry, b: Entry) -> Entry:
    if (isinstance(a, float) and a == 0.0) or (isinstance(b, float) and b == 0.0):
        return 0.0
    if isinstance(a, float) and a == 1.0:
        return b
    return a if isinstance(b, float) and b == 1.0 else a * b


def _plus(a: Entry, b: Entry) -> Entry:
    if isinstance(a, float) and a == 0.0:
        return b
    return a if isinstance(b, float) and b == 0.0 else a + b
