"""Measures of a classifier, from labels and probabilities (numpy, no torch)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.compute.area import area_under_roc, macro_auc

__all__ = [
    "PerClass",
    "area_under_roc",
    "average_precision",
    "balanced_accuracy",
    "confusion_matrix",
    "macro_auc",
    "mean_absolute_error",
    "per_class",
    "quadratic_kappa",
    "wilson",
]

_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class PerClass:
    """One row of the class table; 0 where a measure has nothing to divide by.

    ``n`` images have the class; ``precision`` is the share of right ones among those that were
    given it, ``recall`` the share of its own that were found, ``f1`` their harmonic mean.
    """

    name: str
    n: int
    precision: float
    recall: float
    f1: float


def confusion_matrix(labels: np.ndarray, predictions: np.ndarray, classes: int) -> np.ndarray:
    """Counts ``[classes, classes]`` (int64): true class down, predicted class across."""
    flat = np.bincount(labels * classes + predictions, minlength=classes * classes)
    return flat.reshape(classes, classes)


def per_class(confusion: np.ndarray, names: tuple[str, ...]) -> tuple[PerClass, ...]:
    """Precision, recall and F1 of every class."""
    rows: list[PerClass] = []
    for index, name in enumerate(names):
        hits = int(confusion[index, index])
        own, given = int(confusion[index].sum()), int(confusion[:, index].sum())
        precision, recall = hits / max(1, given), hits / max(1, own)
        f1 = 2 * hits / max(1, own + given)
        rows.append(PerClass(name, own, precision, recall, f1))
    return tuple(rows)


def balanced_accuracy(confusion: np.ndarray) -> float:
    """The mean recall over the classes that have images."""
    own = confusion.sum(axis=1)
    present = own > 0
    return float((np.diag(confusion)[present] / own[present]).mean()) if present.any() else 0.0


def mean_absolute_error(confusion: np.ndarray) -> float:
    """How many classes the answers are off in the mean, for classes in order; 0 for no images."""
    place = np.arange(len(confusion))
    off = np.abs(place[:, None] - place)
    return float((off * confusion).sum() / max(1, confusion.sum()))


def quadratic_kappa(confusion: np.ndarray) -> float | None:
    """Agreement beyond chance, each miss weighed by its squared distance (Cohen 1968).

    ``1 - sum(w * observed) / sum(w * expected)`` with ``w = (i - j)^2``, expected from the sums of
    rows and columns: 1 is perfect, 0 is chance. ``None`` where chance cannot miss either: all
    labels and all answers are one class.
    """
    place = np.arange(len(confusion))
    weights = np.square(place[:, None] - place)
    own, given = confusion.sum(axis=1), confusion.sum(axis=0)
    expected = float((weights * np.outer(own, given)).sum() / max(1, confusion.sum()))
    return 1 - float((weights * confusion).sum()) / expected if expected else None


def average_precision(positive: np.ndarray, scores: np.ndarray) -> float:
    """The mean precision at which the positives are found, from the highest score down.

    ``sum((recall_i - recall_(i-1)) * precision_i)`` over the different scores, without
    interpolation. At least one image must be positive.
    """
    values, group = np.unique(-scores, return_inverse=True)
    hits = np.bincount(group, weights=positive, minlength=len(values)).cumsum()
    told = np.bincount(group, minlength=len(values)).cumsum()
    return float((np.diff(hits, prepend=0) * hits / told).sum() / hits[-1])


def wilson(hits: int, n: int, z: float = _Z95) -> tuple[float, float]:
    """The 95 % confidence interval of a share ``hits / n`` (Wilson 1927); (0, 1) for no images.

    ``(p + z²/2n ± z * sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)``
    """
    if n == 0:
        return 0.0, 1.0
    share = hits / n
    centre = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    return max(0.0, (centre - half) / whole), min(1.0, (centre + half) / whole)
