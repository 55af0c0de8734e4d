"""Down-up-sampling: loss of resolution."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from engine.errors import FoveaError
from engine.spec import param
from engine.transforms.base import TRANSFORMS, ImageFacts, Misfit, Pixels
from engine.transforms.noise.borders import repeated
from engine.transforms.ranges import check_order

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DownUpSampling"]


@TRANSFORMS.register
class DownUpSampling(Pixels):
    """Loses resolution: images are made smaller by a drawn whole factor and enlarged again.

    Each square of that many pixels becomes its mean, as on the larger pixels of a coarser sensor;
    then the image is brought back to its size. Where the factor does not divide the size, the right
    and lower borders are repeated to fill the last squares. Each whole factor in the range is
    equally likely. Works for any number of channels and any depth.
    """

    kind = "down_up_sampling"
    title = "Down-up-sampling"
    family = "noise"
    summary = "Imitates lower magnification and coarser sensors; teaches to use shape over texture."
    danger = "Hurts where fine texture or small structures are the class."
    icon = "grid-2x2"
    usual_probability = 0.5

    factor_range: tuple[float, float] = param(
        (2.0, 4.0),
        ge=1,
        le=32,
        label="Factor",
        unit="×",
        step=1,
        help="Smallest and largest loss of resolution, whole numbers: 2 makes one pixel of 2x2, 1 "
        "changes nothing.",
    )
    interpolation: Literal["bilinear", "nearest"] = param(
        "bilinear",
        label="Enlarging",
        help="bilinear: smoothly, as viewers and microscopes enlarge; nearest: in visible squares.",
    )

    def validate_together(self) -> None:
        """Raises FoveaError FV-H002 for a range that goes downwards or is not of whole numbers."""
        check_order(self.title, "factor_range", self.factor_range)
        for factor in self.factor_range:
            if factor != int(factor):
                raise FoveaError(
                    "FV-H002",
                    f"{self.title} cannot make squares of {factor:g} pixels.",
                    where="factor_range",
                    why="The factor is not a whole number.",
                    fix=f"Enter {round(factor)} instead of {factor:g}.",
                )

    def questions(self) -> tuple[str, ...]:
        """Whether fine detail is the class, where anything changes."""
        return ("detail",) if self.factor_range[1] > 1 else ()

    def misfits(self, images: ImageFacts) -> Iterator[Misfit]:
        """Factors that leave a single pixel of the images."""
        yield from super().misfits(images)
        most = max(images.height, images.width)
        if self.factor_range[1] >= most > 1:
            yield Misfit(
                "factor_range",
                f"A factor of {self.factor_range[1]:g} leaves one pixel of images of "
                f"{images.width} x {images.height} px.",
                f"Enter a largest factor below {most}.",
            )

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """All images of one factor at a time."""
        import torch

        low, high = (int(factor) for factor in self.factor_range)
        factors = (draws[:, 0] * (high - low + 1)).floor_().clamp_(max=high - low) + low
        changed = pixels if low == 1 else torch.empty_like(pixels)
        for factor in range(max(low, 2), high + 1):
            chosen = factors == factor
            if low == high:
                changed = self._coarse(pixels, factor)
            elif chosen.is_cuda:  # all are changed and the right ones kept: the host need not wait
                coarse = self._coarse(pixels, factor)
                changed = torch.where(chosen[:, None, None, None], coarse, changed)
            else:
                rows = chosen.nonzero()[:, 0]
                if len(rows):
                    changed[rows] = self._coarse(pixels[rows], factor)
        return changed.clamp_(0.0, 1.0)

    def _coarse(self, pixels: Tensor, factor: int) -> Tensor:
        """Both dimensions of all images, one after the other."""
        enlarge = _bilinear if self.interpolation == "bilinear" else _nearest
        small = _means(_means(pixels, 2, factor), 3, factor)
        for dim in (2, 3):
            size = pixels.shape[dim]
            small = enlarge(small, dim, factor).narrow(dim, 0, size)
        return small


def _means(pixels: Tensor, dim: int, factor: int) -> Tensor:
    """The mean of each ``factor`` pixels along a dimension."""
    size = pixels.shape[dim]
    parts = repeated(pixels, dim, 0, -size % factor).unflatten(dim, (-1, factor))
    total = parts.select(dim + 1, 0) + parts.select(dim + 1, 1)
    for place in range(2, factor):
        total.add_(parts.select(dim + 1, place))
    return total.mul_(1.0 / factor)


def _nearest(pixels: Tensor, dim: int, factor: int) -> Tensor:
    return pixels.repeat_interleave(factor, dim)


def _bilinear(pixels: Tensor, dim: int, factor: int) -> Tensor:
    """Between the middles of the small pixels; beyond the outermost ones their value is kept."""
    import torch

    size = pixels.shape[dim]
    wide = repeated(pixels, dim, 1, 1)
    places = []
    for place in range(factor):
        share = (place + 0.5) / factor + 0.5  # from the middle of the pixel before
        start = int(share)
        low, high = wide.narrow(dim, start, size), wide.narrow(dim, start + 1, size)
        places.append((low * (1.0 - (share - start))).add_(high * (share - start)))
    return torch.stack(places, dim + 1).flatten(dim, dim + 1)
