"""What a validation says, against other people's formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn import metrics as sk

from engine.losses.binary_cross_entropy import BinaryCrossEntropy
from engine.losses.cross_entropy import CrossEntropy
from engine.train.validation import Validation, measure, standard_error

LOSS = CrossEntropy(label_smoothing=0.0).build((1.0, 1.0))


def scored(classes: int, n: int = 300) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores that know something of their labels, some of them equal."""
    draw = torch.Generator().manual_seed(classes)
    labels = torch.randint(0, classes, (n,), generator=draw)
    noise = torch.randn(n, classes, generator=draw)
    one_hot = torch.nn.functional.one_hot(labels, classes)
    return (noise + one_hot).round(decimals=1), labels


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_the_area_is_scikit_learns(classes: int) -> None:
    scores, labels = scored(classes)
    found = measure(scores, labels, LOSS)
    shares = scores.double().softmax(1).float().numpy()
    columns = range(1, 2) if classes == 2 else range(classes)
    areas = [sk.roc_auc_score(labels.numpy() == k, shares[:, k]) for k in columns]
    assert found.auc == pytest.approx(np.mean(areas), abs=1e-12)
    assert found.accuracy == sk.accuracy_score(labels.numpy(), shares.argmax(1))
    assert found.loss == pytest.approx(sk.log_loss(labels.numpy(), shares), rel=1e-6)


def test_a_class_without_images_has_no_area() -> None:
    scores, labels = scored(3)
    assert measure(scores, labels.clamp(max=1), LOSS).auc is None


def test_what_is_not_a_number_has_neither_area_nor_error() -> None:
    scores, labels = scored(3)
    scores[4] = math.nan
    found = measure(scores, labels, LOSS, error_of="loss")
    assert (found.auc, found.error) == (None, 0.0)
    assert not math.isfinite(found.loss or 0.0)


def draws_of(of: str, classes: int, n: int) -> float:
    """The spread of a measure over many validation sets."""
    values = []
    draw = torch.Generator().manual_seed(1)
    for _ in range(400):
        labels = torch.arange(n) % classes
        scores = torch.randn(n, classes, generator=draw)
        scores += torch.nn.functional.one_hot(labels, classes)
        found = measure(scores, labels, LOSS)
        values.append(getattr(found, of))
    return float(np.std(values))


@pytest.mark.parametrize("of", ["accuracy", "loss", "auc"])
def test_the_standard_error_is_the_spread_over_validation_sets(of: str) -> None:
    n = 200
    spread = draws_of(of, 2, n)
    draw = torch.Generator().manual_seed(2)
    errors = []
    for _ in range(50):
        labels = torch.arange(n) % 2
        scores = torch.randn(n, 2, generator=draw) + torch.nn.functional.one_hot(labels, 2)
        errors.append(measure(scores, labels, LOSS, error_of=of).error)
    assert np.mean(errors) == pytest.approx(spread, rel=0.15)


def test_without_an_area_the_accuracys_error_is_taken() -> None:
    scores, labels = scored(3)
    found = Validation(1.0, 0.36)
    error = standard_error(found, "auc", scores, labels, LOSS)
    assert error == pytest.approx(math.sqrt(0.36 * 0.64 / 300))


def test_of_several_classes_an_image_each_is_judged_alone() -> None:
    draw = torch.Generator().manual_seed(0)
    labels = (torch.rand(40, 3, generator=draw) > 0.6).to(torch.uint8)
    labels[:, 2] = 1  # in all images: it has no area
    scores = torch.randn(40, 3, generator=draw) + labels
    loss = BinaryCrossEntropy(label_smoothing=0.0).build((1.0, 1.0, 1.0))
    found = measure(scores, labels, loss, "auc", "sigmoid")
    assert found.accuracy == pytest.approx(float(((scores > 0) == (labels == 1)).float().mean()))
    areas = [sk.roc_auc_score(labels[:, k], scores[:, k]) for k in range(2)]
    assert found.auc == pytest.approx(sum(areas) / 2)
    assert 0.0 < found.error < 0.2
