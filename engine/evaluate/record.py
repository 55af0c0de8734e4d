"""The result of an evaluation, where each image has one class."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.evaluate.metrics import (
    PerClass,
    balanced_accuracy,
    confusion_matrix,
    macro_auc,
    mean_absolute_error,
    per_class,
    quadratic_kappa,
    wilson,
)
from engine.losses.base import TargetKind

__all__ = ["Evaluation", "PerClass", "assess"]


@dataclass(frozen=True, eq=False, slots=True)
class Evaluation:
    """How a model did on one split.

    Attributes:
        run, split, epoch: which model (the run's best epoch) on which images.
        classes: the names of the classes.
        n: number of images.
        accuracy: share of right answers; ``interval`` is its 95 % Wilson interval.
        balanced_accuracy: mean recall over the classes.
        auc: see :func:`engine.evaluate.metrics.macro_auc`; ``None`` where undefined.
        per_class: precision, recall and F1 by class.
        confusion: counts, true class down, predicted class across.
        probabilities: float32 ``[n, classes]``; ``labels``, ``predictions``: int64 ``[n]``.
        rows: int64 ``[n]``, the images' numbers in the manifest; ``paths``: their names.
        weights: SHA-256 of the weights that were measured.
        variants: how many changed copies of each image the probabilities are averaged over, besides
            the image itself; 0 for none.
        targets: ``"ordinal"`` where the classes have an order.
        mean_absolute_error, quadratic_kappa: how far answers are off, for classes in order; see
            :mod:`engine.evaluate.metrics`. ``None`` for others.
        notes: what a reader of the numbers must know, such as images that were left out.
    """

    run: str
    split: str
    epoch: int
    classes: tuple[str, ...]
    n: int
    accuracy: float
    balanced_accuracy: float
    auc: float | None
    interval: tuple[float, float]
    per_class: tuple[PerClass, ...]
    confusion: tuple[tuple[int, ...], ...]
    probabilities: np.ndarray
    labels: np.ndarray
    predictions: np.ndarray
    rows: np.ndarray
    paths: tuple[str, ...]
    weights: str = ""
    notes: tuple[str, ...] = ()
    variants: int = 0
    targets: TargetKind = "single"
    mean_absolute_error: float | None = None
    quadratic_kappa: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The measures as plain values, as ``evaluate --json`` prints them; no per-image values."""
        return self._measures() | (self._ordinal() if self.targets == "ordinal" else {})

    def _ordinal(self) -> dict[str, Any]:
        return {
            "mean_absolute_error": self.mean_absolute_error,
            "quadratic_kappa": self.quadratic_kappa,
        }

    def _measures(self) -> dict[str, Any]:
        return {
            "run": self.run,
            "split": self.split,
            "targets": self.targets,
            "epoch": self.epoch,
            "variants": self.variants,
            "n": self.n,
            "accuracy": self.accuracy,
            "interval": list(self.interval),
            "balanced_accuracy": self.balanced_accuracy,
            "auc": self.auc,
            "classes": list(self.classes),
            "per_class": [asdict(row) for row in self.per_class],
            "confusion": [list(row) for row in self.confusion],
            "notes": list(self.notes),
        }


def assess(
    probabilities: np.ndarray,
    labels: np.ndarray,
    *,
    classes: tuple[str, ...],
    rows: np.ndarray,
    paths: tuple[str, ...],
    run: str,
    split: str,
    epoch: int,
    weights: str = "",
    notes: tuple[str, ...] = (),
    variants: int = 0,
    targets: TargetKind = "single",
) -> Evaluation:
    """All measures from probabilities ``[n, classes]`` and labels ``[n]``."""
    predictions = probabilities.argmax(axis=1)
    confusion = confusion_matrix(labels, predictions, len(classes))
    ordinal = targets == "ordinal"
    hits, n = int(np.diag(confusion).sum()), len(labels)
    return Evaluation(
        run=run,
        split=split,
        epoch=epoch,
        classes=classes,
        n=n,
        accuracy=hits / max(1, n),
        balanced_accuracy=balanced_accuracy(confusion),
        auc=macro_auc(labels, probabilities),
        interval=wilson(hits, n),
        per_class=per_class(confusion, classes),
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
        probabilities=probabilities,
        labels=labels,
        predictions=predictions,
        rows=rows,
        paths=paths,
        weights=weights,
        notes=notes,
        variants=variants,
        targets=targets,
        mean_absolute_error=mean_absolute_error(confusion) if ordinal else None,
        quadratic_kappa=quadratic_kappa(confusion) if ordinal else None,
    )
