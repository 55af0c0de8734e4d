"""Inverted residuals: wide in the middle, narrow at both ends, a shortcut between the ends."""

from __future__ import annotations

from typing import Final, Literal

from typing_extensions import override

from engine.blocks.base import Block
from engine.errors import FoveaError
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.activation import Gelu, HardSwish, Relu, Relu6, Silu
from engine.layers.base import LAYERS, Layer, Shape
from engine.layers.convolution import Conv2d, DepthwiseConv2d
from engine.layers.ends import Source
from engine.layers.gates import SqueezeExcite
from engine.layers.merge import Add
from engine.layers.normalisation import BatchNorm
from engine.layers.regularisation import DropPath
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["ACTIVATIONS", "Bend", "FusedMBConv", "MBConv", "need_odd"]

Bend = Literal["silu", "hardswish", "relu6", "relu", "gelu"]

ACTIVATIONS: Final[dict[Bend, Layer]] = {
    "silu": Silu(inplace=True),
    "hardswish": HardSwish(inplace=True),
    "relu6": Relu6(inplace=True),
    "relu": Relu(inplace=True),
    "gelu": Gelu(),
}
"""The activations that these blocks and their networks offer."""


def need_odd(kernel: int, name: str = "kernel_size") -> None:
    """Refuses an even window, which would change the size of the branch; FoveaError FV-H002."""
    if kernel % 2 == 0:
        raise FoveaError(
            "FV-H002",
            f"A window of {kernel} px has no middle.",
            where=name,
            why="The branch would get another size than the shortcut.",
            fix=f"Choose {kernel - 1} or {kernel + 1}.",
        )


class _Inverted(Block):
    """What both forms have in common; see their docstrings."""

    out_channels: int = param(
        32,
        ge=1,
        le=65_536,
        scale="log",
        search=(16, 256),
        help="Channels that the block gives. The shortcut is there where as many arrive and the "
        "stride is 1.",
    )
    stride: int = param(
        1,
        ge=1,
        le=8,
        unit="px",
        search=(1, 2),
        help="2 halves the image in the middle of the block, which then has no shortcut.",
    )
    kernel_size: int = param(
        3,
        ge=1,
        le=31,
        step=2,
        unit="px",
        search=(3, 7),
        help="Side of the square window, odd. 3 is cheapest; 5 sees farther, usual in late stages.",
    )
    expand_ratio: float = param(
        6.0,
        ge=1,
        le=16,
        search=(1.0, 6.0),
        help="How many times more channels there are in the middle than arrive. 6 as in MobileNetV2"
        " and EfficientNet; 1 leaves the expansion out.",
    )
    expanded_channels: int | None = param(
        None,
        ge=1,
        le=65_536,
        advanced=True,
        help="Channels in the middle, where they are no multiple, as in MobileNetV3. Empty: from "
        "the expand ratio.",
    )
    squeeze_excite: bool = param(
        True,
        label="Squeeze-and-excitation",
        help="Weigh the channels of the middle by what the whole image shows. EfficientNet and "
        "half of MobileNetV3 have it, MobileNetV2 has not.",
    )
    squeeze_channels: int | None = param(
        None,
        ge=1,
        le=65_536,
        advanced=True,
        help="Values inside the squeeze-and-excitation. Empty: a quarter of the channels that "
        "arrive, as in EfficientNet.",
    )
    squeeze_activation: Literal["silu", "relu", "gelu"] = param(
        "silu",
        advanced=True,
        help="Activation inside the squeeze-and-excitation: SiLU in EfficientNet, ReLU in "
        "MobileNetV3.",
    )
    gate: Literal["sigmoid", "hardsigmoid"] = param(
        "sigmoid",
        advanced=True,
        help="What makes the weights of the channels: a sigmoid in EfficientNet, its cheap form "
        "in MobileNetV3.",
    )
    activation: Bend = param(
        "silu",
        search=("silu", "hardswish", "relu6"),
        help="SiLU in EfficientNet, hard swish in MobileNetV3, ReLU6 in MobileNetV2. There is none "
        "at the narrow end, where it would lose information.",
    )
    drop_path: float = param(
        0.0,
        ge=0,
        lt=1,
        step=0.05,
        label="Stochastic depth",
        search=(0.0, 0.3),
        help="How often the branch is left out in training, where there is a shortcut. 0: never, "
        "right for networks of a few blocks; up to 0.2 in EfficientNet-B0.",
    )
    eps: float = param(
        1e-5,
        gt=0,
        le=0.1,
        scale="log",
        label="Epsilon",
        advanced=True,
        help="What avoids a division by zero in the normalisations: 1e-5 is torch's own value, "
        "MobileNetV3 has 1e-3.",
    )
    momentum: float = param(
        0.1,
        gt=0,
        le=1,
        advanced=True,
        search=(0.01, 0.3),
        help="Share of each new batch in the averages of the normalisations: 0.1 is torch's own "
        "value, MobileNetV3 has 0.01, for long training.",
    )

    @override
    def validate_together(self) -> None:
        """Refuses an even window."""
        need_odd(self.kernel_size)

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        channels, _, _ = need_image(inputs, self.title)
        make = GraphBuilder()
        make.add("input", Source.of(inputs[0]))
        self._branch(make, channels, self._middle(channels))
        if channels == self.out_channels and self.stride == 1:
            if self.drop_path:
                make.add("drop_path", DropPath(rate=self.drop_path))
            make.add("add", Add(), make.last, "input")
        return make.graph()

    def _branch(self, make: GraphBuilder, channels: int, middle: int) -> None:
        """Adds what lies beside the shortcut, for the channels that arrive and of the middle."""
        raise NotImplementedError

    def _middle(self, channels: int) -> int:
        return self.expanded_channels or max(1, round(channels * self.expand_ratio))

    def _step(self, make: GraphBuilder, name: str, layer: Layer, *, bent: bool = True) -> None:
        """A convolution with batch norm and, where ``bent``, the activation."""
        make.add(name, layer.with_(bias=False))
        make.add(f"{name}_norm", BatchNorm(eps=self.eps, momentum=self.momentum))
        if bent:
            make.add(f"{name}_activation", ACTIVATIONS[self.activation])

    def _squeeze(self, make: GraphBuilder, channels: int) -> None:
        if self.squeeze_excite:
            gate = SqueezeExcite(
                squeeze_channels=self.squeeze_channels or max(1, channels // 4),
                activation=self.squeeze_activation,
                gate=self.gate,
            )
            make.add("squeeze", gate)

    def _project(self, make: GraphBuilder) -> None:
        """The way back to few channels, without an activation: the linear bottleneck."""
        self._step(
            make, "project", Conv2d(out_channels=self.out_channels, kernel_size=1), bent=False
        )


@LAYERS.register
class MBConv(_Inverted):
    """The inverted residual of MobileNetV2 (Sandler et al., 2018) and of EfficientNet.

    1x1 convolution to many channels, depthwise convolution, squeeze-and-excitation, 1x1 convolution
    back to few; each convolution with batch norm, the first two with an activation. Added to what
    arrives where that has the same shape. Squeeze-and-excitation came with MnasNet (Tan et al.,
    2018) and MobileNetV3 (Howard et al., 2019); the values at first are those of EfficientNet (Tan
    and Le, 2019). The same as torchvision's ``InvertedResidual`` and ``MBConv``; their weights
    follow each other in the same order.
    """

    kind = "mbconv"
    title = "MBConv block"
    summary = "The inverted residual of MobileNet and EfficientNet: deep for few multiply-adds."

    @override
    def _branch(self, make: GraphBuilder, channels: int, middle: int) -> None:
        if middle != channels:
            self._step(make, "expand", Conv2d(out_channels=middle, kernel_size=1))
        window = DepthwiseConv2d(kernel_size=self.kernel_size, stride=self.stride)
        self._step(make, "depthwise", window)
        self._squeeze(make, channels)
        self._project(make)


@LAYERS.register
class FusedMBConv(_Inverted):
    """The inverted residual with one full convolution (Tan and Le, "EfficientNetV2", 2021).

    A convolution to many channels takes the place of MBConv's first two steps; without an expansion
    it gives the block's channels itself and nothing follows but squeeze-and-excitation. More
    multiply-adds than MBConv, but quicker on GPUs while there are few channels. The same as
    torchvision's ``FusedMBConv``.
    """

    kind = "fused_mbconv"
    title = "Fused MBConv block"
    summary = "MBConv with one full convolution: quicker on GPUs, for early stages of few channels."

    expand_ratio: float = param(
        4.0,
        ge=1,
        le=16,
        search=(1.0, 6.0),
        help="How many times more channels there are in the middle than arrive: 4 as in "
        "EfficientNetV2; 1 leaves a single convolution.",
    )
    squeeze_excite: bool = param(
        False,
        label="Squeeze-and-excitation",
        help="Weigh the channels of the middle by what the whole image shows. EfficientNetV2 has "
        "it in MBConv only.",
    )

    @override
    def _branch(self, make: GraphBuilder, channels: int, middle: int) -> None:
        out = self.out_channels if middle == channels else middle
        window = Conv2d(out_channels=out, kernel_size=self.kernel_size, stride=self.stride)
        self._step(make, "expand" if middle != channels else "conv", window)
        self._squeeze(make, channels)
        if middle != channels:
            self._project(make)
