"""Elastic: every part of the image moves a little, neighbours together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.base import TRANSFORMS, Displacing

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Elastic"]

_SMOOTHEST = 0.04
_POINTS = math.floor(1 / (math.sqrt(3) * _SMOOTHEST)) + 4
"""The most control points along an axis: one more than whole distances on either side and in all
four that a cubic takes."""

_PER_UNIT = math.sqrt(3) * 315 / 151
"""What control values in -1..1 are multiplied by for a field of root mean square 1: an even draw
has 1 / sqrt(3), and 151 / 315 is the integral of the cubic B-spline's square, once an axis."""

_FOLDS = 0.23
"""Strength over smoothness below which no field folds over itself, however the draws fall: control
values below 0.488 of their distance are injective (Choi & Lee 2000, "Injectivity conditions of 2D
and 3D uniform cubic B-spline functions")."""


@TRANSFORMS.register
class Elastic(Displacing):
    """Bend images like rubber: a smooth random field says where each pixel is read.

    The elastic distortion of Simard et al. 2003, "Best practices for convolutional neural
    networks", and torchvision's ``ElasticTransform``: uniform random numbers, smoothed. Smoothing
    with a Gaussian over the whole image is replaced by a cubic B-spline on control points at a
    distance of sqrt(3) times the smoothness, a kernel of the same variance (Rueckert et al. 1999,
    "Nonrigid registration using free-form deformations").

    Strength is the root mean square of the field along each axis. In Simard's terms it is
    ``alpha * 0.163 / sigma`` pixels, smoothness is ``sigma`` pixels; torchvision's alpha counts
    half: its 50 and 5 at 224 px are a strength of 0.0036 and a smoothness of 0.022.
    """

    kind = "elastic"
    title = "Elastic"
    summary = "Imitates the variety of living and soft things: tissue, cells, handwriting."
    danger = "Destroys fine shape where strong; wrong for rigid things: tools, buildings, print."
    icon = "wavy-square"
    draws = 2 * _POINTS * _POINTS

    strength: float = param(
        0.02,
        ge=0,
        le=0.2,
        search=(0, 0.05),
        help="How far pixels typically move, as a fraction of the image's width or height.",
    )
    smoothness: float = param(
        0.1,
        ge=_SMOOTHEST,
        le=0.5,
        search=(0.05, 0.2),
        help="Over what distance movements change, as a fraction of the image's width or height; "
        "strength below a fifth of it never folds the picture.",
    )

    def questions(self) -> tuple[str, ...]:
        """Where the field may fold, fine shape is lost."""
        return ("detail",) if self.strength > _FOLDS * self.smoothness else ()

    def displacement(self, draws: Tensor, height: int, width: int) -> Tensor:
        """The field at pixel centres. Draws: the control points' moves to the right, row by row,
        then those down; another smoothness uses more or fewer of the same."""
        field = (draws * 2.0 - 1.0).float().view(-1, 2, _POINTS, _POINTS)
        field = _spline(_spline(field, 2, height, self.smoothness), 3, width, self.smoothness)
        for axis, size in enumerate((width, height)):
            field[:, axis] *= size * self.strength * _PER_UNIT
        return field


def _spline(field: Tensor, dim: int, size: int, smoothness: float) -> Tensor:
    """The uniform cubic B-spline of control values along ``dim``, at ``size`` pixel centres."""
    import torch

    places = torch.arange(size, dtype=torch.float64, device=field.device) + 0.5
    places = places * (1.0 / (size * math.sqrt(3) * smoothness))
    first = places.floor()
    weights = _cubic(places - first)
    total: Tensor | None = None
    for tap, weight in enumerate(weights):
        part = field.index_select(dim, first.long() + tap)
        part = part * weight.float().view(-1, *[1] * (3 - dim))
        total = part if total is None else total.add_(part)
    assert total is not None
    return total


def _cubic(t: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The cubic B-spline's weights of four control points, ``t`` in [0, 1) after the second."""
    back, square = 1.0 - t, t * t
    cube = square * t
    return (
        back * back * back / 6.0,
        (3.0 * cube - 6.0 * square + 4.0) / 6.0,
        (3.0 * (square - cube + t) + 1.0) / 6.0,
        cube / 6.0,
    )
