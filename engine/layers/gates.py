"""Layers that weigh channels and pixels, and what blocks that do so are made of."""

from __future__ import annotations

from math import prod
from typing import ClassVar, Literal

from typing_extensions import override

from engine.errors import FoveaError
from engine.layers.base import GLOBAL, LAYERS, Category, Layer, Misfit, Reach, Shape, show
from engine.layers.code import Code, Make, Name, make
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["ChannelPool", "FeatureConv", "Scale", "SqueezeExcite"]

_CLASSES = {
    "relu": "nn.ReLU",
    "silu": "nn.SiLU",
    "gelu": "nn.GELU",
    "sigmoid": "nn.Sigmoid",
    "hardsigmoid": "nn.Hardsigmoid",
}


@LAYERS.register
class SqueezeExcite(Layer):
    """A gate for each channel, from the means of all channels (Hu et al., 2017).

    mean, 1 × 1 convolution, activation, 1 × 1 convolution, gate, product, as in torchvision.
    """

    kind = "squeeze_excite"
    title = "Squeeze-and-excitation"
    category: ClassVar[Category] = "Attention"
    summary = "Turns channels up or down by what the whole image shows; cheap and often worth it."
    overwritable: ClassVar[bool] = True

    reduction: int = param(
        16,
        ge=1,
        le=1024,
        search=(4, 16),
        help="How many times fewer values there are in the middle; at least one stays.",
    )
    squeeze_channels: int | None = param(
        None,
        ge=1,
        le=65_536,
        advanced=True,
        help="The number of values in the middle. Empty: from the reduction.",
    )
    activation: Literal["relu", "silu", "gelu"] = param(
        "relu", advanced=True, help="The activation in the middle; SiLU in EfficientNet."
    )
    gate: Literal["sigmoid", "hardsigmoid"] = param(
        "sigmoid", advanced=True, help="What makes the gates; a hard sigmoid in MobileNetV3."
    )

    def _middle(self, inputs: tuple[Shape, ...]) -> int:
        return self.squeeze_channels or max(1, inputs[0][0] // self.reduction)

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        need_image(inputs, self.title)
        return inputs[0]

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        return self.macs(inputs) + self._middle(inputs) + inputs[0][0]

    @override
    def macs(self, inputs: tuple[Shape, ...]) -> int:
        return 2 * inputs[0][0] * self._middle(inputs)

    @override
    def activations(self, inputs: tuple[Shape, ...]) -> int:
        return prod(inputs[0]) + 3 * inputs[0][0] + 2 * self._middle(inputs)

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return GLOBAL

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make(
            "SqueezeExcitation",
            inputs[0][0],
            self._middle(inputs),
            activation=(Name(_CLASSES[self.activation]), Name("nn.ReLU")),
            scale_activation=(Name(_CLASSES[self.gate]), Name("nn.Sigmoid")),
        )


@LAYERS.register
class Scale(Layer):
    """Learned factors (LayerScale: Touvron et al., "Going deeper with image transformers", 2021).

    With a small ``start`` at the end of a residual branch, the block starts as its shortcut.
    """

    kind = "scale"
    title = "Scale (LayerScale)"
    category: ClassVar[Category] = "Linear"
    summary = "A learned factor for each channel; a small one at first steadies deep networks."
    overwritable: ClassVar[bool] = True

    start: float = param(
        1e-6,
        ge=-100,
        le=100,
        help="Where the factors start; ConvNeXt takes 1e-6, SkipInit and ReZero 0.",
    )
    per_channel: bool = param(
        True, advanced=True, help="Learn a factor for each channel instead of one for all."
    )

    def _count(self, inputs: tuple[Shape, ...]) -> int:
        shape = inputs[0]
        return (shape[-1] if len(shape) == 2 else shape[0]) if self.per_channel else 1

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        return self._count(inputs)

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        sizes = (self._count(inputs), *([1, 1] if len(inputs[0]) == 3 else []))
        return make("Scale", *sizes, start=(self.start, 1e-6))


@LAYERS.register
class ChannelPool(Layer):
    """One image out of all channels, as in the spatial gate of CBAM (Woo et al., 2018)."""

    kind = "channel_pool"
    title = "Channel pooling"
    category: ClassVar[Category] = "Pooling"
    summary = "The mean or maximum over the channels of each pixel; for gates over places."

    mode: Literal["mean", "max"] = param(
        "mean", search=("mean", "max"), help="What is taken of the channels of each pixel."
    )

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        _, height, width = need_image(inputs, self.title)
        return (1, height, width)

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("ChannelPool", self.mode)

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        name = "mean" if self.mode == "mean" else "amax"
        return Code(call=f"{{0}}.{name}(1, keepdim=True)")


@LAYERS.register
class FeatureConv(Layer):
    """A small filter that slides over the list of features (Wang et al., "ECA-Net", 2020)."""

    kind = "feature_conv"
    title = "Feature convolution"
    category: ClassVar[Category] = "Convolution"
    summary = "Mixes each feature with its neighbours in the list; the gate of an ECA block."
    overwritable: ClassVar[bool] = True

    kernel_size: int = param(
        3,
        ge=1,
        le=63,
        step=2,
        search=(3, 9),
        help="How many neighbours in the list are mixed; odd.",
    )
    bias: bool = param(False, advanced=True, help="Add a learned constant.")

    @override
    def validate_together(self) -> None:
        """Refuses an even filter, which would change the length of the list."""
        if self.kernel_size % 2 == 0:
            raise FoveaError(
                "FV-H002",
                f"A filter over {self.kernel_size} features has no middle.",
                where="kernel_size",
                why="The list would change its length.",
                fix=f"Choose {self.kernel_size - 1} or {self.kernel_size + 1}.",
            )

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs[0]) != 1:
            raise Misfit(
                f"{{0}} gives {show(inputs[0])}, but “{self.title}” needs a list of features. Put "
                "global average pooling before it."
            )
        return inputs[0]

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        return self.kernel_size + self.bias

    @override
    def macs(self, inputs: tuple[Shape, ...]) -> int:
        return inputs[0][0] * self.kernel_size

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return GLOBAL

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("FeatureConv", self.kernel_size, bias=(self.bias, False))

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        conv = make(
            "nn.Conv1d",
            1,
            1,
            self.kernel_size,
            padding=(self.kernel_size // 2, 0),
            bias=(self.bias, True),
        )
        return conv.code("{module}({0}.unsqueeze(1)).squeeze(1)")
