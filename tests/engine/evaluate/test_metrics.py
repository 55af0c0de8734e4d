"""Measures against scikit-learn, and the kept record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn import metrics as sk

from engine.evaluate.keeping import load_evaluation, save_evaluation
from engine.evaluate.metrics import (
    balanced_accuracy,
    confusion_matrix,
    macro_auc,
    per_class,
    wilson,
)
from engine.evaluate.record import Basis, Evaluation, assess
from engine.runs.checkpoints import newest_digest, write_checkpoint

NAMES = ("a", "b", "c", "d")


def draw(classes: int, n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and probabilities that know something about them."""
    random = np.random.default_rng(classes)
    labels = random.integers(0, classes, n)
    scores = random.normal(size=(n, classes)) + 1.2 * np.eye(classes)[labels]
    odds = np.exp(scores)
    return labels, (odds / odds.sum(1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_all_measures_equal_scikit_learn(classes: int) -> None:
    labels, probabilities = draw(classes)
    predictions = probabilities.argmax(1)
    confusion = confusion_matrix(labels, predictions, classes)
    assert (confusion == sk.confusion_matrix(labels, predictions)).all()
    assert balanced_accuracy(confusion) == pytest.approx(
        sk.balanced_accuracy_score(labels, predictions)
    )
    columns = probabilities[:, 1] if classes == 2 else probabilities / probabilities.sum(1)[:, None]
    auc = sk.roc_auc_score(labels, columns, multi_class="ovr")
    assert macro_auc(labels, probabilities) == pytest.approx(auc)
    precision, recall, f1, support = sk.precision_recall_fscore_support(labels, predictions)
    for index, row in enumerate(per_class(confusion, NAMES[:classes])):
        assert row.n == support[index]
        wanted = (precision[index], recall[index], f1[index])
        assert (row.precision, row.recall, row.f1) == pytest.approx(wanted)


def test_auc_is_undefined_where_a_class_has_no_image() -> None:
    labels, probabilities = draw(3)
    assert macro_auc(np.where(labels == 2, 0, labels), probabilities) is None


def test_a_class_without_images_is_left_out_of_balanced_accuracy() -> None:
    confusion = np.array([[3, 1, 0], [0, 4, 0], [0, 0, 0]])
    assert balanced_accuracy(confusion) == pytest.approx((0.75 + 1.0) / 2)
    assert per_class(confusion, NAMES[:3])[2].f1 == 0.0


def test_wilson_equals_published_values() -> None:
    # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def make(split: str = "val") -> Evaluation:
    labels, probabilities = draw(4)
    basis = Basis(
        run="r",
        split=split,
        epoch=3,
        classes=NAMES,
        probabilities=probabilities,
        rows=np.arange(200),
        paths=(*(f"ä/{n} ünï.png" for n in range(199)), "raw\udcff.png"),
    )
    return assess(basis, labels)


def test_a_kept_evaluation_reads_back_equal(tmp_path: Path) -> None:
    before = make()
    save_evaluation(tmp_path, before)
    after = load_evaluation(tmp_path, "val")
    assert after is not None
    assert after.to_json() == before.to_json()
    assert after.paths == before.paths
    assert (after.probabilities == before.probabilities).all()
    assert load_evaluation(tmp_path, "test") is None


@pytest.mark.parametrize("suffix", ["safetensors", "json"])
def test_a_damaged_evaluation_is_not_loaded(tmp_path: Path, suffix: str) -> None:
    save_evaluation(tmp_path, make())
    path = tmp_path / f"evaluation-val.{suffix}"
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    path.write_bytes(bytes(damaged))
    assert load_evaluation(tmp_path, "val") is None


@pytest.mark.parametrize(
    "change",
    [
        {"labels": np.full(200, 10**9)},
        {"labels": np.full(200, -1)},
        {"rows": np.arange(3)},
        {"paths": ("a.png",)},
        {"classes": ("one",)},
    ],
)
def test_an_evaluation_whose_parts_do_not_fit_is_not_loaded(
    tmp_path: Path, change: dict[str, object]
) -> None:
    save_evaluation(tmp_path, replace(make(), **change))
    assert load_evaluation(tmp_path, "val") is None


def test_an_evaluation_of_earlier_weights_is_not_shown(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "checkpoints", "best", {"w": torch.zeros(3)}, {})
    measured = newest_digest(tmp_path / "checkpoints", "best")
    save_evaluation(tmp_path, replace(make(), weights=measured))
    assert load_evaluation(tmp_path, "val") is not None
    write_checkpoint(tmp_path / "checkpoints", "best", {"w": torch.ones(3)}, {})
    assert load_evaluation(tmp_path, "val") is None
