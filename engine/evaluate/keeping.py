"""Evaluations on disc: two files in the run's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine.data.paths import from_stored, to_stored
from engine.errors import FoveaError
from engine.evaluate.record import Basis, assess
from engine.evaluate.several import AllEvaluations, assess_several
from engine.files import strict_json
from engine.files.atomic import write_json
from engine.files.hashing import sha256_bytes
from engine.files.tensors import write_tensors
from engine.runs.checkpoints import newest_digest

__all__ = ["load_evaluation", "save_evaluation"]

_LIMIT = 1_000_000_000
_ARRAYS = ("probabilities", "labels", "rows")


def save_evaluation(run_dir: Path, evaluation: AllEvaluations) -> None:
    """Writes ``evaluation-SPLIT.safetensors`` and then ``evaluation-SPLIT.json``, which seals it.

    Raises FoveaError FV-O001 when the disc refuses.
    """
    stem = Path(run_dir) / f"evaluation-{evaluation.split}"
    arrays = {name: getattr(evaluation, name) for name in _ARRAYS}
    _, digest = write_tensors(stem.with_suffix(".safetensors"), arrays)
    sealed = evaluation.to_json() | {
        "paths": [to_stored(path) for path in evaluation.paths],
        "weights": evaluation.weights,
        "arrays": digest,
    }
    write_json(stem.with_suffix(".json"), sealed, indent=None)


def load_evaluation(run_dir: Path, split: str) -> AllEvaluations | None:
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


def _unsealed(value: Any, data: bytes) -> AllEvaluations:
    """The evaluation of two whole files; raises ValueError where they do not fit each other."""
    from safetensors.numpy import load

    found = load(data)
    probabilities, labels, rows = (found[name] for name in _ARRAYS)
    classes, paths = tuple(value["classes"]), tuple(from_stored(path) for path in value["paths"])
    n = len(paths)
    targets = value.get("targets", "single")  # earlier versions knew no other, and no variants
    of_each, kind = ((n, len(classes)), np.uint8) if targets == "multi" else ((n,), np.int64)
    top = 2 if targets == "multi" else len(classes)
    if (
        probabilities.shape != (n, len(classes))
        or (labels.shape, labels.dtype, rows.shape) != (of_each, kind, (n,))
        or not ((labels >= 0) & (labels < top)).all()
    ):
        raise ValueError("labels, probabilities and names do not belong together")
    basis = Basis(
        **{name: value[name] for name in ("run", "split", "epoch", "weights")},
        classes=classes,
        probabilities=probabilities,
        rows=rows,
        paths=paths,
        notes=tuple(value["notes"]),
        variants=int(value.get("variants", 0)),
    )
    if targets == "multi":
        return assess_several(basis, labels)
    return assess(basis, labels, targets="ordinal" if targets == "ordinal" else "single")
