"""Every loss against torch's function or the paper's formula, written out in numpy."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.errors import FoveaError
from engine.losses import LOSSES, Loss
from engine.losses.asymmetric import Asymmetric
from engine.losses.binary_cross_entropy import BinaryCrossEntropy
from engine.losses.cross_entropy import CrossEntropy
from engine.losses.focal import BinaryFocal, Focal
from engine.losses.logit_adjusted import LogitAdjusted
from engine.losses.ordinal import SoftOrdinal, SquaredEmd
from engine.losses.weighted import ClassBalanced, WeightedCrossEntropy

COUNTS = (100, 20, 5, 75)
SCORES = torch.randn(9, 4, generator=torch.Generator().manual_seed(0)) * 2
LABELS = torch.arange(9) % 4
MIXED = torch.rand(9, 4, generator=torch.Generator().manual_seed(1)).softmax(1)
TARGETS = {"labels": LABELS, "mixed": MIXED}


def shares(targets: torch.Tensor, smoothing: float = 0.0) -> np.ndarray:
    known = np.eye(4)[targets.numpy()] if targets.ndim == 1 else targets.double().numpy()
    return (1 - smoothing) * known + smoothing / 4


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def sigmoid(scores: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-scores))


def balanced_weights(beta: float) -> np.ndarray:
    """As the paper's code scales them, and then to a mean of 1 over the images."""
    counts = np.array(COUNTS, float)
    weights = (1 - beta) / (1 - beta**counts)
    weights = weights / weights.sum() * len(counts)
    return weights / ((weights * counts).sum() / counts.sum())


def weighted(strength: float) -> np.ndarray:
    counts = np.array(COUNTS, float)
    weights = counts**-strength
    return weights / ((weights * counts).sum() / counts.sum())


def focal(q: np.ndarray, p: np.ndarray, gamma: float) -> np.ndarray:
    return -(q * (1 - p) ** gamma * np.log(p)).sum(1)


def binary(q: np.ndarray, p: np.ndarray, gamma: float = 0.0, alpha: float = 0.5) -> np.ndarray:
    there, absent = (1 - p) ** gamma * np.log(p), p**gamma * np.log(1 - p)
    return -2 * (alpha * q * there + (1 - alpha) * (1 - q) * absent).sum(1)


def spread(q: np.ndarray, sharpness: float, power: int) -> np.ndarray:
    distance = np.abs(np.arange(4)[:, None] - np.arange(4)) ** power
    table = np.exp(-sharpness * distance)
    return q @ (table / table.sum(1, keepdims=True))


def emd(q: np.ndarray, p: np.ndarray) -> np.ndarray:
    return ((p.cumsum(1) - q.cumsum(1)) ** 2).sum(1)


def asymmetric(q: np.ndarray, p: np.ndarray, present: float, absent: float) -> np.ndarray:
    moved = np.maximum(p - 0.05, 0)
    there, gone = (1 - p) ** present * np.log(p), moved**absent * np.log(1 - moved)
    return -(q * there + (1 - q) * gone).sum(1)


Formula = Callable[[np.ndarray, torch.Tensor], np.ndarray]
CASES: list[tuple[Loss, Formula]] = [
    (CrossEntropy(), lambda z, t: focal(shares(t, 0.1), softmax(z), 0)),
    (CrossEntropy(label_smoothing=0), lambda z, t: focal(shares(t), softmax(z), 0)),
    (Focal(), lambda z, t: focal(shares(t), softmax(z), 2)),
    (Focal(gamma=0.5, label_smoothing=0.2), lambda z, t: focal(shares(t, 0.2), softmax(z), 0.5)),
    (Focal(gamma=0), lambda z, t: focal(shares(t), softmax(z), 0)),
    (BinaryFocal(), lambda z, t: binary(shares(t), sigmoid(z), 2, 0.25) / 2),
    (BinaryFocal(gamma=0, alpha=0.6), lambda z, t: binary(shares(t), sigmoid(z), 0, 0.6) / 2),
    (BinaryCrossEntropy(), lambda z, t: binary(shares(t, 0.1), sigmoid(z))),
    (BinaryCrossEntropy(label_smoothing=0), lambda z, t: binary(shares(t), sigmoid(z))),
    (WeightedCrossEntropy(), lambda z, t: focal(shares(t, 0.1) * weighted(0.5), softmax(z), 0)),
    (
        WeightedCrossEntropy(strength=1, label_smoothing=0),
        lambda z, t: focal(shares(t) * weighted(1), softmax(z), 0),
    ),
    (
        ClassBalanced(label_smoothing=0),
        lambda z, t: focal(shares(t) * balanced_weights(0.999), softmax(z), 0),
    ),
    (
        ClassBalanced(beta=0.9, gamma=1),
        lambda z, t: focal(shares(t, 0.1) * balanced_weights(0.9), softmax(z), 1),
    ),
    (
        LogitAdjusted(tau=1.5, label_smoothing=0.1),
        lambda z, t: focal(
            shares(t, 0.1), softmax(z + 1.5 * np.log(np.array(COUNTS) / sum(COUNTS))), 0
        ),
    ),
    (Asymmetric(), lambda z, t: asymmetric(shares(t), sigmoid(z), 0, 4)),
    (
        Asymmetric(gamma_present=1, gamma_absent=2),
        lambda z, t: asymmetric(shares(t), sigmoid(z), 1, 2),
    ),
    (
        Asymmetric(gamma_present=1, gamma_absent=2, margin=0),
        lambda z, t: (
            -(
                shares(t) * (1 - sigmoid(z)) * np.log(sigmoid(z))
                + (1 - shares(t)) * sigmoid(z) ** 2 * np.log(1 - sigmoid(z))
            ).sum(1)
        ),
    ),
    (SoftOrdinal(), lambda z, t: focal(spread(shares(t), 2, 1), softmax(z), 0)),
    (
        SoftOrdinal(sharpness=0.7, distance="squared"),
        lambda z, t: focal(spread(shares(t), 0.7, 2), softmax(z), 0),
    ),
    (SquaredEmd(cross_entropy=0), lambda z, t: emd(shares(t), softmax(z))),
    (
        SquaredEmd(cross_entropy=0.5),
        lambda z, t: emd(shares(t), softmax(z)) + 0.5 * focal(shares(t), softmax(z), 0),
    ),
]


def named(case: object) -> str:
    return f"{case.kind} {'/'.join(map(str, case.values().values()))}" if isinstance(case, Loss) else ""  # fmt: skip  # noqa: E501


@pytest.mark.parametrize("targets", TARGETS.values(), ids=TARGETS)
@pytest.mark.parametrize(("loss", "formula"), CASES, ids=named)
def test_a_loss_is_its_formula(loss: Loss, formula: Formula, targets: torch.Tensor) -> None:
    got = loss.build(COUNTS)(SCORES, targets)
    assert got.dtype is torch.float32
    assert float(got) == pytest.approx(formula(SCORES.double().numpy(), targets).mean(), rel=2e-6)


def test_every_kind_has_its_formula() -> None:
    assert {loss.kind for loss, _ in CASES} == set(LOSSES.kinds())


@pytest.mark.parametrize("loss", [loss for loss, _ in CASES], ids=named)
@pytest.mark.parametrize("targets", TARGETS.values(), ids=TARGETS)
def test_the_gradient_is_the_slope(loss: Loss, targets: torch.Tensor) -> None:
    of, scores = loss.build(COUNTS), SCORES.clone().requires_grad_()
    (slope,) = torch.autograd.grad(of(scores, targets), scores)
    step = torch.zeros_like(SCORES)
    step[2, 1] = step[5, 0] = 1e-2
    with torch.no_grad():
        rise = of(SCORES + step, targets) - of(SCORES - step, targets)
    assert float(rise) / 2e-2 == pytest.approx(float((slope * step).sum()) / 1e-2, abs=1e-4)


@pytest.mark.parametrize("kind", LOSSES.kinds())
@pytest.mark.parametrize("size", [1e4, 6.5e4, 1e-4])
@pytest.mark.parametrize("targets", TARGETS.values(), ids=TARGETS)
def test_scores_of_any_size_have_finite_losses_and_gradients(
    kind: str, size: float, targets: torch.Tensor
) -> None:
    scores = (SCORES.sign() * size).requires_grad_()
    value = LOSSES.get(kind)().build(COUNTS)(scores, targets)
    value.backward()
    assert math.isfinite(value.item())
    assert scores.grad is not None
    assert torch.isfinite(scores.grad).all()


@pytest.mark.parametrize("gamma", [0.0, 0.1, 0.5, 1.0, 2.0])
def test_focal_losses_hold_where_the_answer_is_certain(gamma: float) -> None:
    for loss in (Focal(gamma=gamma), BinaryFocal(gamma=gamma)):
        for size in (1e4, 30.0, 17.0, 16.0):  # 1 - p underflows in float32 near 16.6
            scores = (torch.eye(4) * size).requires_grad_()
            loss.build(COUNTS)(scores, torch.arange(4)).backward()
            assert scores.grad is not None
            assert torch.isfinite(scores.grad).all()


@pytest.mark.parametrize("kind", LOSSES.kinds())
def test_half_precision_scores_are_summed_in_float32(kind: str) -> None:
    scores = SCORES.bfloat16()
    loss = LOSSES.get(kind)().build(COUNTS)
    got = loss(scores, LABELS)
    assert got.dtype is torch.float32
    torch.testing.assert_close(got, loss(scores.float(), LABELS))


@pytest.mark.parametrize("kind", LOSSES.kinds())
def test_a_pure_share_is_a_label(kind: str) -> None:
    loss = LOSSES.get(kind)().build(COUNTS)
    pure = functional.one_hot(LABELS, 4).float()
    torch.testing.assert_close(loss(SCORES, LABELS), loss(SCORES, pure))


@pytest.mark.parametrize("kind", LOSSES.kinds())
def test_losses_without_weights_of_classes_are_means_over_the_images(kind: str) -> None:
    loss = LOSSES.get(kind)().build(COUNTS)
    each = [loss(SCORES[i : i + 1], LABELS[i : i + 1]) for i in range(9)]
    torch.testing.assert_close(loss(SCORES, LABELS), torch.stack(each).mean())


def test_weights_agree_with_torch_and_do_not_depend_on_the_batch() -> None:
    weights = torch.tensor(weighted(1.0), dtype=torch.float32)
    got = WeightedCrossEntropy(strength=1, label_smoothing=0.2).build(COUNTS)(SCORES, LABELS)
    wanted = functional.cross_entropy(
        SCORES, LABELS, weight=weights, label_smoothing=0.2, reduction="none"
    ).mean()
    torch.testing.assert_close(got, wanted)


def test_binary_losses_agree_with_torch() -> None:
    from torchvision.ops import sigmoid_focal_loss

    wanted = functional.one_hot(LABELS, 4).float()
    got = BinaryCrossEntropy(label_smoothing=0).build(COUNTS)(SCORES, LABELS)
    expected = functional.binary_cross_entropy_with_logits(SCORES, wanted, reduction="sum") / 9
    torch.testing.assert_close(got, expected)
    got = BinaryFocal().build(COUNTS)(SCORES, LABELS)
    torch.testing.assert_close(got, sigmoid_focal_loss(SCORES, wanted, reduction="sum") / 9)


def test_a_mixed_image_can_count_as_both_classes() -> None:
    mixed = torch.tensor([[0.7, 0.3, 0.0, 0.0]])
    loss = BinaryCrossEntropy(label_smoothing=0, mixed="present").build(COUNTS)
    expected = functional.binary_cross_entropy_with_logits(
        SCORES[:1], torch.tensor([[1.0, 1.0, 0.0, 0.0]]), reduction="sum"
    )
    torch.testing.assert_close(loss(SCORES[:1], mixed), expected)


def test_given_weights_take_the_place_of_those_by_frequency() -> None:
    given = WeightedCrossEntropy(given="1 2 1 4").weights([50, 50, 50, 50])
    assert given == pytest.approx([0.5, 1, 0.5, 2])


@pytest.mark.parametrize("text", ["1 0 1", "1 -2", "1 nan", "1 inf", "one two"])
def test_weights_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(FoveaError) as caught:
        WeightedCrossEntropy(given=text)
    assert caught.value.where == "given"


def test_a_wrong_number_of_weights_is_told_and_refused() -> None:
    loss = WeightedCrossEntropy(given="1 2 3")
    assert "3 given weights for 4 classes" in loss.trouble("single", 4)
    assert not loss.trouble("single", 3)
    with pytest.raises(FoveaError) as caught:
        loss.build(COUNTS)
    assert caught.value.code == "FV-H002"


def test_ordinal_losses_want_an_order_and_prefer_near_misses() -> None:
    near, far = torch.tensor([[0.0, 5.0, 0.0, 0.0]]), torch.tensor([[0.0, 0.0, 0.0, 5.0]])
    for loss in (SoftOrdinal(), SquaredEmd()):
        assert "order" in loss.trouble("single", 4)
        assert not loss.trouble("ordinal", 4)
        of = loss.build(COUNTS)
        assert of(near, torch.tensor([0])) < of(far, torch.tensor([0]))
    of = CrossEntropy().build(COUNTS)
    assert of(near, torch.tensor([0])) == of(far, torch.tensor([0]))


def test_a_class_without_images_does_not_break_a_loss() -> None:
    for kind in LOSSES:
        assert torch.isfinite(kind().build([10, 0, 5, 5])(SCORES, LABELS))


def test_logit_adjustment_finds_the_classes_as_if_all_were_common() -> None:
    """Two classes, 9 to 1, that one and the same image shows: the plain scores must be a tie."""
    scores = torch.zeros(1, 2, requires_grad=True)
    of = LogitAdjusted().build([900, 100])
    labels = torch.tensor([0] * 9 + [1])
    for _ in range(400):
        (slope,) = torch.autograd.grad(of(scores.expand(10, 2), labels), scores)
        scores = (scores - slope).detach().requires_grad_()
    assert scores.tolist()[0] == pytest.approx([0, 0], abs=1e-4)


SEVERAL = torch.tensor([[1, 0, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1]] * 3, dtype=torch.uint8)
FOR_SEVERAL = [kind.kind for kind in LOSSES if "multi" in kind.suits]


def test_images_of_several_classes_are_asked_about_one_by_one() -> None:
    assert FOR_SEVERAL == ["asymmetric", "binary_cross_entropy", "binary_focal"]
    for kind in LOSSES:
        assert bool(kind().trouble("multi", 4)) == (kind.kind not in FOR_SEVERAL)
    got = BinaryCrossEntropy(label_smoothing=0).build(COUNTS)(SCORES, SEVERAL)
    wanted = functional.binary_cross_entropy_with_logits(SCORES, SEVERAL.float(), reduction="sum")
    torch.testing.assert_close(got, wanted / 9)


@pytest.mark.parametrize("kind", FOR_SEVERAL)
def test_no_class_at_all_is_an_answer_too(kind: str) -> None:
    loss = LOSSES.get(kind)().build(COUNTS)
    none = torch.zeros(1, 4, dtype=torch.uint8)
    assert loss(torch.full((1, 4), -5.0), none) < loss(torch.full((1, 4), 5.0), none)


@pytest.mark.gpu
@pytest.mark.parametrize("kind", LOSSES.kinds())
@pytest.mark.parametrize("targets", TARGETS.values(), ids=TARGETS)
def test_a_loss_can_be_part_of_a_recorded_step(kind: str, targets: torch.Tensor) -> None:
    loss = LOSSES.get(kind)().build(COUNTS)
    scores, wanted = SCORES.cuda().requires_grad_(), targets.cuda()
    with torch.cuda.stream(torch.cuda.Stream()):
        loss(scores, wanted).backward()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        value = loss(scores, wanted)
        (slope,) = torch.autograd.grad(value, scores)
    graph.replay()
    plain = SCORES.clone().requires_grad_()
    expected = loss(plain, targets)
    torch.testing.assert_close(value.cpu(), expected)
    torch.testing.assert_close(slope.cpu(), torch.autograd.grad(expected, plain)[0])
