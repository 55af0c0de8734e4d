"""The result of an evaluation: a record, and its two files in the run's folder."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.paths import from_stored, to_stored
from engine.errors import FoveaError
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
from engine.files import strict_json
from engine.files.atomic import write_bytes, write_json
from engine.files.hashing import sha256_bytes
from engine.losses.base import TargetKind
from engine.runs.checkpoints import newest_digest

__all__ = ["Evaluation", "PerClass", "assess", "load_evaluation", "save_evaluation"]

_LIMIT = 1_000_000_000
_ARRAYS = ("probabilities", "labels", "rows")


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


def save_evaluation(run_dir: Path, evaluation: Evaluation) -> None:
    """Writes ``evaluation-SPLIT.safetensors`` and then ``evaluation-SPLIT.json``, which seals it.

    Raises FoveaError FV-O001 when the disc refuses.
    """
    from safetensors.numpy import save

    stem = Path(run_dir) / f"evaluation-{evaluation.split}"
    arrays = {name: np.ascontiguousarray(getattr(evaluation, name)) for name in _ARRAYS}
    data = save(arrays)
    write_bytes(stem.with_suffix(".safetensors"), data)
    sealed = evaluation.to_json() | {
        "paths": [to_stored(path) for path in evaluation.paths],
        "weights": evaluation.weights,
        "arrays": sha256_bytes(data),
    }
    write_json(stem.with_suffix(".json"), sealed, indent=None)


def load_evaluation(run_dir: Path, split: str) -> Evaluation | None:
    """The evaluation kept in a run's folder; ``None`` where there is none that is whole.

    ``None`` too when it measured other weights than the run's best ones now: a resumed run can
    find better ones.
    """
    from safetensors import SafetensorError

    stem = Path(run_dir) / f"evaluation-{split}"
    try:
        path = stem.with_suffix(".json")
        value = strict_json.loads(path.read_bytes(), limit=_LIMIT, where=str(path))
        if value["weights"] != newest_digest(Path(run_dir) / "checkpoints", "best"):
            return None
        data = stem.with_suffix(".safetensors").read_bytes()
        return _unsealed(value, data) if sha256_bytes(data) == value["arrays"] else None
    except (OSError, FoveaError, KeyError, TypeError, ValueError, SafetensorError):
        return None  # it can be computed again at any time


def _unsealed(value: Any, data: bytes) -> Evaluation:
    """The evaluation of two whole files; raises ValueError where they do not fit each other."""
    from safetensors.numpy import load

    found = load(data)
    probabilities, labels, rows = (found[name] for name in _ARRAYS)
    classes, paths = tuple(value["classes"]), tuple(from_stored(path) for path in value["paths"])
    n = len(paths)
    fitting = probabilities.shape == (n, len(classes)) and labels.shape == rows.shape == (n,)
    if (
        not fitting
        or labels.dtype != np.int64
        or not ((labels >= 0) & (labels < len(classes))).all()
    ):
        raise ValueError("labels, probabilities and names do not belong together")
    return assess(
        probabilities,
        labels,
        classes=classes,
        rows=rows,
        paths=paths,
        run=value["run"],
        split=value["split"],
        epoch=value["epoch"],
        weights=value["weights"],
        notes=tuple(value["notes"]),
        variants=int(value.get("variants", 0)),  # earlier versions knew none
        targets="ordinal" if value.get("targets") == "ordinal" else "single",
    )
