"""Logarithms, powers and numbers for pixels: the same bits for a sample in any batch.

A library's ``exp`` and ``pow`` may round the last elements of a tensor, which do not fill a vector,
differently from the rest; so the same pixel would change with its place in the batch. Here only
whole-tensor additions, multiplications and divisions are used, which IEEE 754 rounds in one way,
and the exponent is read from, and written into, the bits of the numbers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["at_least", "channel_means", "exp2", "log2", "per_channel", "per_image", "power"]

_MANTISSA = 0x007FFFFF
_ROOT_HALF = 0x3F3504F3  # the bits of sqrt(1/2) as float32
_LOG2 = tuple(2.0 / (math.log(2.0) * (2 * k + 1)) for k in reversed(range(5)))
_EXP2 = tuple(math.log(2.0) ** k / math.factorial(k) for k in reversed(range(8)))


def log2(values: Tensor) -> Tensor:
    """The binary logarithm of positive, normal float32 ``values``.

    The number is split into 2^e times m with m within a factor of sqrt(2) of 1; then the series
    ``log m = 2 artanh((m - 1) / (m + 1))``. The error is below 2e-7 plus the rounding of the
    result; powers of two are exact.
    """
    import torch

    bits = values.contiguous().view(torch.int32) - _ROOT_HALF
    exponent = bits >> 23
    bits &= _MANTISSA
    bits += _ROOT_HALF
    mantissa = bits.view(torch.float32)
    ratio = (mantissa - 1.0).div_(mantissa.add_(1.0))
    square = ratio * ratio
    series = square * _LOG2[0]
    for coefficient in _LOG2[1:-1]:
        series.add_(coefficient).mul_(square)
    return series.add_(_LOG2[-1]).mul_(ratio).add_(exponent.float())


def exp2(values: Tensor) -> Tensor:
    """Two to the power of float32 ``values``; relative error below 3e-7.

    Values are held within -126..127, where results are normal numbers. Whole numbers are exact.
    """
    import torch

    values = values.clamp(-126.0, 127.0)
    whole = values.round()
    rest = values.sub_(whole)
    series = rest * _EXP2[0]
    for coefficient in _EXP2[1:-1]:
        series.add_(coefficient).mul_(rest)
    scale = whole.to(torch.int32).add_(127).bitwise_left_shift_(23).view(torch.float32)
    return series.add_(_EXP2[-1]).mul_(scale)


def power(values: Tensor, exponents: Tensor) -> Tensor:
    """Float32 ``values`` in 0..1 raised to positive ``exponents`` (float32, broadcast).

    Absolute error below 1e-6. Zero (and what is no normal number) gives zero; 1 stays 1.
    """
    import torch

    smallest = torch.finfo(torch.float32).tiny
    raised = exp2(log2(values.clamp(min=smallest)).mul_(exponents))
    return raised.mul_(at_least(values, smallest))


def at_least(values: Tensor, bound: Tensor | float) -> Tensor:
    """1.0 where ``values`` reach ``bound`` (broadcast), else 0.0, as float32.

    Products with it choose between pixels; measured, ``torch.where`` takes twenty times as long on
    the CPU.
    """
    import torch

    return torch.ge(values, bound, out=torch.empty_like(values))


def channel_means(images: Tensor) -> Tensor:
    """Float64 ``[B, C]``: each channel's mean, summed in an order that only its size decides.

    A library's sum of a whole image splits the work by batch size and threads, and so rounds
    differently. On the CPU torch sums each row by itself, and then each column of those sums; on a
    GPU one half is added to the other until one number is left (pairwise summation).
    """
    count = images.shape[2:].numel()
    if not images.is_cuda:
        return images.sum(3).sum(2).double() * (1.0 / count)
    rest = images.flatten(2)
    while (size := rest.shape[2]) > 1:
        half = size // 2
        folded = rest[:, :, :half] + rest[:, :, half : 2 * half]
        if size % 2:
            folded[:, :, 0] += rest[:, :, -1]
        rest = folded
    return rest[:, :, 0].double() * (1.0 / count)


def per_image(numbers: Tensor) -> Tensor:
    """Float64 ``[B]`` or ``[B, C]`` as float32 ``[B, 1 or C, 1, 1]``, to meet ``[B, C, H, W]``."""
    numbers = numbers if numbers.ndim == 2 else numbers[:, None]
    return numbers.float()[:, :, None, None]


def per_channel(keys: Tensor, channels: int) -> Tensor:
    """Float64 ``[B, channels]``: a number in [0, 1) for each channel of each sample.

    ``keys`` (int64 ``[B]``) are those of ``Pixels.apply``; use it where the number of draws depends
    on the number of channels.
    """
    from engine.randomness import pixel_bits

    return (pixel_bits(keys, channels) & 0xFFFFFF).double() * 2.0**-24
