"""Arithmetic of sliding windows, shared by convolutions and pooling."""

from __future__ import annotations

from engine.layers.base import Misfit, Shape, TooSmall, show

__all__ = ["need_image", "same_padding", "slide"]


def need_image(inputs: tuple[Shape, ...], title: str) -> tuple[int, int, int]:
    """The channels, height and width that arrive; raises Misfit when it is not an image."""
    shape = inputs[0]
    if len(shape) != 3:
        raise Misfit(
            f"{{0}} gives {show(shape)}, but “{title}” needs an image (channels × height × width). "
            "Move it before the pooling or flattening."
        )
    channels, height, width = shape
    return channels, height, width


def same_padding(kernel: int, dilation: int = 1) -> int:
    """The zeros at each side that keep the size of the image, at stride 1 and an odd kernel."""
    return dilation * (kernel - 1) // 2


def slide(
    inputs: tuple[Shape, ...],
    title: str,
    *,
    kernel: int,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> tuple[int, int]:
    """How many places a window has, down and across: ``(size + 2p - d(k-1) - 1) // s + 1``.

    Raises TooSmall when there is none, Misfit when there is no image.
    """
    _, height, width = need_image(inputs, title)
    extent = dilation * (kernel - 1) + 1
    if min(height, width) + 2 * padding < extent:
        border = f" with its border of {padding}" if padding else ""
        raise TooSmall(
            f"{{0}} gives {show(inputs[0])}: that{border} is smaller than the "
            f"{extent} × {extent} window of “{title}”.",
            "kernel_size",
        )
    return (
        (height + 2 * padding - extent) // stride + 1,
        (width + 2 * padding - extent) // stride + 1,
    )
