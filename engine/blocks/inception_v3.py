"""The five blocks of Inception v3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from engine.blocks.base import Block
from engine.blocks.inception_v1 import NORM
from engine.blocks.steps import begin, conv_norm_relu, need_side, scaled
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.base import LAYERS, Shape
from engine.layers.convolution import Conv2d
from engine.layers.merge import Concat
from engine.layers.pooling import AvgPool, MaxPool
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["InceptionV3A", "InceptionV3B", "InceptionV3C", "InceptionV3D", "InceptionV3E", "Writer"]

_WIDTH = "Multiplies all numbers of channels inside; 1 as published, less for small networks."
_PADDED = (
    "Add a border, so that images of any size pass. Off as published: the window then needs 3 px."
)


_STRIDE = "2 halves the image, as published; 1 keeps its size, for images that are small already."


def _stride() -> Any:
    return param(2, ge=1, le=4, unit="px", search=(1, 2), help=_STRIDE)


def _width() -> Any:
    return param(1.0, gt=0, le=8, search=(0.25, 1.0), help=_WIDTH)


class Writer:
    """Writes convolutions, each with batch norm and ReLU, of published widths times a factor."""

    def __init__(self, inputs: tuple[Shape, ...], width: float) -> None:
        self.make: GraphBuilder = begin(inputs)
        self._width = width

    def conv(
        self,
        name: str,
        channels: int,
        height: int,
        width: int,
        source: str = "",
        stride: int = 1,
        padding: int | None = None,
    ) -> str:
        """A window of ``height`` by ``width``, behind the node before where no source is given."""
        layer = Conv2d(
            out_channels=scaled(channels, self._width),
            kernel_size=height,
            kernel_width=width if width != height else None,
            stride=stride,
            padding=padding,
        )
        return conv_norm_relu(self.make, name, layer, *([source] if source else []), norm=NORM)

    def joined(self, *branches: str) -> Graph:
        """The graph, with the branches joined by their channels."""
        self.make.add("join", Concat(), *branches)
        return self.make.graph()

    def pooled(self, channels: int) -> str:
        """The branch of the mean: a 3x3 average and a 1x1 convolution."""
        self.make.add("pool", AvgPool(kernel_size=3, stride=1, padding=1), "input")
        return self.conv("pool_conv", channels, 1, 1)


class _Reduction(Block):
    """A block that halves the image in all its branches."""

    if TYPE_CHECKING:
        stride: int
        padded: bool
        width: float

    @property
    def _padding(self) -> int:
        return 1 if self.padded else 0

    def _start(self, inputs: tuple[Shape, ...]) -> Writer:
        need_image(inputs, self.title)
        if not self.padded:
            need_side(inputs, 3, self.title, "padded")
        return Writer(inputs, self.width)

    def _pooled(self, write: Writer) -> str:
        pool = MaxPool(kernel_size=3, stride=self.stride, padding=self._padding)
        return write.make.add("pool", pool, "input")


@LAYERS.register
class InceptionV3A(Block):
    """For images of about 35 px (Szegedy et al., "Rethinking the Inception architecture", 2015).

    1x1; 1x1 and 5x5; 1x1 and two 3x3; average and 1x1; joined. As torchvision's ``InceptionA``.
    """

    kind = "inception_v3_a"
    title = "Inception v3 block A"
    summary = "Windows of 1, 5 and twice 3 px beside a mean: the early part of Inception v3."

    pool_channels: int = param(
        32, ge=1, le=65_536, scale="log", search=(16, 64), help="Channels kept of the mean."
    )
    width: float = _width()

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        need_image(inputs, self.title)
        write = Writer(inputs, self.width)
        direct = write.conv("direct", 64, 1, 1, "input")
        write.conv("five1", 48, 1, 1, "input")
        five = write.conv("five2", 64, 5, 5)
        write.conv("double1", 64, 1, 1, "input")
        write.conv("double2", 96, 3, 3)
        double = write.conv("double3", 96, 3, 3)
        return write.joined(direct, five, double, write.pooled(self.pool_channels))


@LAYERS.register
class InceptionV3B(_Reduction):
    """The first halving of Inception v3 (Szegedy et al., 2015).

    3x3 with stride 2; 1x1, 3x3 and 3x3 with stride 2; maximum; joined with all channels that
    arrive. As torchvision's ``InceptionB``.
    """

    kind = "inception_v3_b"
    title = "Inception v3 block B"
    summary = "Halves the image in three ways at once, and adds 480 channels to what arrives."

    stride: int = _stride()
    padded: bool = param(False, label="Border", help=_PADDED)
    width: float = _width()

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        write = self._start(inputs)
        single = write.conv("single", 384, 3, 3, "input", self.stride, self._padding)
        write.conv("double1", 64, 1, 1, "input")
        write.conv("double2", 96, 3, 3)
        double = write.conv("double3", 96, 3, 3, "", self.stride, self._padding)
        return write.joined(single, double, self._pooled(write))


@LAYERS.register
class InceptionV3C(Block):
    """Windows of 7 px out of 1x7 and 7x1 (Szegedy et al., 2015).

    1x1; 1x1, 1x7 and 7x1; 1x1 and two such pairs; average and 1x1; joined. As torchvision's
    ``InceptionC``.
    """

    kind = "inception_v3_c"
    title = "Inception v3 block C"
    summary = "Sees 7 and 13 px far with windows of one row or column: for maps of about 17 px."

    inner_channels: int = param(
        128,
        ge=1,
        le=65_536,
        scale="log",
        search=(64, 192),
        help="Channels between the long windows: 128, 160 and 192 in Inception v3.",
    )
    width: float = _width()

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        need_image(inputs, self.title)
        write, inner = Writer(inputs, self.width), self.inner_channels
        direct = write.conv("direct", 192, 1, 1, "input")
        write.conv("seven1", inner, 1, 1, "input")
        write.conv("seven2", inner, 1, 7)
        seven = write.conv("seven3", 192, 7, 1)
        write.conv("double1", inner, 1, 1, "input")
        write.conv("double2", inner, 7, 1)
        write.conv("double3", inner, 1, 7)
        write.conv("double4", inner, 7, 1)
        double = write.conv("double5", 192, 1, 7)
        return write.joined(direct, seven, double, write.pooled(192))


@LAYERS.register
class InceptionV3D(_Reduction):
    """The second halving of Inception v3 (Szegedy et al., 2015).

    1x1 and 3x3 with stride 2; 1x1, 1x7, 7x1 and 3x3 with stride 2; maximum; joined with all
    channels that arrive. As torchvision's ``InceptionD``.
    """

    kind = "inception_v3_d"
    title = "Inception v3 block D"
    summary = "Halves the image behind long windows, and adds 512 channels to what arrives."

    stride: int = _stride()
    padded: bool = param(False, label="Border", help=_PADDED)
    width: float = _width()

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        write = self._start(inputs)
        write.conv("single1", 192, 1, 1, "input")
        single = write.conv("single2", 320, 3, 3, "", self.stride, self._padding)
        write.conv("seven1", 192, 1, 1, "input")
        write.conv("seven2", 192, 1, 7)
        write.conv("seven3", 192, 7, 1)
        seven = write.conv("seven4", 192, 3, 3, "", self.stride, self._padding)
        return write.joined(single, seven, self._pooled(write))


@LAYERS.register
class InceptionV3E(Block):
    """Branches that branch again, for images of about 8 px (Szegedy et al., 2015).

    1x1; 1x1, then 1x3 beside 3x1; 1x1 and 3x3, then 1x3 beside 3x1; average and 1x1; joined. As
    torchvision's ``InceptionE``.
    """

    kind = "inception_v3_e"
    title = "Inception v3 block E"
    summary = "2,048 channels out of branches that branch again: the end of Inception v3."

    width: float = _width()

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        need_image(inputs, self.title)
        write = Writer(inputs, self.width)
        direct = write.conv("direct", 320, 1, 1, "input")
        stem = write.conv("three1", 384, 1, 1, "input")
        three = (write.conv("three2a", 384, 1, 3, stem), write.conv("three2b", 384, 3, 1, stem))
        write.conv("double1", 448, 1, 1, "input")
        stem = write.conv("double2", 384, 3, 3)
        double = (write.conv("double3a", 384, 1, 3, stem), write.conv("double3b", 384, 3, 1, stem))
        return write.joined(direct, *three, *double, write.pooled(192))
