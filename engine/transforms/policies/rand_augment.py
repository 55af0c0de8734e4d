"""RandAugment: a few random operations, one strength for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.base import TRANSFORMS, Deal, ImageFacts, Policy
from engine.transforms.policies.operations import choice_of, deal, options_for, questions_about
from engine.transforms.policies.spaces import STANDARD

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RandAugment"]

_MOST = 5
_TOP = 30.0  # the paper's scale of magnitudes


@TRANSFORMS.register
class RandAugment(Policy):
    """A number of operations drawn evenly from fourteen for each image, all equally strong.

    Cubuk, Zoph, Shlens & Le 2020, "RandAugment: practical automated data augmentation with a
    reduced search space". The operations are no change, shear (x, y), shift (x, y), rotation,
    brightness, contrast, saturation, sharpness, posterize, solarize, autocontrast and equalize,
    with torchvision's strengths; those that have two sides act to either. One operation can be
    drawn twice. All moves of an image are made first, in one resampling.
    """

    kind = "rand_augment"
    title = "RandAugment"
    summary = "Much variety from two numbers, where you do not know which changes help."
    danger = "Turns, shifts and changes colour all at once: wrong where one of them is the class."
    icon = "dices"
    draws = 3 * _MOST

    operations: int = param(
        2,
        ge=1,
        le=_MOST,
        search=(1, 3),
        help="How many operations act on an image. On images that are not red, green and blue, "
        "saturation is left out of the choice.",
    )
    magnitude: float = param(
        9.0,
        ge=0,
        le=_TOP,
        step=1,
        search=(3, 21),
        help="How strong each of them is, from 0 to 30; at 30 images turn by 30° and brightness "
        "changes by 90 %.",
    )
    spread: float = param(
        0.0,
        ge=0,
        le=_TOP,
        step=1,
        advanced=True,
        help="How far each operation's magnitude may lie to either side, drawn evenly and held "
        "within 0 to 30; 0 as in the paper.",
    )

    def questions(self) -> tuple[str, ...]:
        """Those of its operations at their strongest."""
        level = min(self.magnitude + self.spread, _TOP) / _TOP
        return questions_about(STANDARD, level)

    def deals(self, draws: Tensor, images: ImageFacts) -> tuple[Deal, ...]:
        """Three numbers for each operation: which one, which side, and how strong."""
        options = ("identity", *options_for(STANDARD, images))
        found: list[Deal] = []
        for first in range(0, 3 * self.operations, 3):
            which, side, strength = draws[:, first : first + 3].unbind(1)
            magnitude = (strength * 2.0 - 1.0) * self.spread + self.magnitude
            levels = magnitude.clamp(0.0, _TOP) / _TOP
            chosen = choice_of(which, len(options))
            found += deal(STANDARD, options, chosen, levels, side, images)
        return tuple(found)
