"""Small per-sample arithmetic of transforms, the same bits for a sample in any batch.

Only additions, multiplications, divisions and roots of whole arrays are used: IEEE rounds those
one way only. Library sines, matrix products and fused operations may round differently in a
vector's tail, in another batch size or on another device.

Numbers are numpy arrays on the processor and torch tensors on a GPU, with the same bits: for the
few numbers of a batch a step takes numpy a fifth of torch's time, and unlike torch it does not hand
the interpreter's lock to another thread after each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

    # A numpy array or a torch tensor, the same kind throughout: no type says that.
    Numbers = Any
    Entry = Numbers | float
    Row = tuple[Entry, Entry, Entry]

__all__ = [
    "PlaneMap",
    "affine_map",
    "choose",
    "exponential",
    "floor",
    "numbers",
    "ones_like",
    "root",
    "signs",
    "sine_cosine",
    "spread",
    "tensor",
    "within",
]

_SINE = tuple((-1) ** k / math.factorial(2 * k + 1) for k in reversed(range(7)))
_EXPONENTIAL = tuple(1.0 / math.factorial(k) for k in reversed(range(11)))
_IDENTITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass(frozen=True, eq=False)
class PlaneMap:
    """A 3x3 matrix for each sample of a batch, in homogeneous coordinates.

    Each entry is a float64 array ``[B]`` (see the module), or one number for all samples; products
    with 0 and 1 cost nothing, so a chain of simple maps stays cheap.
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

    def where(self, chosen: Numbers) -> PlaneMap:
        """This map for samples that are ``chosen`` (bool ``[B]``), the identity for the others."""
        chosen_rows = [
            [
                own if isinstance(own, float) and own == still else choose(chosen, own, still)
                for own, still in zip(own_row, still_row, strict=True)
            ]
            for own_row, still_row in zip(self.rows, _IDENTITY, strict=True)
        ]
        return PlaneMap(_square(chosen_rows))

    def stacked(self, like: Numbers) -> Numbers:
        """All entries as one array ``[B, 3, 3]``; ``like`` is any float64 array ``[B]``."""
        entries = [entry for row in self.rows for entry in row]
        if isinstance(like, np.ndarray):
            made = np.empty((len(like), 9))
            for place, entry in enumerate(entries):
                made[:, place] = entry
            return made.reshape(-1, 3, 3)
        import torch

        flat = [
            like.new_full(like.shape, entry) if isinstance(entry, (int, float)) else entry
            for entry in entries
        ]
        return torch.stack(flat, dim=1).view(-1, 3, 3)


def numbers(values: Tensor) -> Numbers:
    """A batch's few numbers to compute with: on the processor their memory as a numpy array."""
    return values.numpy() if values.device.type == "cpu" else values


def tensor(values: Numbers) -> Tensor:
    """Numbers as a torch tensor again, without a copy."""
    if isinstance(values, np.ndarray):
        import torch

        return torch.from_numpy(values)
    return values


def root(values: Numbers) -> Numbers:
    """The square root of each."""
    return np.sqrt(values) if isinstance(values, np.ndarray) else values.sqrt()


def floor(values: Numbers) -> Numbers:
    """The largest whole number that is not above each."""
    return np.floor(values) if isinstance(values, np.ndarray) else values.floor()


def ones_like(values: Numbers) -> Numbers:
    """As many ones."""
    return np.ones_like(values) if isinstance(values, np.ndarray) else values.new_ones(values.shape)


def choose(where: Numbers, one: Entry, other: Entry) -> Numbers:
    """``one`` in the places ``where`` (bool) is true, else ``other``; numbers stand for all."""
    if isinstance(where, np.ndarray):
        return np.where(where, one, other)
    import torch

    return torch.where(where, one, other)


def affine_map(xx: Entry, xy: Entry, x: Entry, yx: Entry, yy: Entry, y: Entry) -> PlaneMap:
    """The map to ``(xx * X + xy * Y + x, yx * X + yy * Y + y)``."""
    return PlaneMap(((xx, xy, x), (yx, yy, y), (0.0, 0.0, 1.0)))


def spread(draws: Numbers, amount: float) -> Numbers:
    """Draws in [0, 1) spread evenly over [-amount, amount)."""
    return (draws * 2.0 - 1.0) * amount


def within(draws: Numbers, bounds: tuple[float, float]) -> Numbers:
    """Draws in [0, 1) spread evenly from the first of ``bounds`` to the second."""
    low, high = bounds
    return draws * (high - low) + low


def signs(draws: Numbers, on: bool) -> Entry:
    """-1.0 for draws below one half where ``on``, else 1.0."""
    return choose(draws < 0.5, -ones_like(draws), ones_like(draws)) if on else 1.0


def sine_cosine(degrees: Numbers) -> tuple[Numbers, Numbers]:
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
    cosine = root(1.0 - sine * sine)
    for _ in range(2):
        sine, cosine = 2.0 * sine * cosine, 1.0 - 2.0 * sine * sine
    return sine, cosine


def exponential(power: Numbers) -> Numbers:
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
