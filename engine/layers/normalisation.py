"""Normalisations: keep the values between layers at a steady scale, so that training is quick.

Their statistics may look at the whole image; the receptive field counts them as pointwise, as is
usual.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from typing_extensions import override

from engine.layers.base import LAYERS, Category, Layer, Misfit, Shape, TooSmall, show
from engine.layers.code import Code, Make, make
from engine.layers.windows import need_image
from engine.spec import param

if TYPE_CHECKING:
    from torch import nn

__all__ = ["BatchNorm", "GroupNorm", "InstanceNorm", "LayerNorm", "LocalResponseNorm", "RmsNorm"]

_EPS = "A small number that avoids a division by zero."
_AFFINE = "Learn a scale and a shift for each channel behind it."


def _eps(default: float) -> Any:
    return param(default, gt=0, le=0.1, scale="log", label="Epsilon", advanced=True, help=_EPS)


class _Normalisation(Layer):
    category: ClassVar[Category] = "Normalisation"
    overwritable: ClassVar[bool] = True

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        return 2 * inputs[0][0] if self.values()["affine"] else 0


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
    eps: float = _eps(1e-5)
    zero_start: bool = param(
        False,
        advanced=True,
        help="Start with an output of zero: for the last normalisation of a residual branch.",
    )
    affine: bool = param(True, advanced=True, help=_AFFINE)

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs[0]) == 2:
            raise Misfit(
                f"{{0}} gives {show(inputs[0])}, but “{self.title}” needs an image or a list of "
                "features. Use layer normalisation for sequences."
            )
        return inputs[0]

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make(
            "nn.BatchNorm2d" if len(inputs[0]) == 3 else "nn.BatchNorm1d",
            inputs[0][0],
            eps=(self.eps, 1e-5),
            momentum=(self.momentum, 0.1),
            affine=(self.affine, True),
        )

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        module = super().build(inputs)
        if self.zero_start and self.affine:
            from torch import nn

            nn.init.zeros_(module.get_parameter("weight"))
        return module

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        plain = super().code(inputs)
        start = ("nn.init.zeros_({module}.weight)",) if self.zero_start and self.affine else ()
        return Code(plain.build, start=start)


@LAYERS.register
class LayerNorm(_Normalisation):
    """Every pixel to mean 0 and variance 1 over its channels (Ba, Kiros and Hinton, 2016).

    For images this is the form of ConvNeXt (Liu et al., 2022), each pixel by itself, unless
    ``over`` is ``"image"``; for sequences each token by itself.
    """

    kind = "layer_norm"
    title = "Layer normalisation"
    summary = "Normalises each pixel over its channels; works with any batch size."

    eps: float = _eps(1e-6)
    affine: bool = param(True, advanced=True, help="Learn a scale and a shift behind it.")
    bias: bool = param(True, advanced=True, help="Whether the learned shift is there.")
    over: Literal["channels", "image"] = param(
        "channels",
        advanced=True,
        help="What is brought to one scale: the channels of each pixel by itself, or everything in "
        "the image, which ties the layer to one image size.",
    )

    def _sizes(self, inputs: tuple[Shape, ...]) -> Shape:
        """What is normalised together."""
        return inputs[0] if self.over == "image" else _features(inputs[0])

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        return prod(self._sizes(inputs)) * (1 + self.bias) if self.affine else 0

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        sizes = self._sizes(inputs)
        by_pixel = len(inputs[0]) == 3 and self.over == "channels"
        return make(
            "ChannelNorm" if by_pixel else "nn.LayerNorm",
            sizes[0] if len(sizes) == 1 else list(sizes),
            eps=(self.eps, 1e-5),
            elementwise_affine=(self.affine, True),
            bias=(self.bias, True),
        )


def _features(shape: Shape) -> Shape:
    """The channels of an image, the features of a token or of a list."""
    return shape[:1] if len(shape) == 3 else shape[-1:]


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
    eps: float = _eps(1e-5)
    affine: bool = param(True, advanced=True, help=_AFFINE)

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, height, width = need_image(inputs, self.title)
        if channels % self.groups:
            raise Misfit(
                f"{{0}} gives {channels} channels, which do not split into {self.groups} groups. "
                "Choose a number of groups that divides them.",
                "groups",
            )
        if channels // self.groups * height * width == 1:
            raise _nothing_to_compare(inputs, "group")
        return inputs[0]

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make(
            "nn.GroupNorm",
            self.groups,
            inputs[0][0],
            eps=(self.eps, 1e-5),
            affine=(self.affine, True),
        )


def _nothing_to_compare(inputs: tuple[Shape, ...], part: str) -> TooSmall:
    return TooSmall(
        f"{{0}} gives {show(inputs[0])}: each {part} is a single value, and would always become 0."
    )


@LAYERS.register
class InstanceNorm(_Normalisation):
    """Each channel of each image to mean 0 and variance 1 (Ulyanov et al., 2016)."""

    kind = "instance_norm"
    title = "Instance normalisation"
    summary = "Takes brightness and contrast out of each image's channels: when stains vary."

    eps: float = _eps(1e-5)
    affine: bool = param(False, help=_AFFINE)

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        _, height, width = need_image(inputs, self.title)
        if height * width == 1:
            raise _nothing_to_compare(inputs, "channel")
        return inputs[0]

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make(
            "nn.InstanceNorm2d",
            inputs[0][0],
            eps=(self.eps, 1e-5),
            affine=(self.affine, False),
        )


@LAYERS.register
class RmsNorm(_Normalisation):
    """Every pixel or token to a root mean square of 1 (Zhang and Sennrich, 2019)."""

    kind = "rms_norm"
    title = "RMS normalisation"
    summary = "Layer normalisation without the mean: cheaper, and as good in many transformers."

    eps: float = _eps(1e-6)
    affine: bool = param(True, advanced=True, help="Learn a scale for each channel behind it.")

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        return _features(inputs[0])[0] if self.affine else 0

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make(
            "ChannelRMSNorm" if len(inputs[0]) == 3 else "nn.RMSNorm",
            _features(inputs[0])[0],
            eps=(self.eps, None),
            elementwise_affine=(self.affine, True),
        )


@LAYERS.register
class LocalResponseNorm(Layer):
    """Each value divided by what its neighbouring channels show (Krizhevsky et al., 2012)."""

    kind = "local_response_norm"
    title = "Local response norm"
    category: ClassVar[Category] = "Normalisation"
    summary = "Lets neighbouring channels compete; found in AlexNet and the first GoogLeNet."

    size: int = param(5, ge=1, le=255, help="How many neighbouring channels compete.")
    alpha: float = param(
        1e-4, ge=0, le=10, scale="log", advanced=True, help="How strongly neighbours count."
    )
    beta: float = param(
        0.75, ge=0, le=10, advanced=True, help="Power of the divisor; 0 switches the layer off."
    )
    k: float = param(
        1.0, gt=0, le=100, advanced=True, help="What the divisor is at least, before the power."
    )

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        need_image(inputs, self.title)
        return inputs[0]

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make(
            "nn.LocalResponseNorm",
            self.size,
            alpha=(self.alpha, 1e-4),
            beta=(self.beta, 0.75),
            k=(self.k, 1.0),
        )
