"""TrivialAugment: one random operation of random strength."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from engine.spec import param
from engine.transforms.base import TRANSFORMS, Deal, ImageFacts, Policy
from engine.transforms.policies.operations import choice_of, deal, options_for, questions_about
from engine.transforms.policies.spaces import STANDARD, WIDE

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["TrivialAugment"]

_SPACES = {"wide": WIDE, "standard": STANDARD}
_LEVELS = 31


@TRANSFORMS.register
class TrivialAugment(Policy):
    """One operation drawn evenly from fourteen for each image, its strength drawn evenly too.

    Müller & Hutter 2021, "TrivialAugment: tuning-free yet state-of-the-art data augmentation". The
    operations are RandAugment's; the strength is one of 31 even steps from nothing to the most.
    """

    kind = "trivial_augment"
    title = "TrivialAugment"
    summary = "A strong policy without a number to tune; one change an image keeps it harmless."
    danger = "The wide strengths turn by up to 135° and shift by 32 pixels, much in small images."
    icon = "dice-1"
    draws = 3

    space: Literal["wide", "standard"] = param(
        "wide",
        label="Strengths",
        help="How far the strengths reach: wide is the paper's best (turns up to 135°, shifts up "
        "to 32 pixels), standard is RandAugment's (30°, 45 % of the image). On images that are "
        "not red, green and blue, saturation is left out of the choice.",
    )

    def questions(self) -> tuple[str, ...]:
        """Those of its operations at their strongest."""
        return questions_about(_SPACES[self.space], 1.0)

    def deals(self, draws: Tensor, images: ImageFacts) -> tuple[Deal, ...]:
        """Three numbers: which operation, which side, and how strong."""
        space = _SPACES[self.space]
        options = ("identity", *options_for(space, images))
        which, side, strength = draws.unbind(1)
        levels = choice_of(strength, _LEVELS).to(draws.dtype) / (_LEVELS - 1)
        return tuple(deal(space, options, choice_of(which, len(options)), levels, side, images))
