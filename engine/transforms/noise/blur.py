"""Gaussian blur: weighted sums of moved copies of the image."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.arithmetic import exp2, per_image
from engine.transforms.base import TRANSFORMS, Pixels
from engine.transforms.noise.borders import mirrored
from engine.transforms.ranges import between, check_order

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["GaussianBlur"]

_REACH = 3.0
"""Standard deviations on either side that a Gaussian is summed over: 99.7 % of its weight."""
_NOTHING = 2.0**-40
"""Weights below it are left out: they change nothing in float32, and products that are no longer
normal numbers take a processor a hundred times as long."""


@TRANSFORMS.register
class GaussianBlur(Pixels):
    """Blurs images with a Gaussian, as a lens slightly out of focus.

    The standard deviation is drawn evenly from its range, in pixels, for it is pixels of detail
    that are lost, whatever the size of the image. Weights are cut off at three times the largest
    one. Borders are mirrored. It is torchvision's ``gaussian_blur``. Works for any number of
    channels and any depth.
    """

    kind = "gaussian_blur"
    title = "Gaussian blur"
    family = "noise"
    summary = "Imitates slightly wrong focus and soft lenses; teaches to use shape over texture."
    danger = "Hurts where fine texture, thin lines or sharpness itself is the class."
    icon = "circle-dot-dashed"
    usual_probability = 0.5

    sigma_range: tuple[float, float] = param(
        (0.1, 2.0),
        ge=0,
        le=20,
        label="Standard deviation",
        unit="px",
        help="Smallest and largest standard deviation of the blur, in pixels; a point becomes a "
        "spot about 2.4 times as wide. Below 0.3 px nearly nothing changes. Drawn evenly.",
    )

    def validate_together(self) -> None:
        """Raises FoveaError FV-H002 where the smallest deviation is above the largest."""
        check_order(self.title, "sigma_range", self.sigma_range)

    def questions(self) -> tuple[str, ...]:
        """Whether fine detail is the class, where anything changes."""
        return ("detail",) if self.sigma_range[1] > 0 else ()

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """Sums along the rows, then along the columns."""
        weights = self._weights(between(draws[:, 0], self.sigma_range))
        if len(weights) == 1:
            return pixels
        return _summed(_summed(pixels, weights, 3), weights, 2).clamp_(0.0, 1.0)

    def _weights(self, sigma: Tensor) -> list[Tensor]:
        """``exp(-distance^2 / (2 sigma^2))`` at distances 0, 1, …; both sides add up to 1."""
        import torch

        narrow = sigma.clamp(min=1e-3).square().reciprocal() * (-0.5 * math.log2(math.e))
        weights = [torch.ones_like(per_image(sigma))]
        for distance in range(1, math.ceil(_REACH * self.sigma_range[1]) + 1):
            weight = exp2(per_image(narrow * distance**2))
            weights.append(torch.where(weight < _NOTHING, 0.0, weight))
        total = weights[0]
        for weight in weights[1:]:
            total = total + 2.0 * weight
        return [weight / total for weight in weights]


def _summed(pixels: Tensor, weights: list[Tensor], dim: int) -> Tensor:
    """Pixels at each distance to both sides times its weight, along one dimension.

    One buffer is written again and again: new memory would cost more than the sums.
    """
    import torch

    size, reach = pixels.shape[dim], len(weights) - 1
    wide = mirrored(pixels, dim, reach)
    total = wide.narrow(dim, reach, size) * weights[0]
    pair = torch.empty_like(total)
    for distance, weight in enumerate(weights[1:], 1):
        before, after = (wide.narrow(dim, reach + way * distance, size) for way in (-1, 1))
        total.add_(torch.add(before, after, out=pair).mul_(weight))
    return total
