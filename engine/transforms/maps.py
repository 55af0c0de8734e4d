"""Small per-sample arithmetic of transforms, the same bits for a sample in any batch.

Only additions and multiplications of whole tensors are used: IEEE rounds those one way only.
Library sines, matrix products and fused operations may round differently in a vector's tail, in
another batch size or on another device.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["affine_map", "compose", "signs", "sine_cosine", "spread"]

_SINE = tuple((-1) ** k / math.factorial(2 * k + 1) for k in reversed(range(8)))
_COSINE = tuple((-1) ** k / math.factorial(2 * k) for k in reversed(range(8)))


def spread(draws: Tensor, amount: float) -> Tensor:
    """Draws in [0, 1) spread evenly over [-amount, amount)."""
    return (draws * 2.0 - 1.0) * amount


def signs(draws: Tensor, on: bool) -> Tensor:
    """-1.0 for draws below one half where ``on``, else 1.0."""
    return 1.0 - 2.0 * (draws < 0.5).to(draws.dtype) * float(on)


def sine_cosine(degrees: Tensor) -> tuple[Tensor, Tensor]:
    """Sine and cosine of float64 angles within ±180°, error below 1e-12, exact at 0°.

    Taylor's series of a quarter of the angle, then the double-angle formulas twice.
    """
    quarter = degrees * (math.pi / 720.0)
    square = quarter * quarter
    sine = _polynomial(square, _SINE) * quarter
    cosine = _polynomial(square, _COSINE)
    for _ in range(2):
        sine, cosine = 2.0 * sine * cosine, 1.0 - 2.0 * sine * sine
    return sine, cosine


def _polynomial(x: Tensor, coefficients: tuple[float, ...]) -> Tensor:
    value = x * coefficients[0] + coefficients[1]
    for coefficient in coefficients[2:]:
        value = value * x + coefficient
    return value


def affine_map(
    xx: Tensor | float,
    xy: Tensor | float,
    x: Tensor | float,
    yx: Tensor | float,
    yy: Tensor | float,
    y: Tensor | float,
) -> Tensor:
    """Float64 matrices ``[B, 3, 3]`` with rows (xx, xy, x), (yx, yy, y), (0, 0, 1).

    Each entry is a float64 tensor ``[B]`` or one number for all; at least one is a tensor.
    """
    entries = (xx, xy, x, yx, yy, y)
    like = next(entry for entry in entries if not isinstance(entry, (int, float)))
    result = like.new_zeros(len(like), 9)
    for place, entry in enumerate((*entries, 0.0, 0.0, 1.0)):
        if not isinstance(entry, (int, float)) or entry != 0.0:
            result[:, place] = entry
    return result.view(-1, 3, 3)


def compose(first: Tensor, then: Tensor) -> Tensor:
    """The matrix products ``first[b] @ then[b]`` of two float64 ``[B, 3, 3]``."""
    return (
        first[:, :, 0:1] * then[:, 0:1, :]
        + first[:, :, 1:2] * then[:, 1:2, :]
        + first[:, :, 2:3] * then[:, 2:3, :]
    )
