"""Float images as the network gets them, turned into images for the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from engine.augment.mixing import Room

__all__ = ["to_images"]

_AT_ONCE = 1 << 19
_OPAQUE = -(1 << 24)  # the highest byte 255
_SHIFTS = (1 << 16, 1 << 8, 1)  # of red, green and blue in one word


def to_images(pixels: NDArray[np.float32], room: Room, name: str) -> tuple[QImage, ...]:
    """One image for each of float32 ``[n, C, H, W]`` in 0..1, in memory ``name`` of ``room``.

    They are valid until that memory is used again. Grey has three equal channels; of any other
    number of channels the first three are shown, or the first alone. Runs on a worker, with torch:
    a few images at a time, which stay in the processor's cache, in few steps, for each hands over
    the interpreter's lock.
    """
    import torch

    source = torch.from_numpy(pixels)
    count, _, height, width = source.shape
    cpu = source.device
    screen = room.of(name, torch.Size((count, height, width)), cpu).view(torch.int32)
    most = max(1, _AT_ONCE // max(1, source[0].numel()))
    of_part = torch.Size((min(most, count), *source.shape[1:]))
    levels, words = (
        room.of("levels", of_part, cpu),
        room.of("words", of_part, cpu).view(torch.int32),
    )
    half = torch.tensor(0.5)
    for start in range(0, count, most):
        some = source[start : start + most]
        torch.add(half, some, alpha=255.0, out=levels[: len(some)])
        _pack(words[: len(some)].copy_(levels[: len(some)]), screen[start : start + most])
    kind = QImage.Format.Format_RGB32
    return tuple(QImage(one.data, width, height, 4 * width, kind) for one in screen.numpy())


def _pack(levels: Tensor, out: Tensor) -> None:
    """Int32 levels ``[n, C, H, W]`` as words of opaque red, green and blue ``[n, H, W]``."""
    if levels.shape[1] < 3:
        out.copy_(levels[:, 0]).mul_(sum(_SHIFTS))
    else:
        out.copy_(levels[:, 2])
        for channel, shift in zip((0, 1), _SHIFTS[:2], strict=True):
            out.add_(levels[:, channel], alpha=shift)
    out.add_(_OPAQUE)
