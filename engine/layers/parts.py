"""Some of the channels, or all of them in another order."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from engine.errors import FoveaError
from engine.layers.base import LAYERS, Category, Layer, Misfit, Shape
from engine.layers.code import Code, Make, make
from engine.layers.resize import need_multiple
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["ChannelShuffle", "ChannelSlice", "Split"]


class _Part(Layer):
    """Some of the channels, or of the features; in a sequence of each token."""

    category: ClassVar[Category] = "Reshape"

    def _range(self, width: int) -> tuple[int, int]:
        """The first channel and the one behind the last; raises Misfit."""
        raise NotImplementedError

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        shape = inputs[0]
        axis = 1 if len(shape) == 2 else 0
        first, last = self._range(shape[axis])
        return (*shape[:axis], last - first, *shape[axis + 1 :])

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        dim = 2 if len(inputs[0]) == 2 else 1
        return make("Slice", *self._range(inputs[0][dim - 1]), dim=(dim, 1))

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        dim = 2 if len(inputs[0]) == 2 else 1
        width = inputs[0][dim - 1]
        first, last = self._range(width)
        part = f"{first or ''}:{last if last < width else ''}"
        return Code(call=f"{{0}}[:, {':, ' if dim == 2 else ''}{part}]")


@LAYERS.register
class Split(_Part):
    """One of several equal parts of the channels; put one such layer for each part you need."""

    kind = "split"
    title = "Split"
    summary = "Takes one of several equal parts of the channels, for branches that share a layer."

    parts: int = param(2, ge=1, le=1024, search=(2, 4), help="Into how many parts they are split.")
    part: int = param(1, ge=1, le=1024, help="Which of the parts this is, counted from 1.")

    @override
    def validate_together(self) -> None:
        """Refuses a part that is not there."""
        if self.part > self.parts:
            raise FoveaError(
                "FV-H002",
                f"There is no part {self.part} of {self.parts}.",
                where="part",
                why="Parts are counted from 1.",
                fix=f"Choose a part from 1 to {self.parts}.",
            )

    def _range(self, width: int) -> tuple[int, int]:
        if width % self.parts:
            raise Misfit(
                f"{{0}} gives {width} channels, which do not split into {self.parts} equal parts.",
                "parts",
            )
        each = width // self.parts
        return (self.part - 1) * each, self.part * each


@LAYERS.register
class ChannelSlice(_Part):
    """A run of channels."""

    kind = "channel_slice"
    title = "Channel slice"
    summary = "Takes some of the channels, from a first one on; for parts of unequal size."

    first: int = param(0, ge=0, le=1_000_000, help="The first channel to take, counted from 0.")
    channels: int | None = param(
        None, ge=1, le=1_000_000, help="How many to take. Empty: all that follow."
    )

    def _range(self, width: int) -> tuple[int, int]:
        last = width if self.channels is None else self.first + self.channels
        if not self.first < last <= width:
            raise Misfit(
                f"{{0}} gives {width} channels: there is nothing from {self.first} to {last}.",
                "first" if self.first >= width else "channels",
            )
        return self.first, last


@LAYERS.register
class ChannelShuffle(Layer):
    """Channels of different groups next to each other (Zhang et al., "ShuffleNet", 2017)."""

    kind = "channel_shuffle"
    title = "Channel shuffle"
    category: ClassVar[Category] = "Reshape"
    summary = "Deals the channels out anew, so that grouped convolutions learn from each other."

    groups: int = param(
        2, ge=1, le=65_536, search=(2, 8), help="The groups of the convolution before it."
    )

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, _, _ = need_image(inputs, self.title)
        need_multiple(channels, self.groups, "channels", "groups")
        return inputs[0]

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("nn.ChannelShuffle", self.groups)
