"""What an evaluation rests on, and its result where each image has one class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
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

__all__ = ["Basis", "Evaluation", "PerClass", "assess"]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Basis:
    """What an evaluation rests on: what which model said of which images.

    Attributes:
        run, split, epoch: which model (the run's best epoch) on which images.
        classes: the names of the classes.
        probabilities: float32 ``[n, classes]``.
        rows: int64 ``[n]``, the images' numbers in the manifest; ``paths``: their names.
        weights: SHA-256 of the weights that were measured.
        notes: what a reader of the numbers must know, such as images that were left out.
        variants: how many changed copies of each image the probabilities are averaged over, besides
            the image itself; 0 for none.
    """

    run: str
    split: str
    epoch: int
    classes: tuple[str, ...]
    probabilities: np.ndarray
    rows: np.ndarray
    paths: tuple[str, ...]
    weights: str = ""
    notes: tuple[str, ...] = ()
    variants: int = 0

    @property
    def n(self) -> int:
        """The number of images."""
        return len(self.probabilities)

    def basis(self) -> dict[str, Any]:
        """The values of these fields by name, to make another evaluation of."""
        return {field.name: getattr(self, field.name) for field in fields(Basis)}

    def told(self, targets: TargetKind, measures: Mapping[str, Any]) -> dict[str, Any]:
        """Plain values: what it rests on, its ``measures``, and the notes; nothing per image."""
        return {
            "run": self.run,
            "split": self.split,
            "targets": targets,
            "epoch": self.epoch,
            "variants": self.variants,
            "n": self.n,
            **measures,
            "classes": list(self.classes),
            "notes": list(self.notes),
        }


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Evaluation(Basis):
    """How a model did on one split.

    Attributes:
        accuracy: share of right answers; ``interval`` is its 95 % Wilson interval.
        balanced_accuracy: mean recall over the classes.
        auc: see :func:`engine.evaluate.metrics.macro_auc`; ``None`` where undefined.
        per_class: precision, recall and F1 by class.
        confusion: counts, true class down, predicted class across.
        labels, predictions: int64 ``[n]``.
        targets: ``"ordinal"`` where the classes have an order.
        mean_absolute_error, quadratic_kappa: how far answers are off, for classes in order; see
            :mod:`engine.evaluate.metrics`. ``None`` for others.
    """

    accuracy: float
    balanced_accuracy: float
    auc: float | None
    interval: tuple[float, float]
    per_class: tuple[PerClass, ...]
    confusion: tuple[tuple[int, ...], ...]
    labels: np.ndarray
    predictions: np.ndarray
    targets: TargetKind = "single"
    mean_absolute_error: float | None = None
    quadratic_kappa: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The measures as plain values, as ``evaluate --json`` prints them; no per-image values."""
        return self.told(self.targets, self._measures() | self._ordinal())

    def _ordinal(self) -> dict[str, Any]:
        if self.targets != "ordinal":
            return {}
        return {
            "mean_absolute_error": self.mean_absolute_error,
            "quadratic_kappa": self.quadratic_kappa,
        }

    def _measures(self) -> dict[str, Any]:
        return {
            "accuracy": self.accuracy,
            "interval": list(self.interval),
            "balanced_accuracy": self.balanced_accuracy,
            "auc": self.auc,
            "per_class": [asdict(row) for row in self.per_class],
            "confusion": [list(row) for row in self.confusion],
        }


def assess(basis: Basis, labels: np.ndarray, *, targets: TargetKind = "single") -> Evaluation:
    """All measures of what was said, against the truth ``[n]``."""
    predictions = basis.probabilities.argmax(axis=1)
    confusion = confusion_matrix(labels, predictions, len(basis.classes))
    ordinal = targets == "ordinal"
    hits, n = int(np.diag(confusion).sum()), basis.n
    return Evaluation(
        **basis.basis(),
        accuracy=hits / max(1, n),
        balanced_accuracy=balanced_accuracy(confusion),
        auc=macro_auc(labels, basis.probabilities),
        interval=wilson(hits, n),
        per_class=per_class(confusion, basis.classes),
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
        labels=labels,
        predictions=predictions,
        targets=targets,
        mean_absolute_error=mean_absolute_error(confusion) if ordinal else None,
        quadratic_kappa=quadratic_kappa(confusion) if ordinal else None,
    )
