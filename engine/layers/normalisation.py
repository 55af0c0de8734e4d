"""Normalisations: keep the values between layers at a steady scale, so that training is quick.

Their statistics may look at the whole image; the receptive field counts them as pointwise, as is
usual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from engine.layers.base import LAYERS, Category, Layer, Misfit, Shape
from engine.layers.windows import need_image
from engine.spec import param

if TYPE_CHECKING:
    from torch import nn

__all__ = ["BatchNorm", "GroupNorm", "LayerNorm"]

_EPS = "A small number that avoids a division by zero."


class _Normalisation(Layer):
    category: ClassVar[Category] = "Normalisation"
    overwritable: ClassVar[bool] = True

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        return 2 * inputs[0][0]


@LAYERS.register
class BatchNorm(_Normalisation):
    """Every channel to mean 0 and variance 1 over the batch (Ioffe and Szegedy, 2015).

    ``zero_start`` is the initialisation that Goyal et al. ("Accurate, large minibatch SGD", 2017,
    section 5.1) give the last normalisation of a residual branch: the block starts as its shortcut.
    """

    kind = "batch_norm"
    title = "Batch normalisation"
    summary = "The usual companion of a convolution: faster and steadier training, batches from 8."

    momentum: float = param(
        0.1,
        gt=0,
        le=1,
        advanced=True,
        search=(0.01, 0.3),
        help="Share of each new batch in the averages that are used after training.",
    )
    eps: float = param(1e-5, gt=0, le=0.1, scale="log", label="Epsilon", advanced=True, help=_EPS)
    zero_start: bool = param(
        False,
        advanced=True,
        help="Start with an output of zero: for the last normalisation of a residual branch.",
    )

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        image = len(inputs[0]) == 3
        cls = nn.BatchNorm2d if image else nn.BatchNorm1d
        module = cls(inputs[0][0], eps=self.eps, momentum=self.momentum)
        if self.zero_start:
            nn.init.zeros_(module.weight)
        return module


@LAYERS.register
class LayerNorm(_Normalisation):
    """Every pixel to mean 0 and variance 1 over its channels (Ba, Kiros and Hinton, 2016).

    For images this is the form of ConvNeXt (Liu et al., 2022): each pixel by itself.
    """

    kind = "layer_norm"
    title = "Layer normalisation"
    summary = "Normalises each pixel over its channels; works with any batch size."

    eps: float = param(1e-6, gt=0, le=0.1, scale="log", label="Epsilon", advanced=True, help=_EPS)

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        from engine.layers.modules.norm import ChannelNorm

        image = len(inputs[0]) == 3
        return (ChannelNorm if image else nn.LayerNorm)(inputs[0][0], eps=self.eps)


@LAYERS.register
class GroupNorm(_Normalisation):
    """Groups of channels to mean 0 and variance 1 over each image (Wu and He, 2018)."""

    kind = "group_norm"
    title = "Group normalisation"
    summary = "Instead of batch normalisation when memory allows only a few images in a batch."

    groups: int = param(
        8,
        ge=1,
        le=65_536,
        scale="log",
        search=(1, 32),
        help="How many groups the channels are split into. As many as channels: instance norm.",
    )
    eps: float = param(1e-5, gt=0, le=0.1, scale="log", label="Epsilon", advanced=True, help=_EPS)

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, _, _ = need_image(inputs, self.title)
        if channels % self.groups:
            raise Misfit(
                f"{{0}} gives {channels} channels, which do not split into {self.groups} groups. "
                "Choose a number of groups that divides them.",
                "groups",
            )
        return inputs[0]

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return nn.GroupNorm(self.groups, inputs[0][0], eps=self.eps)
