"""What policies choose, how often, and how strong: by their numbers, without pixels."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import beta, chisquare, kstest
from torchvision.transforms import v2
from torchvision.transforms.autoaugment import AutoAugmentPolicy

from engine.randomness import uniform
from engine.transforms.base import TRANSFORMS, Deal, ImageFacts, Policy
from engine.transforms.policies.augmix import AugMix
from engine.transforms.policies.auto_augment import AutoAugment
from engine.transforms.policies.operations import OPERATIONS, options_for, strength_of
from engine.transforms.policies.rand_augment import RandAugment
from engine.transforms.policies.spaces import AUGMIX, STANDARD, WIDE, Space
from engine.transforms.policies.tables import POLICIES
from engine.transforms.policies.trivial_augment import TrivialAugment

COLOUR, GREY = ImageFacts(3, 224, 200), ImageFacts(1, 28, 28)
N = 20_000
POLICY_KINDS = [RandAugment(), TrivialAugment(), AutoAugment(), AugMix()]

THEIRS = {
    "shear_x": "ShearX",
    "shear_y": "ShearY",
    "shift_x": "TranslateX",
    "shift_y": "TranslateY",
    "rotate": "Rotate",
    "brightness": "Brightness",
    "contrast": "Contrast",
    "saturation": "Color",
    "sharpness": "Sharpness",
    "posterize": "Posterize",
    "solarize": "Solarize",
    "autocontrast": "AutoContrast",
    "equalize": "Equalize",
    "invert": "Invert",
}


def numbers(columns: int, count: int = N) -> torch.Tensor:
    return uniform(7, 1, torch.arange(count), 99, columns).double()


def name_of(deal: Deal) -> str:
    """The operation that a deal is, read from its transform's settings."""
    values = deal.transform.values()
    for axis in ("x", "y"):
        if values.get(axis):
            return f"shear_{axis}"
    for field, name in (("width", "shift_x"), ("height", "shift_y")):
        if values.get(field):
            return name
    for name in ("brightness", "contrast"):
        if values.get(name):
            return name
    return deal.transform.kind


def counts(deals: tuple[Deal, ...]) -> Counter[str]:
    found: Counter[str] = Counter()
    for deal in deals:
        assert deal.chosen is not None
        found[name_of(deal)] += int(deal.chosen.sum())
    return found


def fair(seen: Any, expected: Any = None) -> None:
    assert chisquare(np.asarray(seen), expected).pvalue > 1e-3


@pytest.mark.parametrize(
    ("space", "theirs", "bins"),
    [
        (STANDARD, v2.RandAugment, 31),
        (STANDARD, v2.AutoAugment, 10),
        (WIDE, v2.TrivialAugmentWide, 31),
        (AUGMIX, v2.AugMix, 10),
    ],
)
def test_every_strength_is_torchvisions(space: Space, theirs: Any, bins: int) -> None:
    ours = {THEIRS[name]: name for name in space}
    known = set(theirs._AUGMENTATION_SPACE)
    assert set(ours) == known - {"Identity", "Invert"}
    levels = torch.arange(bins, dtype=torch.float64) / (bins - 1)
    for their_name, name in ours.items():
        make, signed = theirs._AUGMENTATION_SPACE[their_name]
        expected = make(bins, COLOUR.height, COLOUR.width)
        assert space[name].signed == signed
        if expected is None:
            continue
        strength = strength_of(name, space[name], levels, COLOUR)
        if name.startswith("shift"):
            size = COLOUR.width if name == "shift_x" else COLOUR.height
            expected = (expected.double() + 1e-5).floor() / size
        if name == "posterize":
            expected = expected.clamp(min=1)
        assert torch.allclose(strength, expected.double(), atol=1e-6), name


def test_every_pair_is_the_published_one() -> None:
    for ours, theirs in POLICIES.items():
        expected = v2.AutoAugment()._get_policies(AutoAugmentPolicy(ours))
        found = [
            tuple((THEIRS[name], chance, level) for name, chance, level in pair)
            for pair in POLICIES[ours]
        ]
        assert found == [tuple((n, p, level or 0) for n, p, level in pair) for pair in expected]
        assert len(theirs) == 25


@pytest.mark.parametrize(("images", "count"), [(COLOUR, 14), (GREY, 13), (ImageFacts(5, 9, 9), 13)])
def test_each_operation_is_equally_likely(images: ImageFacts, count: int) -> None:
    for policy in (RandAugment(operations=3), TrivialAugment()):
        found = counts(policy.deals(numbers(policy.draws), images))
        times = 3 if isinstance(policy, RandAugment) else 1
        seen = [*found.values(), N * times - sum(found.values())]  # the rest is the identity
        assert len(seen) == count
        assert ("saturation" in found) == (images.channels == 3)
        fair(seen)


def test_the_number_of_operations_and_their_independence() -> None:
    draws = numbers(RandAugment.draws)
    first, both = (RandAugment(operations=n).deals(draws, COLOUR) for n in (1, 2))
    assert len(both) == 2 * len(first)
    table = [
        [int((one.chosen & two.chosen).sum()) for two in both[13:] if one.chosen is not None]
        for one in both[:13]
    ]
    fair(np.ravel(table))


def test_operations_with_two_sides_act_to_either_equally_strong() -> None:
    policy = RandAugment(operations=1, magnitude=12)
    for deal in policy.deals(numbers(policy.draws), COLOUR):
        name = name_of(deal)
        if not STANDARD[name].signed:
            continue
        operation = OPERATIONS[name](STANDARD[name].end)
        assert operation.column is not None
        place = deal.draws[deal.chosen, operation.column]
        strength = operation.low + place * (operation.high - operation.low)
        fair([int((strength > 0).sum()), int((strength < 0).sum())])
        levels = torch.full((1,), 0.4, dtype=torch.float64)
        expected = strength_of(name, STANDARD[name], levels, COLOUR)
        assert torch.allclose(strength.abs(), expected, atol=1e-12)


def test_the_spread_draws_the_magnitude_evenly_and_within_the_scale() -> None:
    for magnitude, spread, low, high in [(15, 6, 9, 21), (28, 10, 18, 30), (2, 4, 0, 6)]:
        policy = RandAugment(operations=1, magnitude=magnitude, spread=spread)
        (turn,) = (d for d in policy.deals(numbers(3), COLOUR) if d.transform.kind == "rotate")
        degrees = ((turn.draws[turn.chosen, 0] * 2 - 1) * 30.0).abs()
        within = degrees[(degrees > low + 1e-9) & (degrees < high - 1e-9)]
        assert degrees.min() >= low - 1e-9
        assert degrees.max() <= high + 1e-9
        assert kstest(within.numpy(), "uniform", (low, high - low)).pvalue > 1e-3
    tight = RandAugment(operations=1, magnitude=30, spread=0)
    (turn,) = (d for d in tight.deals(numbers(3), COLOUR) if d.transform.kind == "rotate")
    assert set(turn.draws[turn.chosen, 0].tolist()) == {0.0, 1.0}


def test_trivial_augment_draws_all_31_strengths() -> None:
    (turn,) = (
        d for d in TrivialAugment().deals(numbers(3), COLOUR) if d.transform.kind == "rotate"
    )
    steps = ((turn.draws[turn.chosen, 0] * 2 - 1).abs() * 30).round().long()
    fair(torch.bincount(steps, minlength=31).numpy())


def test_wide_shifts_stop_where_a_small_image_is_gone() -> None:
    deals = TrivialAugment().deals(numbers(3), ImageFacts(1, 28, 28))
    (shift,) = (deal for deal in deals if name_of(deal) == "shift_x")
    assert shift.transform.values()["width"] == 1.0
    pixels = (shift.draws[shift.chosen, 0] * 2 - 1).abs() * 28
    assert torch.allclose(pixels, pixels.round(), atol=1e-9)
    expected = {min(step * 32 // 30, 28) for step in range(31)}
    assert set(pixels.round().long().tolist()) == expected


@pytest.mark.parametrize("policy", list(POLICIES))
def test_each_pair_acts_with_its_probabilities_and_levels(policy: str) -> None:
    transform = AutoAugment(policy=policy)
    pairs = POLICIES[policy]
    for number, pair in enumerate(pairs):
        draws = numbers(5, 2_000)
        draws[:, 0] = (number + 0.5) / len(pairs)
        deals = transform.deals(draws, COLOUR)
        half = len(deals) // 2
        for (name, chance, level), own in zip(pair, (deals[:half], deals[half:]), strict=True):
            acting = [deal for deal in own if deal.chosen is not None and deal.chosen.any()]
            assert [name_of(deal) for deal in acting] == ([name] if chance else [])
            for deal in acting:
                times = int(deal.chosen.sum())
                assert abs(times - chance * 2_000) < 4 * (chance * (1 - chance) * 2_000) ** 0.5 + 1
                if name == "rotate":
                    degrees = ((deal.draws[deal.chosen, 0] * 2 - 1) * 30).abs()
                    assert torch.allclose(degrees, torch.full_like(degrees, 30 * level / 9))


def test_all_pairs_are_equally_likely() -> None:
    deals = AutoAugment(policy="svhn").deals(numbers(5), COLOUR)
    found = counts(deals)
    expected: Counter[str] = Counter()
    for pair in POLICIES["svhn"]:
        for name, chance, _ in pair:
            expected[name] += N / 25 * chance
    for name, times in expected.items():
        assert abs(found[name] - times) < 5 * times**0.5, name


def test_grey_images_get_no_colour_from_any_policy() -> None:
    assert "saturation" not in options_for(STANDARD, GREY)
    for kind in ("imagenet", "cifar10", "svhn"):
        deals = AutoAugment(policy=kind).deals(numbers(5), GREY)
        assert "saturation" not in counts(deals)
        assert sum(counts(deals).values()) > N / 3
    _, branches = AugMix().branches(numbers(AugMix.draws, 500), GREY)
    assert all("saturation" not in counts(deals) for deals in branches)


@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_augmix_weights_are_those_of_dirichlet_and_beta(width: int) -> None:
    weights, branches = AugMix(width=width).branches(numbers(AugMix.draws), COLOUR)
    assert weights.shape == (N, 1 + width)
    assert len(branches) == width
    assert torch.allclose(weights.sum(1), torch.ones(N, dtype=torch.float64), atol=1e-14)
    assert weights.min() >= 0
    assert kstest(weights[:, 0].numpy(), "uniform").pvalue > 1e-3
    shares = weights[:, 1:] / (1 - weights[:, :1]).clamp(min=1e-12)
    for column in shares.T if width > 1 else ():
        assert kstest(column.numpy(), beta(1, width - 1).cdf).pvalue > 1e-4


@pytest.mark.parametrize("depth", [None, 1, 2, 3])
def test_augmix_chains_have_their_length_and_severity(depth: int | None) -> None:
    transform = AugMix(depth=depth, severity=4)
    _, branches = transform.branches(numbers(AugMix.draws), COLOUR)
    for deals in branches:
        acting = torch.stack([deal.chosen.long() for deal in deals if deal.chosen is not None])
        lengths = torch.bincount(acting.sum(0), minlength=4)
        if depth is None:
            assert lengths[0] == 0
            fair(lengths[1:].numpy())
        else:
            assert lengths[depth] == N
        turns = [deal for deal in deals if deal.transform.kind == "rotate"]
        degrees = torch.cat([(d.draws[d.chosen, 0] * 60 - 30).abs() for d in turns])
        steps = (degrees / 30 * 9).round().long()
        fair(torch.bincount(steps, minlength=4).numpy())
        assert steps.max() == 3


def test_augmix_leaves_its_tests_operations_out_when_told() -> None:
    _, branches = AugMix(all_operations=False).branches(numbers(AugMix.draws, 500), COLOUR)
    names = set(counts(branches[0]))
    assert names == set(AUGMIX) - {"brightness", "contrast", "saturation", "sharpness"}


@pytest.mark.parametrize("transform", POLICY_KINDS, ids=lambda t: t.kind)
def test_questions_follow_the_strength(transform: Any) -> None:
    assert TRANSFORMS.get(transform.kind) is type(transform)
    assert set(transform.questions()) >= {"brightness"}
    assert isinstance(transform, Policy) == (transform.kind != "augmix")


def test_questions_of_weak_and_strong_policies() -> None:
    for weak in (RandAugment(), AugMix(), AutoAugment()):
        assert "upside_down" not in weak.questions()
    assert "turn" not in RandAugment().questions()  # 9 degrees at most
    assert "turn" in RandAugment(spread=20).questions()
    assert "turn" in AugMix(severity=10).questions()
    assert "turn" not in AugMix().questions()
    assert {"turn", "upside_down"} <= set(TrivialAugment().questions())  # up to 135 degrees
    assert "upside_down" not in TrivialAugment(space="standard").questions()
    assert "detail" not in RandAugment(magnitude=0).questions()
