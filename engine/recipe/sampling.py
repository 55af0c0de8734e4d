"""Which images an epoch shows, and how often."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.spec import Spec, param

__all__ = ["Sampling", "SamplingKind"]

SamplingKind = Literal["natural", "square_root", "balanced"]


class Sampling(Spec):
    """Settings of how images are drawn; the number of images of an epoch stays the same."""

    section: ClassVar[str] = "Sampling"

    sampling: SamplingKind = param(
        "natural",
        label="Classes per epoch",
        search=("natural", "square_root", "balanced"),
        help="How often classes are shown. Natural shows every training image once an epoch, and "
        "is the default: it uses all images and keeps probabilities true. Balanced shows all "
        "classes alike, rare images several times with changed augmentation, and favours balanced "
        "accuracy; few images are then learned by heart more easily. Square root lies between.",
    )
