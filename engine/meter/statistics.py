"""Means, ratios and tests of paired outcomes, with both of their uncertainties.

Outcomes are arrays ``[seeds, images]``: for each image and repetition of the training, the
difference between two models, or between two pictures of the image. Two things make their mean
uncertain: which images happened to be judged, and how a training happened to end. The first is the
spread over images; the second is what the repetitions differ by beyond the first.

Images of one group, and copies of an image, say the same thing many times. ``units`` numbers what
belongs together; whole units are then what is spread. ``None`` stands for images of which each is
its own unit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from engine.meter.records import Estimate

__all__ = ["class_estimates", "estimate", "holm", "ratio", "ratio_of_losses"]

_Z95 = 1.959963984540054
_T95 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365}
"""97.5 % points of Student's t, by degrees of freedom."""


def class_estimates(
    values: np.ndarray,
    labels: np.ndarray,
    folds: np.ndarray,
    classes: int,
    units: np.ndarray | None = None,
) -> tuple[list[Estimate | None], list[float]]:
    """For each class the mean outcome with its 95 % interval, and its standard error.

    ``None`` for a class without images.
    """
    spread = _run_variance(values, labels, folds)
    found: list[Estimate | None] = []
    errors: list[float] = []
    for label in range(classes):
        own = labels == label
        if not own.any():
            found.append(None)
            errors.append(math.inf)
            continue
        trainings = len(values) * len(np.unique(folds[own]))
        mean, error = _mean(values[:, own], None if units is None else units[own])
        error = math.sqrt(error**2 + spread / trainings)
        found.append(_within(mean, error))
        errors.append(error)
    return found, errors


def estimate(
    values: np.ndarray, labels: np.ndarray, folds: np.ndarray, units: np.ndarray | None = None
) -> Estimate:
    """The mean outcome over all images with its 95 % interval.

    What trainings differ by is seen twice: in all images together, which is little to go by, and in
    the classes, as if they differed independently. The larger counts: it errs to the wide side.
    """
    mean, error = _mean(values, units)
    shares = np.bincount(labels) / len(labels)
    by_class = _run_variance(values, labels, folds) * float((shares**2).sum())
    spread = max(by_class, _run_variance(values, np.zeros_like(labels), folds))
    trainings = len(values) * len(np.unique(folds))
    return _within(mean, math.sqrt(error**2 + spread / trainings))


def ratio(
    above: np.ndarray,
    below: np.ndarray,
    labels: np.ndarray,
    folds: np.ndarray,
    units: np.ndarray | None = None,
) -> Estimate:
    """The ratio of two means over the same images, its interval by linearisation.

    The error of ``r = mean(a) / mean(b)`` is that of ``mean(a - r b) / mean(b)``.
    """
    base = max(1e-9, float(below.mean()))
    value = float(above.mean()) / base
    rest = estimate(above - value * below, labels, folds, units)
    half = (rest.high - rest.low) / 2 / base
    return Estimate(value, max(0.0, value - half), value + half)


def ratio_of_losses(above: Sequence[float], below: Sequence[float]) -> Estimate:
    """The geometric mean of paired ratios, one a training, with Student's interval of its log."""
    logs = np.log(np.maximum(above, 1e-9)) - np.log(np.maximum(below, 1e-9))
    mean, half = float(logs.mean()), math.inf
    if len(logs) > 1:
        quantile = _T95.get(len(logs) - 1, 2.3)
        half = quantile * float(logs.std(ddof=1)) / math.sqrt(len(logs))
    return Estimate(*(float(np.exp(np.clip(x, -20, 20))) for x in (mean, mean - half, mean + half)))


def holm(means: Sequence[float], errors: Sequence[float], *, below: bool) -> list[float]:
    """Holm's corrected p-values of one-sided normal tests that each mean is below (above) 0."""
    sign = 1.0 if below else -1.0
    raw = [_tail(-sign * m / e) if e > 0 else 1.0 for m, e in zip(means, errors, strict=True)]
    order = sorted(range(len(raw)), key=raw.__getitem__)
    found, highest = [1.0] * len(raw), 0.0
    for place, index in enumerate(order):
        highest = max(highest, min(1.0, raw[index] * (len(raw) - place)))
        found[index] = highest
    return found


def _mean(values: np.ndarray, units: np.ndarray | None = None) -> tuple[float, float]:
    """Mean over all, and its standard error over images, or over units of them.

    The error is that of Agresti and Min (2005, "Simple improved confidence intervals for comparing
    matched proportions"): as if two more images had been seen, of which one moved, half up and half
    down. So it is not 0 where all images agree. Over units it is that of a ratio estimate, the sum
    of all units over their sizes (Cochran 1977, "Sampling techniques", section 2.11), and the two
    more units have the mean size.
    """
    images = values.mean(axis=0)
    if units is None:
        sums, sizes = images, np.ones(len(images))
    else:
        _, number = np.unique(units, return_inverse=True)
        sums, sizes = np.bincount(number, images), np.bincount(number).astype(float)
    size = float(sizes.mean())
    n = len(images) + 2 * size
    shrunk = float(images.sum()) / n
    squares = float(((sums - sizes * shrunk) ** 2).sum()) + size**2 * (1 + 2 * shrunk**2)
    return float(images.mean()), math.sqrt(squares) / n


def _run_variance(values: np.ndarray, labels: np.ndarray, folds: np.ndarray) -> float:
    """The variance of one training's mean over a class that images do not explain (0 or more).

    By the method of moments (as DerSimonian and Laird 1986): in each fold and class, the squared
    difference of two repetitions less what images let expect, over all folds and classes.
    """
    if len(values) < 2:
        return 0.0
    excess: list[float] = []
    weights: list[int] = []
    for fold in np.unique(folds):
        for label in np.unique(labels):
            own = (labels == label) & (folds == fold)
            n = int(own.sum())
            if n < 2:
                continue
            part = values[:, own]
            for one in range(len(values) - 1):
                moved = part[one] - part[one + 1]
                expected = float(moved.var(ddof=1)) / n
                excess.append((float(moved.mean()) ** 2 - expected) / 2)
                weights.append(n)
    return max(0.0, float(np.average(excess, weights=weights))) if excess else 0.0


def _within(mean: float, error: float) -> Estimate:
    half = _Z95 * error
    return Estimate(mean, max(-1.0, mean - half), min(1.0, mean + half))


def _tail(z: float) -> float:
    """The chance that a standard normal is above ``z``."""
    return 0.5 * math.erfc(z / math.sqrt(2))
