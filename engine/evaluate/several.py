"""The result of an evaluation where an image can have several classes, or none."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.evaluate.metrics import area_under_roc, average_precision, wilson
from engine.evaluate.record import Basis, Evaluation, assess

__all__ = ["AllEvaluations", "ClassRow", "SeveralEvaluation", "assess_several"]


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One row of the class table; 0 where a measure has nothing to divide by.

    As ``PerClass``; ``auc`` and ``average_precision`` are ``None`` where no image has the class, or
    none lacks it.
    """

    name: str
    n: int
    precision: float
    recall: float
    f1: float
    auc: float | None
    average_precision: float | None


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SeveralEvaluation(Basis):
    """How a model did on one split, each class asked for alone and told at one half.

    Attributes:
        accuracy: share of right answers to whether an image has a class, over images and classes.
        exact_match: share of images all of whose answers are right; ``interval`` is its 95 % Wilson
            interval.
        balanced_accuracy: mean over the classes of the mean of both sides' recall.
        auc, mean_average_precision: means over the classes that have them; ``None`` for none.
        per_class: one row a class.
        confusion: for each class ``((absent as such, absent as present), (present as absent,
            present as such))``.
        present, predictions: uint8 ``[n, classes]``.
    """

    accuracy: float
    exact_match: float
    interval: tuple[float, float]
    balanced_accuracy: float
    auc: float | None
    mean_average_precision: float | None
    per_class: tuple[ClassRow, ...]
    confusion: tuple[tuple[tuple[int, int], tuple[int, int]], ...]
    present: np.ndarray
    predictions: np.ndarray

    def to_json(self) -> dict[str, Any]:
        """The measures as plain values, as ``evaluate --json`` prints them; no per-image values."""
        measures = {
            "accuracy": self.accuracy,
            "exact_match": self.exact_match,
            "interval": list(self.interval),
            "balanced_accuracy": self.balanced_accuracy,
            "auc": self.auc,
            "mean_average_precision": self.mean_average_precision,
            "per_class": [asdict(row) for row in self.per_class],
            "confusion": [[list(row) for row in table] for table in self.confusion],
        }
        return self.told("multi", measures)

    @property
    def labels(self) -> np.ndarray:
        """The truth as it is kept on disc: ``present``."""
        return self.present

    def of_class(self, index: int) -> Evaluation:
        """The question about one class as an evaluation of its own, of two classes: without, with.

        Of a probability of exactly one half the class is taken to be absent.
        """
        name, own = self.classes[index], self.probabilities[:, index]
        both = np.stack((1 - own, own), axis=1)
        asked = {"classes": (f"Not {name}", name), "probabilities": both}
        return assess(Basis(**self.basis() | asked), self.present[:, index].astype(np.int64))


AllEvaluations = Evaluation | SeveralEvaluation
"""An evaluation of either kind."""


def assess_several(basis: Basis, present: np.ndarray) -> SeveralEvaluation:
    """All measures of what was said, against the truth (0 and 1), ``[n, classes]``."""
    probabilities, n = basis.probabilities, basis.n
    predictions = (probabilities > 0.5).astype(np.uint8)
    tables = [_table(present[:, k], predictions[:, k]) for k in range(len(basis.classes))]
    table = [_row(name, tables[k], present[:, k], probabilities[:, k])
             for k, name in enumerate(basis.classes)]  # fmt: skip
    exact = int((predictions == present).all(axis=1).sum())
    return SeveralEvaluation(
        **basis.basis(),
        accuracy=float((predictions == present).mean()) if n else 0.0,
        exact_match=exact / max(1, n),
        interval=wilson(exact, n),
        balanced_accuracy=float(np.mean([_balanced(counts) for counts in tables])),
        auc=_mean([row.auc for row in table]),
        mean_average_precision=_mean([row.average_precision for row in table]),
        per_class=tuple(table),
        confusion=tuple(tables),
        present=present,
        predictions=predictions,
    )


_Table = tuple[tuple[int, int], tuple[int, int]]


def _table(present: np.ndarray, told: np.ndarray) -> _Table:
    """Counts, absent and present down, told absent and present across."""
    a, b, c, d = np.bincount(present * 2 + told, minlength=4).tolist()
    return (a, b), (c, d)


def _row(name: str, table: _Table, present: np.ndarray, chance: np.ndarray) -> ClassRow:
    (_, false), (missed, hits) = table
    own, given = missed + hits, false + hits
    both = 0 < own < len(present)
    return ClassRow(
        name,
        own,
        hits / max(1, given),
        hits / max(1, own),
        2 * hits / max(1, own + given),
        area_under_roc(present == 1, chance) if both else None,
        average_precision(present == 1, chance) if both else None,
    )


def _balanced(table: _Table) -> float:
    sides = [row[i] / sum(row) for i, row in enumerate(table) if sum(row)]
    return float(np.mean(sides)) if sides else 0.0


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
