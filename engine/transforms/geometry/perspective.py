"""Perspective: the plane of the image seen from another place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.base import TRANSFORMS, Geometric
from engine.transforms.geometry.ranges import RESIZED
from engine.transforms.maps import PlaneMap

if TYPE_CHECKING:
    from engine.transforms.maps import Numbers

__all__ = ["Perspective"]

_CORNERS = ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0))


@TRANSFORMS.register
class Perspective(Geometric):
    """Move each corner of the image inwards by its own distance, and the picture with them.

    torchvision's ``RandomPerspective``: a corner moves by up to ``distortion_scale / 2`` of the
    width and of the height, drawn evenly (not rounded to whole pixels), and the picture follows by
    the projective map of the four corners (Heckbert 1989, "Fundamentals of texture mapping and
    image warping", section 2.2.3). What would lie behind the horizon of a strong one is read far
    outside the image, and so filled; torchvision shows the picture again there, upside down.
    """

    kind = "perspective"
    title = "Perspective"
    summary = "Imitates flat things photographed from other angles: pages, plates, facades."
    danger = "Changes angles and proportions; wrong for microscopes and scanners, which look down."
    icon = "trapezoid"
    draws = 8

    distortion_scale: float = param(
        0.3,
        ge=0,
        le=0.6,
        search=(0, 0.5),
        label="Distortion",
        help="How far corners move inwards: 0.3 is up to 15 % of the width and of the height. "
        "Beyond 0.6 the picture could fold over.",
    )

    def questions(self) -> tuple[str, ...]:
        """On average the picture shrinks by half the distortion."""
        return ("size",) if 1 - self.distortion_scale / 2 < RESIZED[0] else ()

    def source_map(self, draws: Numbers, height: int, width: int) -> PlaneMap:
        """From the moved corners back to the image's; draws are right and down, or left and up,
        of the corners in the order of ``_CORNERS``."""
        inwards = draws * self.distortion_scale
        corners = [
            (
                (1.0 - inwards[:, 2 * place]) * (side * width / 2),
                (1.0 - inwards[:, 2 * place + 1]) * (level * height / 2),
            )
            for place, (side, level) in enumerate(_CORNERS)
        ]
        return _back(corners, height, width)


def _back(corners: list[tuple[Numbers, Numbers]], height: int, width: int) -> PlaneMap:
    """The map from the corners' quadrilateral to the image: the adjugate of Heckbert's map from
    the unit square to the quadrilateral, then scaled to the image and to 1 at its centre."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    ax, ay, bx, by = x1 - x2, y1 - y2, x3 - x2, y3 - y2
    cx, cy = (x0 - x1) + (x2 - x3), (y0 - y1) + (y2 - y3)
    area = ax * by - ay * bx
    g, h = (cx * by - cy * bx) / area, (ax * cy - ay * cx) / area
    a, b = (x1 - x0) + g * x1, (x3 - x0) + h * x3
    d, e = (y1 - y0) + g * y1, (y3 - y0) + h * y3
    u = (e - y0 * h, x0 * h - b, b * y0 - x0 * e)
    v = (y0 * g - d, a - x0 * g, x0 * d - a * y0)
    w = (d * h - e * g, b * g - a * h, a * e - b * d)
    x, y = (
        [(part - 0.5 * whole) * size / w[2] for part, whole in zip(row, w, strict=True)]
        for row, size in ((u, width), (v, height))
    )
    return PlaneMap(((x[0], x[1], x[2]), (y[0], y[1], y[2]), (w[0] / w[2], w[1] / w[2], 1.0)))
