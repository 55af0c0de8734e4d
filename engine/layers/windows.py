"""Arithmetic of sliding windows, shared by convolutions and pooling."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from engine.layers.base import Misfit, Reach, Shape, TooSmall, show

__all__ = [
    "BORDER",
    "Pair",
    "Window",
    "need_border",
    "need_image",
    "pair",
    "repeated",
    "same_padding",
]

Pair = tuple[int, int]
"""A number down the image and one across."""

BORDER: Final = (
    "What lies beyond the edge: “zeros”, the image mirrored (“reflect”), its outermost pixel "
    "(“replicate”), or its opposite side (“circular”)."
)
"""The help of a padding mode."""


def need_image(inputs: tuple[Shape, ...], title: str) -> tuple[int, int, int]:
    """The channels, height and width that arrive; raises Misfit when it is not an image."""
    shape = inputs[0]
    if len(shape) != 3:
        advice = (
            "Put “Sequence to image” before it."
            if len(shape) == 2
            else "Move it before the pooling or flattening."
        )
        raise Misfit(
            f"{{0}} gives {show(shape)}, but “{title}” needs an image (channels × height × width). "
            f"{advice}"
        )
    channels, height, width = shape
    return channels, height, width


def pair(down: int, across: int | None) -> Pair:
    """Both numbers; ``across`` is as ``down`` where it is empty."""
    return (down, down if across is None else across)


def same_padding(kernel: int, dilation: int = 1) -> int:
    """The zeros at each side that keep the size of the image, at stride 1 and an odd kernel."""
    return dilation * (kernel - 1) // 2


def repeated(factor: int) -> Reach:
    """The reach where output i shows input ``floor(i / factor)``."""
    return Reach(Fraction(1 - factor, factor), 0, Fraction(1, factor))


def need_border(inputs: tuple[Shape, ...], mode: str, most: Pair) -> None:
    """Refuses borders wider than what the image offers to fill them; raises TooSmall.

    ``most`` is the widest border down and across.
    """
    if mode not in ("reflect", "circular"):
        return
    free, sides = (1 if mode == "reflect" else 0), inputs[0][1:]
    if all(m <= side - free for m, side in zip(most, sides, strict=True)):
        return
    raise TooSmall(
        f"{{0}} gives {show(inputs[0])}: that is too small to fill a border of "
        f"{max(most)} px in the mode “{mode}”. “zeros” and “replicate” work with any size.",
        "padding_mode",
    )


@dataclass(frozen=True, slots=True)
class Window:
    """A sliding window; each number is one down the image and one across, in pixels."""

    kernel: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)

    @property
    def extent(self) -> Pair:
        """The side of the window, the gaps of a dilation included."""
        (down, across), (d, a) = self.kernel, self.dilation
        return (d * (down - 1) + 1, a * (across - 1) + 1)

    @property
    def points(self) -> int:
        """How many inputs a window reads of each channel."""
        return self.kernel[0] * self.kernel[1]

    def reach(self) -> Reach:
        """The reach of one window."""
        return _reach(self)

    def places(self, inputs: tuple[Shape, ...], title: str, *, ceil: bool = False) -> Pair:
        """How many places a window has, down and across: ``(size + 2p - d(k-1) - 1) // s + 1``.

        With ``ceil`` a last window may reach over the border, if it starts inside. Raises TooSmall
        when there is no place, Misfit when there is no image.
        """
        _, height, width = need_image(inputs, title)
        down, across = self._along(0, height, ceil), self._along(1, width, ceil)
        if down < 1 or across < 1:
            wide = max(self.padding)
            border = f" with its border of {wide}" if wide else ""
            raise TooSmall(
                f"{{0}} gives {show(inputs[0])}: that{border} is smaller than the "
                f"{self.extent[0]} × {self.extent[1]} window of “{title}”.",
                "kernel_size",
            )
        return (down, across)

    def _along(self, axis: int, size: int, ceil: bool) -> int:
        stride, padding = self.stride[axis], self.padding[axis]
        room = size + 2 * padding - self.dilation[axis] * (self.kernel[axis] - 1) - 1
        if not ceil:
            return room // stride + 1 if room >= 0 else 0
        count = -(-room // stride) + 1
        return count - 1 if (count - 1) * stride >= size + padding else count


@lru_cache(maxsize=1024)
def _reach(window: Window) -> Reach:
    rows, columns = (
        Reach.window(window.kernel[i], window.stride[i], window.padding[i], window.dilation[i])
        for i in (0, 1)
    )
    return Reach.of(rows, columns)
