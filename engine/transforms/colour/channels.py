"""Channel shift and channel drop: cards that treat the channels of an image one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.arithmetic import per_channel, per_image
from engine.transforms.base import TRANSFORMS, ImageFacts, Misfit, Pixels
from engine.transforms.maps import spread

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ChannelDrop", "ChannelShift"]


@TRANSFORMS.register
class ChannelShift(Pixels):
    """Adds an offset, drawn evenly from -amount to +amount, to each channel or to all alike.

    With one offset for all channels it is the ``channel_shift_range`` of Keras (there in units of
    the pixel values, here as a fraction of the full range). Works for any number of channels.
    """

    kind = "channel_shift"
    title = "Channel shift"
    family = "colour"
    summary = "Imitates colour casts, background light and offsets between detectors."
    danger = "Hurts where absolute brightness or the balance of the channels is the class."
    icon = "sliders-vertical"

    amount: float = param(
        0.1,
        ge=0,
        le=1,
        search=(0, 0.3),
        help="The largest offset, drawn evenly to either side, as a fraction of the full range: "
        "0.1 is ±10 % of white.",
    )
    each_channel: bool = param(
        True,
        help="Draw an offset for each channel by itself, which changes colours; off, all channels "
        "get the same one, which only lightens or darkens (as Keras does).",
    )

    def questions(self) -> tuple[str, ...]:
        """Whether brightness, and with offsets of their own also colour, is the class."""
        if self.amount == 0:
            return ()
        return ("colour", "brightness") if self.each_channel else ("brightness",)

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """``value + offset``."""
        numbers = per_channel(keys, pixels.shape[1]) if self.each_channel else draws[:, :1]
        return pixels.add_(per_image(spread(numbers, self.amount))).clamp_(0.0, 1.0)


@TRANSFORMS.register
class ChannelDrop(Pixels):
    """Blanks channels, each equally likely, drawn anew for each image."""

    kind = "channel_drop"
    title = "Channel drop"
    family = "colour"
    summary = "Keeps the network from leaning on one channel: a stain, a colour, a detector."
    danger = "Removes the class where one channel alone tells it."
    icon = "layers-minus"
    usual_probability = 0.2

    channels: int = param(
        1, ge=1, le=63, search=(1, 2), help="How many channels of an image are blanked."
    )
    value: float = param(
        0.0,
        ge=0,
        le=1,
        advanced=True,
        help="What a blanked channel is filled with, from 0 (black) to 1 (white).",
    )

    def questions(self) -> tuple[str, ...]:
        """Whether colour is the class."""
        return ("colour",)

    def misfits(self, images: ImageFacts) -> Iterator[Misfit]:
        """Images with a single channel, or with no more than would be blanked."""
        yield from super().misfits(images)
        if images.channels == 1:
            yield Misfit(
                "",
                "Channel drop needs images with several channels; these are grey.",
                "Remove the card, or switch it off.",
            )
        elif images.channels <= self.channels:
            yield Misfit(
                "channels",
                f"Blanking {self.channels} channels leaves nothing of images with "
                f"{images.channels}.",
                f"Blank at most {images.channels - 1}.",
            )

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """The channels with the smallest numbers of their own are filled."""
        numbers = per_channel(keys, pixels.shape[1])
        place = numbers.argsort(dim=1, stable=True).argsort(dim=1)
        return pixels.masked_fill_((place < self.channels)[:, :, None, None], self.value)
