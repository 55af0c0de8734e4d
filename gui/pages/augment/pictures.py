"""Float images as the network gets them, turned into images for the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["to_images"]


def to_images(pixels: NDArray[np.float32]) -> tuple[QImage, ...]:
    """One image for each of float32 ``[n, C, H, W]`` in 0..1, as bytes blue, green, red, 255.

    Grey has three equal channels; of any other number of channels the first three are shown, or
    the first alone. Runs on a worker, with torch: it changes types several times faster than numpy,
    and image by image the pixels stay in the processor's cache.
    """
    import torch

    count, channels, height, width = pixels.shape
    shown = (0, 1, 2) if channels >= 3 else (0, 0, 0)
    made = torch.empty((count, height, width, 4), dtype=torch.uint8)
    made[..., 3] = 255
    source = torch.from_numpy(pixels)
    for image, out in zip(source, made, strict=True):
        levels = image.clamp(0.0, 1.0).mul_(255.0).add_(0.5).to(torch.uint8)
        for place, channel in zip((2, 1, 0), shown, strict=True):
            out[..., place] = levels[channel]
    data = made.numpy()
    kind = QImage.Format.Format_RGB32
    return tuple(QImage(one.data, width, height, 4 * width, kind).copy() for one in data)
