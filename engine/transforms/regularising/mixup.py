"""MixUp: two images laid over each other, and their labels in the same shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.base import TRANSFORMS, Mixing
from engine.transforms.beta import beta

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["MixUp"]


@TRANSFORMS.register
class MixUp(Mixing):
    """Blend an image with another one; the label becomes a mixture in the same proportion.

    ``share * image + (1 - share) * other`` with the share drawn from Beta(alpha, alpha) (Zhang et
    al. 2018, "mixup: Beyond empirical risk minimization", equation 2). The share is used as it
    is drawn, not the larger of it and its rest: some codes take the larger, for they pair images by
    shuffling a batch and would otherwise mix the same two twice in equal ways. Here every image is
    mixed with the one that follows it, so that no pair comes twice.
    """

    kind = "mixup"
    title = "MixUp"
    summary = "Makes predictions less certain between classes; helps most on small, noisy data."
    danger = "Blends are no real images: it slows learning, and small models may fit neither class."
    icon = "blend"

    alpha: float = param(
        0.2,
        ge=0.01,
        le=8,
        search=(0.05, 1.0),
        scale="log",
        help="How even the blends are. Small values, such as the usual 0.2, leave most images "
        "almost their own; at 1 every share is as likely; above 1 halves are.",
    )

    def mix(self, images: Tensor, partners: Tensor, draws: Tensor) -> tuple[Tensor, Tensor]:
        """The blends, and the share of each that is its own."""
        share = beta(draws[:, 0], self.alpha)
        own = share.float()[:, None, None, None]
        return images.mul_(own).add_(partners * (1.0 - own)), share
