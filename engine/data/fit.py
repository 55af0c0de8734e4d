"""Pixels of any size and depth to the square of fixed size that training reads."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from engine.data.picture import Array
from engine.data.spec import DataSpec

__all__ = ["fit"]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green, blue in a grey image (ITU-R BT.601), as Pillow has them."""

BLOCK = 256  # rows mapped at a time: bounds the memory for wide types


def fit(pixels: Array, spec: DataSpec) -> Array:
    """``[channels, size, size]`` of an ``[h, w, c]`` image; uint8, or uint16 for a depth of 16.

    The order is: values to the full range (8-bit images have it; deeper ones are mapped linearly by
    the spec's window and clipped), colour to grey or grey to colour, then one antialiased bicubic
    resampling; an image that has the size already is not resampled. Pure: the result depends on
    the two arguments only.
    """
    top = 255 if spec.depth == 8 else 65535
    if pixels.dtype == np.uint8 and spec.depth == 8:
        planes = _recolour_8bit(pixels, spec.channels)
    else:
        planes = _recolour(_mapped(pixels, spec, top), spec.channels)
    box, inner = _placement(planes.shape[1], planes.shape[0], spec)
    if inner == (planes.shape[1], planes.shape[0]) and box == (0, 0, *inner):
        scaled = planes
    elif planes.dtype == np.uint8:
        scaled = _resample_8bit(planes, inner, box)
    else:
        layers = [_resample(planes[:, :, c], inner, box) for c in range(planes.shape[2])]
        scaled = np.stack(layers, axis=2)
    if scaled.dtype != np.uint8:
        kind = np.uint8 if spec.depth == 8 else np.uint16
        scaled = np.clip(np.rint(scaled), 0, top).astype(kind)
    return np.ascontiguousarray(np.moveaxis(_centred(scaled, spec.size), 2, 0))


def _mapped(pixels: Array, spec: DataSpec, top: int) -> Array:
    """Values as float32 from 0 to ``top``; NaN becomes black."""
    low, high = _window(pixels.dtype, spec)
    result = np.empty(pixels.shape, np.float32)
    for start in range(0, len(pixels), BLOCK):
        part = pixels[start : start + BLOCK].astype(np.float64)
        part = np.nan_to_num((part - low) * (top / (high - low)), posinf=top, neginf=0.0)
        result[start : start + BLOCK] = np.clip(part, 0, top)
    return result


def _window(kind: np.dtype[Any], spec: DataSpec) -> tuple[float, float]:
    if kind == np.uint8:
        return 0.0, 255.0
    if spec.window == "full" and kind == np.uint16:
        return 0.0, 65535.0
    return spec.window_low, spec.window_high  # other types have no range of their own


def _recolour_8bit(pixels: Array, channels: str) -> Array:
    if channels == "colour":
        return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels
    if pixels.shape[2] == 1:
        return pixels
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).convert("L"))[:, :, None]


def _recolour(pixels: Array, channels: str) -> Array:
    if channels == "colour":
        return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels
    return pixels if pixels.shape[2] == 1 else (pixels @ LUMA)[:, :, None]


def _placement(
    width: int, height: int, spec: DataSpec
) -> tuple[tuple[float, float, float, float], tuple[int, int]]:
    """The box of the source that is used, and the size it gets within the square."""
    side, whole = spec.size, (0.0, 0.0, float(width), float(height))
    if spec.resize == "crop":
        short = min(width, height)
        left, top = (width - short) / 2, (height - short) / 2
        return (left, top, left + short, top + short), (side, side)
    if spec.resize == "letterbox":
        scale = side / max(width, height)
        return whole, (max(1, round(width * scale)), max(1, round(height * scale)))
    return whole, (side, side)


def _resample_8bit(
    planes: Array, inner: tuple[int, int], box: tuple[float, float, float, float]
) -> Array:
    grey = planes.shape[2] == 1
    image = Image.fromarray(np.ascontiguousarray(planes[:, :, 0] if grey else planes))
    scaled = np.asarray(image.resize(inner, Image.Resampling.BICUBIC, box=box))
    return scaled[:, :, None] if grey else scaled


def _resample(
    plane: Array, inner: tuple[int, int], box: tuple[float, float, float, float]
) -> Array:
    image = Image.fromarray(np.ascontiguousarray(plane))
    return np.asarray(image.resize(inner, Image.Resampling.BICUBIC, box=box))


def _centred(pixels: Array, side: int) -> Array:
    height, width = pixels.shape[:2]
    if height == width == side:
        return pixels
    canvas = np.zeros((side, side, pixels.shape[2]), pixels.dtype)
    top, left = (side - height) // 2, (side - width) // 2
    canvas[top : top + height, left : left + width] = pixels
    return canvas
