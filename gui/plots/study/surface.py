"""An estimate of the objective between scattered trials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gui.plots.series import Floats
from gui.plots.study.plot import nothing
from gui.plots.study.slices import spread
from gui.plots.study.trials import Column, Trials

__all__ = ["BANDS", "Surface", "surface"]

BANDS = 10
"""How many shades the estimate is drawn in."""
_CELLS = 160
_LEAST_WIDTH = 0.03  # of an axis: less would show single trials
_NEAR = float(np.exp(-2.0))  # the weight of one trial at two bandwidths


@dataclass(frozen=True)
class Surface:
    """The estimate over a grid of two settings, and the trials over them.

    Attributes:
        across, up: the settings.
        x, y: the places of the complete trials, else NaN; choices spread sideways.
        means: the estimate, first index across; NaN where no trial is near.
        bands: the same in shades, 0 the worst; :data:`BANDS` where there is none.
        low, high: the ends of the estimate.
    """

    across: Column
    up: Column
    x: Floats
    y: Floats
    means: Floats
    bands: NDArray[np.int8]
    low: float
    high: float

    def at(self, x: float, y: float) -> float | None:
        """The estimate at a place; ``None`` beside the grid and where no trial is near."""
        places = []
        for place, column, cells in zip(
            (x, y), (self.across, self.up), self.means.shape, strict=True
        ):
            low, high = column.ends
            places.append(int(np.floor((place - low) / (high - low) * cells)))
            if not 0 <= places[-1] < cells:
                return None
        value = float(self.means[tuple(places)])
        return value if np.isfinite(value) else None


def surface(trials: Trials, across: str, up: str) -> Surface | str:
    """The surface over two settings, or a sentence where there is nothing to draw.

    The estimate is the mean of the complete trials, weighed by a Gaussian kernel (Nadaraya 1964,
    Watson 1964) along each axis in turn; its bandwidth is Scott's for two dimensions, the standard
    deviation times n^(-1/6). Choices are not mixed: each has its own stripe. A setting that is not
    there, or not different from the other one, gives way to the next, ranges before choices.
    """
    known = sorted(trials.addresses, key=lambda address: bool(trials.column(address).names))
    if len(known) < 2:
        return "A contour needs two searched settings." if known else nothing(trials)
    first = across if across in known else known[0]
    second = up if up in known and up != first else next(a for a in known if a != first)
    one, other = trials.column(first), trials.column(second)
    good = np.isfinite(trials.values) & np.isfinite(one.places) & np.isfinite(other.places)
    if not np.isfinite(trials.values).any():
        return nothing(trials)
    values = trials.values[good]
    means = _means(one, other, good, values)
    finite = means[np.isfinite(means)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (np.nan, np.nan)
    sign = trials.objective.maximise
    x = spread(one, trials.numbers)
    y = spread(other, trials.numbers[::-1] if len(trials) else trials.numbers)
    x, y = np.where(good, x, np.nan), np.where(good, y, np.nan)
    return Surface(one, other, x, y, means, _bands(means, low, high, rises=sign), low, high)


def _means(one: Column, other: Column, good: NDArray[np.bool_], values: Floats) -> Floats:
    """Sums over all trials at once: a Gaussian over two axes is a product of two."""
    across, up = _weights(one, one.places[good]), _weights(other, other.places[good])
    weight = across @ up.T
    total = (across * values) @ up.T
    return np.divide(total, weight, out=np.full(weight.shape, np.nan), where=weight >= _NEAR)


def _weights(column: Column, places: Floats) -> Floats:
    """What each trial counts in each cell along an axis; 1 at its own place."""
    if column.names:
        return (np.arange(len(column.names))[:, None] == places[None, :]).astype(np.float64)
    low, high = column.ends
    cells = (np.arange(_CELLS) + 0.5) / _CELLS
    at = (places - low) / (high - low)
    width = max(_LEAST_WIDTH, float(at.std()) * len(at) ** (-1 / 6)) if len(at) else 1.0
    return np.exp(-0.5 * ((cells[:, None] - at[None, :]) / width) ** 2)


def _bands(means: Floats, low: float, high: float, *, rises: bool) -> NDArray[np.int8]:
    part = (means - low) / (high - low) if high > low else np.where(np.isnan(means), means, 1.0)
    part = part if rises or high <= low else 1.0 - part
    found = np.minimum(np.nan_to_num(part) * BANDS, BANDS - 1).astype(np.int8)
    return np.where(np.isnan(means), np.int8(BANDS), found)
