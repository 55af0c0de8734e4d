"""The numbers behind one curve: a growing buffer, smoothing, and thinning to what is seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["DASHES", "Floats", "Series", "Smoother", "thin"]

Floats = NDArray[np.float64]
DASHES = (4.0, 2.5)
"""Dashes and gaps of a dashed line, in widths of the line."""

_BLOCK = 64


@dataclass
class Series:
    """The points of one named curve and how it is drawn.

    Attributes:
        name: what the legend says.
        colour: index into the theme's palette, ``None`` for the muted colour of an earlier run.
        pattern: lengths of dashes and gaps in widths of the line, so that colour is not the only
            sign; empty for a line without gaps.
        smoothed: whether the smoothing slider acts on it; values once an epoch are left alone.
        visible: whether the legend has it switched on.
    """

    name: str
    colour: int | None = 0
    pattern: tuple[float, ...] = ()
    smoothed: bool = True
    visible: bool = True
    _x: Floats = field(default_factory=lambda: np.empty(256))
    _y: Floats = field(default_factory=lambda: np.empty(256))
    _count: int = 0
    _rewound: int = 0

    def __len__(self) -> int:
        return self._count

    @property
    def x(self) -> Floats:
        """The positions so far, ascending (a view, not a copy)."""
        return self._x[: self._count]

    @property
    def y(self) -> Floats:
        """The values so far; what is not finite is not drawn."""
        return self._y[: self._count]

    @property
    def rewound(self) -> int:
        """How often points were taken back; what was derived from them is stale when it changes."""
        return self._rewound

    def append(self, xs: ArrayLike, ys: ArrayLike) -> None:
        """Adds points with ascending positions, in amortised constant time each.

        Where the first new position is not beyond the last old one, the new points replace the old
        ones from there on: a run resumed from a checkpoint repeats the steps since it was saved.
        Raises ValueError when the two differ in length.
        """
        new_x, new_y = (np.atleast_1d(np.asarray(part, np.float64)) for part in (xs, ys))
        if new_x.shape != new_y.shape or new_x.ndim != 1:
            raise ValueError(f"{new_x.shape} positions for {new_y.shape} values")
        if not len(new_x):
            return
        if self._count and new_x[0] <= self._x[self._count - 1]:
            self._count = int(np.searchsorted(self.x, new_x[0], side="left"))
            self._rewound += 1
        self._reserve(self._count + len(new_x))
        self._x[self._count : self._count + len(new_x)] = new_x
        self._y[self._count : self._count + len(new_x)] = new_y
        self._count += len(new_x)

    def clear(self) -> None:
        """Forgets every point."""
        self._count = 0
        self._rewound += 1

    def at(self, x: float) -> tuple[float, float] | None:
        """The point nearest to position ``x``, ``None`` when there is none."""
        if not self._count:
            return None
        index = int(np.searchsorted(self.x, x))
        near = [i for i in (index - 1, index) if 0 <= i < self._count]
        best = min(near, key=lambda i: abs(self._x[i] - x))
        return float(self._x[best]), float(self._y[best])

    def _reserve(self, count: int) -> None:
        if count <= len(self._x):
            return
        size = max(count, 2 * len(self._x))
        for name in ("_x", "_y"):
            grown = np.empty(size)
            grown[: self._count] = getattr(self, name)[: self._count]
            setattr(self, name, grown)


class Smoother:
    """The exponential moving average of a series, without the bias of its start.

    ``s_t = sum_k w^k v_(t-k) / sum_k w^k`` with ``weight`` w in [0, 1), over the finite values
    alone. Only the points since the last call are worked on.
    """

    def __init__(self, weight: float) -> None:
        self.weight = weight
        self._values = np.empty(256)
        self._done = 0
        self._rewound = -1
        self._carried = (0.0, 0.0)

    def of(self, series: Series) -> Floats:
        """The smoothed values of ``series``, as many as it has points."""
        if series.rewound != self._rewound:
            self._done, self._carried, self._rewound = 0, (0.0, 0.0), series.rewound
        new = series.y[self._done :]
        if len(new):
            if len(series) > len(self._values):
                self._values = np.append(self._values[: self._done], np.empty(2 * len(series)))
            self._values[self._done : len(series)] = self._average(new)
            self._done = len(series)
        return self._values[: self._done]

    def _average(self, new: Floats) -> Floats:
        good = np.isfinite(new)
        sums = _decayed(np.where(good, new, 0.0), self.weight, self._carried[0])
        norms = _decayed(good.astype(np.float64), self.weight, self._carried[1])
        self._carried = (float(sums[-1]), float(norms[-1]))
        return np.divide(sums, norms, out=np.full(len(new), np.nan), where=norms > 0)


def _decayed(values: Floats, weight: float, before: float) -> Floats:
    """``d_t = values_t + weight * d_(t-1)`` with ``d_(-1) = before``.

    In blocks: inside one, a product with a triangular matrix; between them, one carried number.
    """
    triangle, powers = _powers(weight)
    blocks = -(-len(values) // _BLOCK)
    padded = np.zeros(blocks * _BLOCK)
    padded[: len(values)] = values
    inside = padded.reshape(blocks, _BLOCK) @ triangle
    carried = [before]
    decay = weight**_BLOCK
    for last in inside[:-1, -1].tolist():
        carried.append(carried[-1] * decay + last)
    inside += np.outer(carried, powers)
    return inside.reshape(-1)[: len(values)]


@lru_cache(maxsize=8)
def _powers(weight: float) -> tuple[Floats, Floats]:
    """What a block is multiplied by, and what the number carried into it is; once for a weight.

    A live curve asks for them with every few points, and working them out takes longer than all
    that is done with them.
    """
    lags = np.subtract.outer(np.arange(_BLOCK), np.arange(_BLOCK))
    triangle = np.where(lags >= 0, weight ** np.abs(lags), 0.0).T
    powers = np.power(weight, np.arange(1, _BLOCK + 1), dtype=np.float64)
    for array in (triangle, powers):
        array.setflags(write=False)
    return triangle, powers


def thin(x: Floats, y: Floats, left: float, right: float, columns: int) -> tuple[Floats, Floats]:
    """The points worth drawing between ``left`` and ``right`` on ``columns`` pixel columns.

    One point beyond each edge is kept so that lines leave the picture. Where there are more than
    four points a column, each bucket keeps its minimum and maximum, so that no peak is lost;
    buckets lie on multiples of their size, so that appending does not make the curve flicker.
    """
    first = max(int(np.searchsorted(x, left)) - 1, 0)
    last = min(int(np.searchsorted(x, right, side="right")) + 1, len(x))
    count = last - first
    if count <= 4 * columns:
        return _finite(x[first:last], y[first:last])
    size = -(-count // columns)
    first -= first % size
    whole = (last - first) // size * size
    rows = y[first : first + whole].reshape(-1, size)
    starts = x[first : first + whole].reshape(-1, size)
    thinned_x = np.repeat(starts[:, 0], 2)
    thinned_x[1::2] = starts[:, size // 2]
    thinned_y = np.empty(2 * len(rows))
    thinned_y[0::2], thinned_y[1::2] = np.fmin.reduce(rows, axis=1), np.fmax.reduce(rows, axis=1)
    rest = slice(first + whole, last)
    return _finite(np.append(thinned_x, x[rest]), np.append(thinned_y, y[rest]))


def _finite(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    good = np.isfinite(y)
    return (x, y) if good.all() else (x[good], y[good])
