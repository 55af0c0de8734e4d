"""Pooling: fewer pixels, each of which speaks for a neighbourhood."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from engine.errors import FoveaError
from engine.layers.base import GLOBAL, LAYERS, Category, Layer, Reach, Shape
from engine.layers.windows import need_image, slide
from engine.spec import param

if TYPE_CHECKING:
    from torch import nn

__all__ = ["AvgPool", "GlobalAvgPool", "GlobalMaxPool", "MaxPool"]


class _Pool(Layer):
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
    padding: int = param(
        0, ge=0, le=31, unit="px", advanced=True, help="Border added at each side, in pixels."
    )

    @override
    def validate_together(self) -> None:
        """Refuses a border of more than half the window: some windows would see only border."""
        if 2 * self.padding > self.kernel_size:
            raise FoveaError(
                "FV-H002",
                f"A border of {self.padding} px is too wide for a window of {self.kernel_size} px.",
                where="padding",
                why="Some windows would see nothing of the image.",
                fix=f"Use a padding of at most {self.kernel_size // 2}.",
            )

    def _window(self) -> dict[str, int]:
        stride = self.kernel_size if self.stride is None else self.stride
        return {"kernel": self.kernel_size, "stride": stride, "padding": self.padding}

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, _, _ = need_image(inputs, self.title)
        return (channels, *slide(inputs, self.title, **self._window()))

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return Reach.window(**self._window())


@LAYERS.register
class MaxPool(_Pool):
    """The largest value of each window."""

    kind = "max_pool"
    title = "Max pooling"
    summary = "Shrinks the image and keeps the strongest response of each window."

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        window = self._window()
        return nn.MaxPool2d(window["kernel"], window["stride"], window["padding"])


@LAYERS.register
class AvgPool(_Pool):
    """The mean of each window, border zeros included."""

    kind = "avg_pool"
    title = "Average pooling"
    summary = "Shrinks the image and keeps the mean of each window; smoother than max pooling."

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        window = self._window()
        return nn.AvgPool2d(window["kernel"], window["stride"], window["padding"])


class _GlobalPool(Layer):
    category: ClassVar[Category] = "Pooling"

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, _, _ = need_image(inputs, self.title)
        return (channels,)

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return GLOBAL


@LAYERS.register
class GlobalAvgPool(_GlobalPool):
    """The mean of each channel over the whole image (Lin, Chen and Yan, 2013)."""

    kind = "global_avg_pool"
    title = "Global average pooling"
    summary = "One number per channel, its mean: the usual step from image to class scores."

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())


@LAYERS.register
class GlobalMaxPool(_GlobalPool):
    """The largest value of each channel over the whole image."""

    kind = "global_max_pool"
    title = "Global max pooling"
    summary = "One number per channel, its maximum: when a small sign anywhere decides the class."

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten())
