"""What hidden parts of an image are filled with; shared by the cards that hide some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from engine.randomness import pixel_bits
from engine.transforms.arithmetic import channel_means, per_image

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["FILL_HELP", "Filling", "hide"]

Filling = Literal["constant", "mean", "noise"]
FILL_HELP = (
    "What hidden parts show: constant: one grey; mean: the image's own mean colour, the least "
    "conspicuous; noise: a random colour for every pixel."
)


def hide(pixels: Tensor, hidden: Tensor, fill: Filling, value: float, keys: Tensor) -> Tensor:
    """The images with pixels replaced where ``hidden`` (bool ``[B, 1, H, W]``); writes into them.

    ``value`` is the grey of a constant fill; ``keys`` (int64 ``[B]``) are those of
    ``Pixels.apply``, for noise: even over 0..1, in each channel by itself.
    """
    import torch

    if fill == "constant":
        return pixels.masked_fill_(hidden, value)
    if fill == "mean":
        filling = per_image(channel_means(pixels))
    else:
        bits = pixel_bits(keys, pixels.shape[1:].numel()).view(pixels.shape)
        filling = bits.bitwise_and_(0xFFFFFF).float().mul_(1.0 / 0xFFFFFF)
    return torch.where(hidden, filling, pixels)
