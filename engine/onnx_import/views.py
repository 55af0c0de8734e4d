"""Which layers rearrange a tensor the way a chain of reshapes and transposes does.

What an exporter spells as reshape, transpose, slice and reshape again is, taken together, one
rearrangement: for each place of the result, the number of the value that stands there. Such an
``index`` is made by numpy with the file's own operators, and compared with what layers do.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt, prod

import numpy as np

from engine.layers.base import Layer, Shape
from engine.layers.parts import ChannelShuffle, ChannelSlice
from engine.layers.reshape import Flatten, Permute, Reshape
from engine.layers.resize import PixelShuffle, PixelUnshuffle
from engine.layers.sequence import ImageToSequence, SequenceToImage, SwapTokens
from engine.onnx_import.records import Unmapped

__all__ = ["LARGEST", "channels_of", "depth_to_space", "places", "rearranging", "space_to_depth"]

LARGEST = 2**26
"""Values of one image in a tensor, at most."""

_ORDERS = ("CWH", "HCW", "HWC", "WCH", "WHC")


def places(shape: Shape) -> np.ndarray:
    """The index that changes nothing; raises Unmapped where it would be too large."""
    if prod(shape) > LARGEST:
        raise Unmapped("It works on a tensor that is too large.")
    return np.arange(prod(shape)).reshape(shape)


def channels_of(shape: Shape, index: np.ndarray) -> np.ndarray:
    """The channel (or feature) of a node's output that each place shows."""
    return index // prod(shape[1:]) if len(shape) != 2 else index % shape[1]


def depth_to_space(index: np.ndarray, block: int, mode: str) -> np.ndarray:
    """ONNX's operator of that name on ``(C, H, W)``."""
    channels, height, width = index.shape
    inner = channels // block**2
    if mode == "CRD":
        parts = index.reshape(inner, block, block, height, width).transpose(0, 3, 1, 4, 2)
    else:
        parts = index.reshape(block, block, inner, height, width).transpose(2, 3, 0, 4, 1)
    return parts.reshape(inner, height * block, width * block)


def space_to_depth(index: np.ndarray, block: int) -> np.ndarray:
    """ONNX's operator of that name on ``(C, H, W)``."""
    channels, height, width = index.shape
    parts = index.reshape(channels, height // block, block, width // block, block)
    return parts.transpose(2, 4, 0, 1, 3).reshape(-1, height // block, width // block)


def rearranging(shape: Shape, index: np.ndarray) -> tuple[Layer, ...] | None:
    """The layers that turn ``shape`` into what ``index`` shows; None when there are none."""
    for layers, made in _ways(shape, index):
        if made.shape == index.shape and np.array_equal(made, index):
            return layers
    return None


_Ways = Iterator[tuple[tuple[Layer, ...], np.ndarray]]


def _ways(shape: Shape, index: np.ndarray) -> _Ways:
    here = places(shape)
    yield (), here
    if len(shape) == 3:
        yield from _of_image(here, index)
    if len(shape) == 2:
        yield from _of_sequence(here, index)
    yield from _slices((), here, index)
    if len(shape) == 3 and index.size < here.size:
        for layer, dealt in _dealt(here):
            yield from _slices((layer,), dealt, index)
    yield from _reshaped((), here, index)
    if len(shape) == 3:
        for order in _ORDERS:
            turned = here.transpose(["CHW".index(letter) for letter in order])
            yield from _reshaped((Permute(order=order),), turned, index)


def _of_image(here: np.ndarray, index: np.ndarray) -> _Ways:
    channels, height, width = here.shape
    for order in _ORDERS:
        yield (Permute(order=order),), here.transpose(["CHW".index(letter) for letter in order])
    tokens = here.reshape(channels, -1).T
    yield (ImageToSequence(),), tokens
    if index.ndim == 2:
        yield (ImageToSequence(), SwapTokens()), tokens.T
    if index.ndim != 3:
        return
    if index.shape == here.shape:
        yield from (((layer,), made) for layer, made in _dealt(here))
    factor = index.shape[1] // height
    if 1 < factor <= 16 and channels % factor**2 == 0:
        yield (PixelShuffle(factor=factor),), depth_to_space(here, factor, "CRD")
        layers = (ChannelShuffle(groups=factor**2), PixelShuffle(factor=factor))
        yield layers, depth_to_space(here, factor, "DCR")
    factor = height // index.shape[1]
    if 1 < factor <= 16 and height % factor == width % factor == 0:
        dealt = space_to_depth(here, factor)
        yield (PixelUnshuffle(factor=factor), ChannelShuffle(groups=channels)), dealt
        parts = dealt.reshape(factor**2, channels, *dealt.shape[1:]).swapaxes(0, 1)
        yield (PixelUnshuffle(factor=factor),), parts.reshape(dealt.shape)


def _of_sequence(here: np.ndarray, index: np.ndarray) -> _Ways:
    tokens, features = here.shape
    yield (SwapTokens(),), here.T
    if index.ndim == 3 and tokens % index.shape[1] == 0:
        height = index.shape[1]
        square = isqrt(tokens) ** 2 == tokens and height == isqrt(tokens)
        image = here.T.reshape(features, height, -1)
        yield (SequenceToImage(height=None if square else height),), image


def _slices(before: tuple[Layer, ...], here: np.ndarray, index: np.ndarray) -> _Ways:
    """Some of the channels, of an image, a sequence or a list."""
    axis = 1 if here.ndim == 2 else 0
    if not index.size or index.ndim != here.ndim or index.shape[axis] >= here.shape[axis]:
        return
    along = np.moveaxis(here, axis, 0).reshape(here.shape[axis], -1)[:, 0]
    found = np.flatnonzero(along == index.flat[0])
    if len(found):
        first, count = int(found[0]), index.shape[axis]
        part = here.take(range(first, min(first + count, len(along))), axis)
        channels = None if first + count == len(along) else count
        yield (*before, ChannelSlice(first=first, channels=channels)), part


def _dealt(here: np.ndarray) -> Iterator[tuple[Layer, np.ndarray]]:
    """The channels shuffled, by every number of groups."""
    channels, height, width = here.shape
    for groups in (g for g in range(2, channels) if channels % g == 0):
        parts = here.reshape(groups, channels // groups, height, width).swapaxes(0, 1)
        yield ChannelShuffle(groups=groups), parts.reshape(here.shape)


def _reshaped(before: tuple[Layer, ...], here: np.ndarray, index: np.ndarray) -> _Ways:
    if here.size != index.size or not 1 <= index.ndim <= 3:
        return
    sizes = ", ".join(map(str, index.shape))
    layer = Flatten() if index.ndim == 1 else Reshape(sizes=sizes)
    yield (*before, layer), here.reshape(index.shape)
