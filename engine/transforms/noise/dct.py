"""The discrete cosine transform of blocks of 8x8, by additions and multiplications only.

The flow graph is that of Arai, Agui & Nakajima 1988, "A fast DCT-SQ scheme for images", as the
Independent JPEG Group's floating-point code has it: 29 additions and 5 multiplications for eight
numbers. Its results are the coefficients times a known scale, :data:`SCALES`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    Line = Sequence[Tensor]

__all__ = ["SCALES", "forward", "inverse"]


def _turn(number: int) -> float:
    return math.cos(number * math.pi / 16)


SCALES = tuple(1.0 if k == 0 else math.sqrt(2) * _turn(k) for k in range(8))
"""``forward`` gives coefficient (v, u) of JPEG times ``8 * SCALES[v] * SCALES[u]``; ``inverse``
expects it times ``SCALES[v] * SCALES[u] / 8``."""

_ROOT = math.sqrt(0.5)


def forward(blocks: Tensor) -> Tensor:
    """The scaled coefficients ``[8 rows, 8 columns, ...]`` of pixels ``[8 rows, 8 columns, ...]``.

    Whole tensors are added, so the same block has the same bits anywhere in a batch.
    """
    return _both(blocks, _forward)


def inverse(coefficients: Tensor) -> Tensor:
    """The pixels of scaled coefficients."""
    return _both(coefficients, _inverse)


def _both(blocks: Tensor, change: Callable[[Line], Line]) -> Tensor:
    import torch

    for dim in (0, 1):
        blocks = torch.stack(list(change(blocks.unbind(dim))), dim)
    return blocks


def _forward(x: Line) -> Line:
    sums = [x[k] + x[7 - k] for k in range(4)]
    differences = [x[k] - x[7 - k] for k in range(4)]
    outer, inner = sums[0] + sums[3], sums[1] + sums[2]
    tilt = sums[0] - sums[3]
    bend = (sums[1] - sums[2]).add_(tilt).mul_(_ROOT)
    odd = _forward_odd(*differences)
    even = (outer + inner, tilt + bend, outer - inner, tilt - bend)
    return [part for pair in zip(even, odd, strict=True) for part in pair]


def _forward_odd(d0: Tensor, d1: Tensor, d2: Tensor, d3: Tensor) -> Line:
    first, middle, last = d3 + d2, (d2 + d1).mul_(_ROOT), d1 + d0
    shared = (first - last) * _turn(6)
    low = first.mul_(_turn(2) - _turn(6)).add_(shared)
    high = last.mul_(_turn(2) + _turn(6)).add_(shared)
    plus, minus = d0 + middle, d0 - middle
    return plus + high, minus - low, minus + low, plus - high


def _inverse(c: Line) -> Line:
    outer, inner = c[0] + c[4], c[0] - c[4]
    level = c[2] + c[6]
    bend = (c[2] - c[6]).mul_(2 * _ROOT).sub_(level)
    even = (outer + level, inner + bend, inner - bend, outer - level)
    odd = _inverse_odd(c[1], c[3], c[5], c[7])
    upper = [a + b for a, b in zip(even, odd, strict=True)]
    lower = [a - b for a, b in zip(even, odd, strict=True)]
    return [*upper, *reversed(lower)]


def _inverse_odd(c1: Tensor, c3: Tensor, c5: Tensor, c7: Tensor) -> Line:
    plus, minus = c5 + c3, c5 - c3
    near, far = c1 + c7, c1 - c7
    first = near + plus
    middle = (near - plus).mul_(2 * _ROOT)
    shared = (minus + far) * (2 * _turn(2))
    second = (shared - minus * (2 * (_turn(2) + _turn(6)))).sub_(first)
    third = middle.sub_(second)
    fourth = (shared - far * (2 * (_turn(2) - _turn(6)))).sub_(third)
    return first, second, third, fourth
