"""Paired comparison of several candidates with one standard, over a handful of runs each.

Run *r* of every arm has the same seed and split, so the scores are a two-way table of arms and
runs. What is left of it after the means of arms and runs are taken away is the noise; its mean
square has ``(arms - 1) (runs - 1)`` degrees of freedom, where a t test of one pair would have only
``runs - 1``: with six runs and three candidates 15 instead of 5. All candidates are compared with
the present project at once, at 5 % together, by Dunnett's two-sided test (1955, "A multiple
comparison procedure for comparing several treatments with a control"). With one candidate this is
the paired t test.

Runs on folds share most of their training images and are more alike than independent ones: their
variance gets the share of validation to training images on top, ``1 / n + 1 / (n - 1)`` (Nadeau and
Bengio 2003, "Inference for the generalization error"), as in :func:`engine.runs.sets.summarise`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Comparison", "Interval", "compare", "dunnett_point", "luck", "luck_at_most"]

Vary = Literal["seeds", "folds"]
_LEVEL = 0.95
_FEW = 0.01
"""In how many searches luck goes beyond :func:`luck_at_most`."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Differences ``candidate - standard`` with intervals that hold together; the noise of one run,
    and with how many degrees of freedom it is known.
    """

    differences: tuple[Interval, ...]
    noise: float
    freedom: int


def compare(
    standard: Sequence[float], candidates: Sequence[Sequence[float]], vary: Vary
) -> Comparison:
    """Compares each candidate with the standard.

    All sequences are equally long, run by run. Scores are counts of images over their number: the
    noise is taken to be at least what rounding to the smallest step seen would be (Sheppard 1898),
    as a few equal numbers do not show that there is none.
    """
    import numpy as np

    table = np.array([standard, *candidates], dtype=np.float64)
    arms, runs = table.shape
    rest = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    freedom = (arms - 1) * (runs - 1)
    steps = np.diff(np.unique(table))
    rounding = float(steps.min()) ** 2 / 12 if steps.size else 0.0
    variance = max(float((rest**2).sum()) / freedom, rounding)
    share = 1 / runs + (1 / (runs - 1) if vary == "folds" else 0.0)
    half = dunnett_point(arms - 1, freedom) * math.sqrt(2 * variance * share)
    means = (table[1:].mean(axis=1) - table[0].mean()).tolist()
    found = tuple(Interval(mean, mean - half, mean + half) for mean in means)
    return Comparison(found, math.sqrt(variance), freedom)


@lru_cache(maxsize=256)
def dunnett_point(candidates: int, freedom: int) -> float:
    """The two-sided 95 % point of Dunnett's distribution, which the largest of ``candidates``
    absolute t values, all against one standard of as many runs, seldom exceeds.

    Given the standard's deviation *z* and the estimated noise *s*, candidates are independent:
    ``P = E_s E_z (Phi(z + c s sqrt(2)) - Phi(z - c s sqrt(2)))^candidates``.
    """
    from scipy.special import ndtr

    def inside(z: np.ndarray, reach: np.ndarray) -> np.ndarray:
        reach = reach * math.sqrt(2)
        return (ndtr(z + reach) - ndtr(z - reach)) ** candidates

    return _point(inside, freedom, _LEVEL)


@lru_cache(maxsize=256)
def luck(trials: int) -> float:
    """How far the best of so many equally good trials lies above their mean, expected, in units of
    the noise of one: the first order statistic, ``integral of x n phi(x) Phi(x)^(n - 1)``.
    """
    import numpy as np
    from scipy.special import ndtr

    x = np.linspace(-10.0, 10.0, 8001)
    density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    return float((x * trials * density * ndtr(x) ** (trials - 1)).sum() * (x[1] - x[0]))


@lru_cache(maxsize=256)
def luck_at_most(trials: int, each: int, runs: int, freedom: int) -> float:
    """What the lead of the best of so many equally good trials of ``each`` runs exceeds in 1 of 100
    searches, in units of the noise of one run as it is estimated with ``freedom``.

    The lead is measured against the mean of ``runs`` runs of the present project, whose deviation
    ``z / sqrt(runs)`` adds to it: ``P = E_s E_z Phi(sqrt(each) (q s + z / sqrt(runs)))^trials``.
    """
    from scipy.special import ndtr

    def inside(z: np.ndarray, reach: np.ndarray) -> np.ndarray:
        return ndtr(math.sqrt(each) * (reach + z / math.sqrt(runs))) ** trials

    return _point(inside, freedom, 1 - _FEW)


def _point(
    inside: Callable[[np.ndarray, np.ndarray], np.ndarray], freedom: int, level: float
) -> float:
    """Where ``E_z E_s inside(z, point * s)`` is ``level``, for a standard normal *z* and the root
    *s* of a chi-square over its degrees of freedom, by quadrature and bisection.
    """
    import numpy as np
    from scipy.stats import chi2

    z, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    places, shares = np.polynomial.legendre.leggauss(200)
    noise = np.sqrt(chi2.ppf((places + 1) / 2, freedom) / freedom)[:, None]

    low, high = 0.0, 100.0
    for _ in range(50):
        middle = (low + high) / 2
        share = float(shares @ (inside(z, middle * noise) @ weights)) / 2
        low, high = (middle, high) if share < level else (low, middle)
    return (low + high) / 2
