"""What policies do to pixels: torchvision's result, their transforms' result, the same bits."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, ClassVar

import pytest
import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as tv

from engine.augment.draws import Drawn, draw, hand_out
from engine.augment.engine import augment
from engine.augment.pipeline import Card, Pipeline
from engine.augment.plan import Plan
from engine.spec import param
from engine.transforms.base import Blending, Deal, Geometric, ImageFacts, Policy
from engine.transforms.policies.augmix import AugMix
from engine.transforms.policies.auto_augment import AutoAugment
from engine.transforms.policies.operations import deal
from engine.transforms.policies.rand_augment import RandAugment
from engine.transforms.policies.spaces import AUGMIX, STANDARD, WIDE, Space, Span
from engine.transforms.policies.trivial_augment import TrivialAugment
from tests.engine.transforms.policies.test_policies import THEIRS

SPACES: dict[str, Space] = {
    "standard": {**STANDARD, "invert": Span()},
    "wide": WIDE,
    "augmix": AUGMIX,
}
POLICIES = [
    RandAugment(operations=3, magnitude=15, spread=10),
    TrivialAugment(),
    AutoAugment(),
    AutoAugment(policy="cifar10"),
    AutoAugment(policy="svhn"),
    AugMix(),
    AugMix(width=1, depth=2, severity=9),
]


def images(n: int = 12, channels: int = 3, height: int = 26, width: int = 31) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    coarse = torch.rand(n, channels, 5, 6, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, (height, width), mode="bilinear")
    return (smooth * 230 + torch.rand(smooth.shape, generator=generator) * 25).to(torch.uint8)


def run(pipeline: Pipeline, pixels: torch.Tensor, samples: Any = None, **more: Any) -> torch.Tensor:
    numbers = torch.arange(len(pixels)) if samples is None else torch.as_tensor(samples)
    words: dict[str, Any] = {"seed": 3, "epoch": 5, "scale": 1 / 255} | more
    return augment(pipeline, pixels, numbers, **words)


class Forced(Policy):
    """A policy that always deals one operation at one level to one side."""

    operation: str = param("rotate", help="The operation.")
    space: str = param("standard", help="The space.")
    level: float = param(0.5, help="The level.")
    side: float = param(0.9, help="The side.")

    def deals(self, draws: torch.Tensor, images: ImageFacts) -> tuple[Deal, ...]:
        """The one operation for all samples."""
        filled = torch.full((len(draws),), self.level, dtype=torch.float64)
        chosen = torch.zeros(len(draws), dtype=torch.long)
        sides = torch.full_like(filled, self.side)
        space = SPACES[self.space]
        return tuple(deal(space, (self.operation,), chosen, filled, sides, images))


def theirs(name: str, space: str, level: float, positive: bool, pixels: torch.Tensor) -> Any:
    cls = {"standard": v2.AutoAugment, "wide": v2.TrivialAugmentWide, "augmix": v2.AugMix}[space]
    made = cls(fill=None)  # black; a fill of 0.0 would darken the edge twice
    make, signed = made._AUGMENTATION_SPACE[THEIRS[name]]
    found = make(10 if space != "wide" else 31, *pixels.shape[2:])
    magnitude = 0.0 if found is None else float(found[round(level * (len(found) - 1))])
    magnitude *= -1 if signed and not positive else 1
    whole = pixels.float() / 255
    if name.startswith("shear"):
        slant = math.degrees(math.atan(magnitude))
        shear = [slant, 0.0] if name == "shear_x" else [0.0, slant]
        bilinear = v2.InterpolationMode.BILINEAR
        return tv.affine(whole, 0.0, [0, 0], 1.0, shear, interpolation=bilinear)
    levels = name in ("posterize", "equalize")  # torchvision's are exact for 8 bits only
    source = pixels if levels else whole
    mode = v2.InterpolationMode.BILINEAR
    result = made._apply_image_or_video_transform(source, THEIRS[name], magnitude, mode, made._fill)
    return result.float() / 255 if levels else result


@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize(
    ("space", "level", "name"),
    [
        (space, level, name)
        for space, level in [
            ("standard", 2 / 9),
            ("standard", 1.0),
            ("wide", 11 / 30),
            ("wide", 23 / 30),
            ("augmix", 4 / 9),
        ]
        for name in SPACES[space]
    ],
)
def test_every_operation_is_torchvisions(
    name: str, space: str, level: float, positive: bool
) -> None:
    pixels = images(3)
    forced = Forced(operation=name, space=space, level=level, side=0.9 if positive else 0.1)
    ours = run(Pipeline((Card("p", forced),), fill="constant"), pixels)
    expected = theirs(name, space, level, positive, pixels)
    difference = (ours - expected).abs()
    assert difference.max() <= 1.01 / 255
    assert difference.mean() <= 0.51 / 255


def one_by_one(pixels: torch.Tensor, item: Drawn, place: int) -> torch.Tensor:
    """What was dealt to one sample, run by the engine: all moves at once, then one by one."""
    dealt = [
        Drawn(part.transform, None, part.draws[place : place + 1], part.keys[place : place + 1])
        for part in hand_out([item], ImageFacts(*pixels.shape[1:]))
        if part.chosen is None or part.chosen[place]
    ]
    moves = [part for part in dealt if isinstance(part.transform, Geometric)]
    own = pixels[place : place + 1]
    for parts in (moves, *([part] for part in dealt if part not in moves)):
        out = torch.empty(own.shape)
        plan = Plan.of(Pipeline().settings, parts, own, 1.0)
        plan.run(own.clone(), slice(0, 1), 1.0, out)
        own = out
    return own


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(
    "transform", [p for p in POLICIES if isinstance(p, Policy)], ids=lambda p: p.kind
)
def test_a_policy_does_what_its_transforms_do(transform: Any, channels: int) -> None:
    pixels = images(40, channels).float() / 255
    pipeline = Pipeline((Card("p", transform),))
    result = run(pipeline, pixels, scale=1.0)
    (item,) = draw(pipeline, torch.arange(40), 3, 5)
    for place in range(40):
        assert torch.equal(result[place : place + 1], one_by_one(pixels, item, place))
    assert (result != pixels).flatten(1).any(1).float().mean() > 0.5


@pytest.mark.parametrize(
    ("channels", "fill", "interpolation"),
    [(1, "constant", "bilinear"), (3, "reflect", "bicubic"), (3, "wrap", "nearest")],
)
@pytest.mark.parametrize("transform", POLICIES, ids=lambda p: p.kind)
def test_a_sample_has_the_same_bits_alone_and_in_any_batch(
    transform: Any, channels: int, fill: Any, interpolation: Any
) -> None:
    pixels = images(12, channels)
    card = Card("p", transform, probability=0.8)
    pipeline = Pipeline((card,), fill, 0.3, interpolation)
    alone = torch.cat([run(pipeline, pixels[i : i + 1], [i]) for i in range(12)])
    picked = [3, 3, 11, 0, 5, 7, 7, 7, 1]
    for chunk_bytes in (1, 9_000, 1 << 30):
        batch = run(pipeline, pixels[picked], picked, chunk_bytes=chunk_bytes)
        assert torch.equal(batch, alone[picked])
    assert 0 <= alone.min() <= alone.max() <= 1


@pytest.mark.parametrize("transform", POLICIES, ids=lambda p: p.kind)
def test_images_that_a_policy_leaves_alone_keep_their_pixels(transform: Any) -> None:
    pixels = images(60)
    pipeline = Pipeline((Card("p", transform, probability=0.3),))
    result = run(pipeline, pixels)
    (item,) = draw(pipeline, torch.arange(60), 3, 5)
    assert item.chosen is not None
    left = ~item.chosen
    assert left.any()
    assert torch.equal(result[left], pixels[left].float() * (1 / 255))


def test_the_identity_keeps_the_exact_pixels() -> None:
    pixels = images(300)
    result = run(Pipeline((Card("p", TrivialAugment()),)), pixels)
    same = (result == pixels.float() * (1 / 255)).flatten(1).all(1)
    assert same.sum() >= 10  # one in fourteen is the identity, some others have strength 0


class Halves(Blending):
    """A quarter of the image, a half of its negative, a quarter of itself once more."""

    draws: ClassVar[int] = 0

    def branches(
        self, draws: torch.Tensor, images: ImageFacts
    ) -> tuple[torch.Tensor, tuple[tuple[Deal, ...], ...]]:
        """The negative and an untouched copy."""
        negative = Forced(operation="invert").deals(draws, images)
        return draws.new_tensor((0.25, 0.5, 0.25)).expand(len(draws), 3), (negative, ())


def test_copies_are_blended_by_weight() -> None:
    pixels = images(5)
    whole = pixels.float() / 255
    result = run(Pipeline((Card("p", Halves()),)), pixels)
    assert torch.allclose(result, 0.5 * whole + 0.5 * (1 - whole), atol=1e-6)


def test_pixels_that_come_in_are_never_written_into() -> None:
    for transform in POLICIES:
        pixels = images(20).float() / 255
        before = pixels.clone()
        run(Pipeline((Card("p", transform),)), pixels, scale=1.0)
        assert torch.equal(pixels, before)


def test_policies_sit_beside_other_cards_and_in_groups() -> None:
    from engine.augment.edits import add_card, add_group

    pipeline = Pipeline()
    names = []
    for transform in (RandAugment(), AugMix(), TrivialAugment()):
        pipeline, name = add_card(pipeline, transform)
        names.append(name)
    pipeline, _ = add_group(pipeline, names)
    assert Pipeline.from_json(pipeline.to_json()) == pipeline
    pixels = images(30).float() / 255
    result = run(pipeline, pixels, scale=1.0)
    for name in names:
        only = replace(pipeline, cards=tuple(replace(c, group="") for c in pipeline.cards))
        only = replace(only, cards=(only.card(name),), groups=())
        alone = run(only, pixels, scale=1.0)
        picked = next(
            item.chosen
            for item, card in zip(
                draw(pipeline, torch.arange(30), 3, 5), pipeline.cards, strict=True
            )
            if card.id == name
        )
        assert picked is not None
        assert picked.any()
        assert torch.equal(result[picked], alone[picked])


@pytest.mark.gpu
@pytest.mark.parametrize("transform", POLICIES, ids=lambda p: p.kind)
def test_cuda_gives_the_same_picture(transform: Any) -> None:
    pipeline = Pipeline((Card("p", transform, probability=0.8),))
    there = run(pipeline, images(64).cuda()).cpu()
    difference = (there - run(pipeline, images(64))).abs()
    assert difference.mean() < 1e-3
