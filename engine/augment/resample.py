"""One resampling of a batch through one map a sample, with four ways to fill what lies outside.

Coordinates are computed by additions, multiplications and divisions of whole tensors, and torch's
``grid_sample`` reads each sample by itself: a sample's bits do not depend on its batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from engine.augment.draws import Drawn
from engine.augment.pipeline import PipelineSettings
from engine.transforms.base import Displacing
from engine.transforms.maps import PlaneMap, floor, tensor

if TYPE_CHECKING:
    from engine.transforms.maps import Numbers

__all__ = ["Warp"]

_PADDING = {"constant": "zeros", "nearest": "border", "reflect": "reflection", "wrap": "border"}
_REACH = {"nearest": 1, "bilinear": 1, "bicubic": 2}  # how far around a place pixels are read
_HORIZON = 2.0**-10  # what lies behind the horizon of a projective map is read far outside instead


@dataclass(frozen=True, eq=False)
class Warp:
    """Where every sample of a batch reads its pixels: at ``maps`` of the displaced output pixels.

    Attributes:
        maps: float32 ``[B, 3, 3]`` from output to source pixels, the origin in the image's centre.
        grids: the same to the places that ``grid_sample`` reads, -1 to 1 from edge to edge.
        settings: fill and interpolation.
        offset: the value of the constant fill, in the images' own units.
        limit: the largest value of the images, in their own units.
        affine: whether no map is projective: the last rows are (0, 0, 1).
        flips: whether no map does more than reverse axes.
        reorders: whether no map does more than swap and reverse the axes of square images.
        exact: bool ``[B]``: the samples whose map leads from pixel centres to pixel centres: whole
            pixels are moved, and none is blended.
        displaced: what moves every pixel by its own distance, before the maps.

    Fill ``reflect`` mirrors about the outer edge of the border pixels (``dcba|abcd|dcba``): Keras'
    and scipy's "reflect", numpy's "symmetric". ``nearest`` repeats the border pixels, ``wrap``
    repeats the image and blends across the seam, ``constant`` blends into the value within one
    pixel of the image's border (bicubic: two).

    Bicubic is the convolution of Keys 1981, "Cubic convolution interpolation for digital image
    processing", with a = -0.75 as in torch and OpenCV. It overshoots at sharp edges: its results
    are clamped to the images' range.
    """

    maps: Tensor
    grids: Tensor
    settings: PipelineSettings
    offset: float
    limit: float
    affine: bool
    flips: bool
    reorders: bool
    exact: Tensor
    displaced: tuple[Drawn, ...] = ()

    @classmethod
    def of(
        cls,
        settings: PipelineSettings,
        plane: PlaneMap,
        displaced: Sequence[Drawn],
        mirrors: bool,
        images: Tensor,
        like: Numbers,
        scale: float,
    ) -> Warp:
        """The warp of a batch ``[B, C, H, W]`` through ``plane``, after the ``displaced``.

        ``mirrors`` is whether all cards only reverse or swap axes of square images; ``like`` any
        float64 array ``[B]``; ``scale`` is what brings the images' values to 0..1 afterwards.
        """
        height, width = images.shape[2:]
        places = plane.stacked(like)
        maps, exact = tensor(places).float(), tensor(_lead_to_centres(places, height, width))
        for item in displaced:
            exact = torch.zeros_like(exact) if item.chosen is None else exact & ~item.chosen
        offset = settings.fill_value / scale if settings.fill == "constant" else 0.0
        mirrors = mirrors and not displaced
        return cls(
            maps,
            maps * _edges(height, width, images.device),
            settings,
            offset,
            limit=1.0 / scale,
            affine=plane.affine,
            flips=mirrors and plane.upright,
            reorders=mirrors and height == width,
            exact=exact,
            displaced=tuple(displaced),
        )

    def apply(self, images: Tensor, part: slice) -> Tensor:
        """The samples ``part`` of the batch: ``images`` are theirs, float32 ``[b, C, H, W]``.

        Exact samples have their pixels moved; the others are interpolated.
        """
        if self.flips or self.reorders:
            return _reorder(images, self.maps[part], turns=not self.flips)
        exact, how = self.exact[part], self.settings.interpolation
        if how == "nearest":
            return self._read(images, part, how)
        if images.is_cuda:  # makes both and chooses there: the host need not wait for an answer
            moved = self._read(images, part, "nearest")
            return torch.where(exact[:, None, None, None], moved, self._read(images, part, how))
        if not exact.any():
            return self._read(images, part, how)
        result, first = torch.empty_like(images), part.start or 0
        for places, way in ((exact.nonzero()[:, 0], "nearest"), ((~exact).nonzero()[:, 0], how)):
            if len(places):
                result[places] = self._read(images[places], places + first, way)
        return result

    def _read(self, images: Tensor, which: slice | Tensor, how: str) -> Tensor:
        """The images of the samples ``which`` of the batch, read in one of three ways.

        “nearest” finds the very pixel where maps are exact: rounding errors of places are far
        below half a pixel.
        """
        fill, offset, padding = self.settings.fill, self.offset, _PADDING[self.settings.fill]
        grid = self._grid(which, images.shape[2], images.shape[3])
        outside = None
        if offset and how == "nearest":  # the fill is written, for sums would round pixels
            outside, offset, padding = (grid.abs() > 1.0).any(1, keepdim=True), 0.0, "border"
        if fill == "wrap":
            images, grid = _wrapped(images, grid, _REACH[how])
        result = functional.grid_sample(
            images - offset if offset else images,
            grid.permute(0, 2, 3, 1),
            mode=how,
            padding_mode=padding,
            align_corners=False,
        )
        result = result.add_(offset) if offset else result
        result = result if outside is None else result.masked_fill_(outside, self.offset)
        return result.clamp_(0.0, self.limit) if how == "bicubic" else result

    def _grid(self, which: slice | Tensor, height: int, width: int) -> Tensor:
        """Source places ``[b, 2, H, W]``, x then y; -1 and 1 are the outer edges of the image."""
        device = self.grids.device
        across, down = _centred(width, device), _centred(height, device)[:, None]
        if self.displaced:
            moves = self._moves(which, height, width)
            across, down = across + moves[:, :1], down + moves[:, 1:]
        rows = self.grids[which, : 2 if self.affine else 3, :, None, None]
        by_x, by_y, moved = rows.unbind(2)
        places = (by_x * across + moved).add(by_y * down)
        return places if self.affine else places[:, :2] / places[:, 2:].clamp_(min=_HORIZON)

    def _moves(self, which: slice | Tensor, height: int, width: int) -> Tensor:
        """The sum of all displacements, float32 ``[b, 2, H, W]`` in pixels."""
        total: Tensor | None = None
        for item in self.displaced:
            assert isinstance(item.transform, Displacing)
            own = item.transform.displacement(item.draws[which], height, width)
            if item.chosen is not None:
                own = torch.where(item.chosen[which][:, None, None, None], own, 0.0)
            total = own if total is None else total + own
        assert total is not None
        return total


def _lead_to_centres(maps: Numbers, height: int, width: int) -> Numbers:
    """Bool ``[B]``: whether the float64 maps lead from all pixel centres to pixel centres.

    That is so where they only reverse or swap axes, and the first pixel comes from a pixel.
    """
    xx, xy, yx, yy = (abs(maps[:, row, column]) for row in (0, 1) for column in (0, 1))
    straight = (xx == 1) & (xy == 0) & (yx == 0) & (yy == 1)
    swapped = (xx == 0) & (xy == 1) & (yx == 1) & (yy == 0)
    exact = (straight | swapped) & (maps[:, 2, :2] == 0).all(1) & (maps[:, 2, 2] == 1)
    x, y = (width - 1) / 2, (height - 1) / 2
    for row, half in ((maps[:, 0], x), (maps[:, 1], y)):
        first = row[:, 2] - row[:, 0] * x - row[:, 1] * y + half
        exact = exact & (first == floor(first))
    return exact


def _reorder(images: Tensor, maps: Tensor, turns: bool) -> Tensor:
    """Images whose axes are swapped (where there are ``turns``; they are square) and reversed."""
    if turns:
        swapped = (maps[:, 0, 1] != 0)[:, None, None, None]
        images = torch.where(swapped, images.transpose(2, 3), images)
    across = (maps[:, 0, 0] + maps[:, 1, 0] < 0)[:, None, None, None]
    down = (maps[:, 0, 1] + maps[:, 1, 1] < 0)[:, None, None, None]
    images = torch.where(across, images.flip(3), images)
    return torch.where(down, images.flip(2), images)


@lru_cache(maxsize=64)
def _edges(height: int, width: int, device: torch.device) -> Tensor:
    """What brings maps to pixels, row by row, to maps to -1..1 from edge to edge; kept."""
    return torch.tensor([[2.0 / width], [2.0 / height], [1.0]], device=device)


@lru_cache(maxsize=64)
def _centred(size: int, device: torch.device) -> Tensor:
    """Places of pixel centres along an axis, the origin in the image's centre; kept."""
    return torch.arange(size, dtype=torch.float32, device=device) - (size - 1) / 2


def _wrapped(images: Tensor, grid: Tensor, reach: int) -> tuple[Tensor, Tensor]:
    """Places brought back into the image, which gets its other side's pixels around it."""
    grid = grid - torch.floor((grid + 1.0) * 0.5) * 2.0
    for dim, axis in ((3, 0), (2, 1)):
        size = images.shape[dim]
        around = torch.arange(-reach, size + reach, device=images.device) % size
        images = images.index_select(dim, around)
        grid[:, axis] *= size / (size + 2 * reach)
    return images, grid
