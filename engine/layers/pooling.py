"""Pooling: fewer pixels, each of which speaks for a neighbourhood."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from engine.errors import FoveaError
from engine.layers.base import GLOBAL, LAYERS, Category, Layer, Reach, Shape
from engine.layers.code import Code, Make, make
from engine.layers.windows import Pair, Window, need_image, pair
from engine.spec import param

__all__ = ["AvgPool", "GlobalAvgPool", "GlobalMaxPool", "LpPool", "MaxPool"]

_CEIL = (
    "Let a last window reach over the edge instead of leaving pixels out, as in GoogLeNet: the "
    "size is rounded up."
)


class _Window(Layer):
    """A window without a border; subclasses add what else they have."""

    category: ClassVar[Category] = "Pooling"

    kernel_size: int = param(
        2,
        ge=1,
        le=63,
        unit="px",
        search=(2, 3),
        help="Side of the square window in pixels; 2 halves the image.",
    )
    stride: int | None = param(
        None, ge=1, le=63, unit="px", help="Step of the window. Empty: as large as the window."
    )

    if TYPE_CHECKING:
        ceil_mode: bool
        kernel_width: int | None
        stride_width: int | None

    def _window(self) -> Window:
        return Window(*self._sizes())

    def _sizes(self) -> tuple[Pair, Pair]:
        """Kernel and stride."""
        kernel = pair(self.kernel_size, self.kernel_width)
        down, across = kernel if self.stride is None else (self.stride, self.stride)
        return kernel, (down, across if self.stride_width is None else self.stride_width)

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, _, _ = need_image(inputs, self.title)
        return (channels, *self._window().places(inputs, self.title, ceil=self.ceil_mode))

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return self._window().reach()


class _Pool(_Window):
    padding: int = param(
        0, ge=0, le=31, unit="px", advanced=True, help="Border added at each side, in pixels."
    )
    ceil_mode: bool = param(False, label="Round the size up", advanced=True, help=_CEIL)
    kernel_width: int | None = param(
        None,
        ge=1,
        le=63,
        unit="px",
        advanced=True,
        help="Width of the window where it is not square. Empty: as wide as high.",
    )
    stride_width: int | None = param(
        None,
        ge=1,
        le=63,
        unit="px",
        advanced=True,
        help="Step across the image where it differs. Empty: the same rule as for the step down.",
    )
    padding_width: int | None = param(
        None,
        ge=0,
        le=31,
        unit="px",
        advanced=True,
        help="Border at the left and right where it differs. Empty: the same as above and below.",
    )

    @override
    def _window(self) -> Window:
        return Window(*self._sizes(), pair(self.padding, self.padding_width))

    @override
    def validate_together(self) -> None:
        """Refuses a border of more than half the window: some windows would see only border."""
        window = self._window()
        for name, padding, kernel in zip(
            ("padding", "padding_width"), window.padding, window.kernel, strict=True
        ):
            if 2 * padding > kernel:
                raise FoveaError(
                    "FV-H002",
                    f"A border of {padding} px is too wide for a window of {kernel} px.",
                    where=name if getattr(self, name) is not None else "padding",
                    why="Some windows would see nothing of the image.",
                    fix=f"Use a padding of at most {kernel // 2}.",
                )


@LAYERS.register
class MaxPool(_Pool):
    """The largest value of each window."""

    kind = "max_pool"
    title = "Max pooling"
    summary = "Shrinks the image and keeps the strongest response of each window."

    dilation: int = param(
        1, ge=1, le=64, advanced=True, help="Distance between the points of the window."
    )

    @override
    def _window(self) -> Window:
        return replace(super()._window(), dilation=(self.dilation, self.dilation))

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        window = self._window()
        return make(
            "nn.MaxPool2d",
            window.kernel,
            stride=(window.stride, window.kernel),
            padding=(window.padding, 0),
            dilation=(window.dilation, 1),
            ceil_mode=(self.ceil_mode, False),
        )


@LAYERS.register
class AvgPool(_Pool):
    """The mean of each window, border zeros included unless ``count_include_pad`` is off."""

    kind = "avg_pool"
    title = "Average pooling"
    summary = "Shrinks the image and keeps the mean of each window; smoother than max pooling."

    count_include_pad: bool = param(
        True,
        label="Count the border",
        advanced=True,
        help="Whether the zeros of the border count in the mean.",
    )

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        window = self._window()
        return make(
            "nn.AvgPool2d",
            window.kernel,
            stride=(window.stride, window.kernel),
            padding=(window.padding, 0),
            ceil_mode=(self.ceil_mode, False),
            count_include_pad=(self.count_include_pad, True),
        )


@LAYERS.register
class LpPool(_Window):
    """``(sum of x ** p) ** (1 / p)`` over each window (Sermanet et al., 2012)."""

    kind = "lp_pool"
    title = "Power pooling (LP)"
    summary = "Between a sum and a maximum: larger powers look more at the strongest response."

    power: float = param(
        2.0,
        ge=1,
        le=16,
        search=(1.0, 4.0),
        help="1 adds up, 2 takes the length, a large power the maximum.",
    )
    ceil_mode: bool = param(False, label="Round the size up", advanced=True, help=_CEIL)
    kernel_width: int | None = param(
        None,
        ge=1,
        le=63,
        unit="px",
        advanced=True,
        help="Width of the window where it is not square. Empty: as wide as high.",
    )
    stride_width: int | None = param(
        None,
        ge=1,
        le=63,
        unit="px",
        advanced=True,
        help="Step across the image where it differs. Empty: the same rule as for the step down.",
    )

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        window = self._window()
        return make(
            "nn.LPPool2d",
            self.power,
            window.kernel,
            stride=(window.stride, window.kernel),
            ceil_mode=(self.ceil_mode, False),
        )


class _GlobalPool(Layer):
    category: ClassVar[Category] = "Pooling"

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, _, _ = need_image(inputs, self.title)
        return (channels,)

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return GLOBAL

    def _pool(self) -> Make:
        """What shrinks each channel to one pixel."""
        raise NotImplementedError

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("nn.Sequential", self._pool(), make("nn.Flatten"))

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        return self._pool().code("torch.flatten({module}({0}), 1)")


@LAYERS.register
class GlobalAvgPool(_GlobalPool):
    """The mean of each channel over the whole image (Lin, Chen and Yan, 2013)."""

    kind = "global_avg_pool"
    title = "Global average pooling"
    summary = "One number per channel, its mean: the usual step from image to class scores."

    @override
    def _pool(self) -> Make:
        return make("nn.AdaptiveAvgPool2d", 1)


@LAYERS.register
class GlobalMaxPool(_GlobalPool):
    """The largest value of each channel over the whole image."""

    kind = "global_max_pool"
    title = "Global max pooling"
    summary = "One number per channel, its maximum: when a small sign anywhere decides the class."

    @override
    def _pool(self) -> Make:
        return make("nn.AdaptiveMaxPool2d", 1)
