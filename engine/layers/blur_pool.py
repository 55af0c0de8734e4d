"""Anti-aliased pooling."""

from __future__ import annotations

from typing import ClassVar, Literal

from typing_extensions import override

from engine.layers.base import LAYERS, Category, Layer, Reach, Shape
from engine.layers.code import Make, make
from engine.layers.windows import BORDER, need_border, need_image
from engine.spec import param

__all__ = ["BlurPool"]


@LAYERS.register
class BlurPool(Layer):
    """A fixed binomial blur, then every n-th pixel (Zhang, "Making convolutional networks
    shift-invariant again", 2019).

    Behind a max pooling of stride 1 it is the paper's MaxBlurPool; behind a convolution of stride 1
    it replaces the convolution's stride.
    """

    kind = "blur_pool"
    title = "Blur pooling"
    category: ClassVar[Category] = "Pooling"
    summary = "Blurs before it shrinks, so that a shift of the image by a pixel changes less."

    kernel_size: int = param(
        3, ge=2, le=7, unit="px", search=(3, 5), help="Side of the blur; 3 is the paper's default."
    )
    stride: int = param(
        2, ge=1, le=32, unit="px", help="Every how many pixels one is kept; 2 halves the image."
    )
    padding_mode: Literal["zeros", "reflect", "replicate"] = param(
        "reflect", advanced=True, help=BORDER.replace(", or its opposite side (“circular”)", "")
    )

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, height, width = need_image(inputs, self.title)
        most = self.kernel_size // 2
        need_border(inputs, self.padding_mode, (most, most))
        return (channels, (height - 1) // self.stride + 1, (width - 1) // self.stride + 1)

    @override
    def macs(self, inputs: tuple[Shape, ...]) -> int:
        channels, height, width = self.shape(inputs)
        return channels * height * width * self.kernel_size**2

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return Reach.window(self.kernel_size, self.stride, (self.kernel_size - 1) // 2)

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make(
            "BlurPool",
            inputs[0][0],
            kernel_size=(self.kernel_size, 3),
            stride=(self.stride, 2),
            padding_mode=(self.padding_mode, "reflect"),
        )
