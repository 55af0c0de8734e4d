"""A factor and a shift for each channel as a layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.layers.base import Layer, Shape
from engine.layers.convolution import DepthwiseConv2d
from engine.layers.gates import Scale
from engine.layers.normalisation import BatchNorm
from engine.onnx_import.records import Unmapped
from engine.onnx_import.views import channels_of

__all__ = ["affine", "by_channel"]

_EPS = 1e-5


def affine(
    shape: Shape, factor: np.ndarray | float, shift: np.ndarray | float
) -> tuple[Layer, dict[str, np.ndarray]]:
    """The layer for ``factor * x + shift`` on ``shape``, and its weights.

    A factor alone is a ``Scale``; with a shift it is a 1 × 1 depthwise convolution on images and a
    batch normalisation that changes nothing else on lists.
    """
    if not np.any(shift):
        return _scale(shape, np.asarray(factor, np.float32))
    if len(shape) == 2:
        raise Unmapped("It shifts a sequence by constants, for which there is no layer.")
    channels = shape[0]
    a, b = np.broadcast_to(factor, channels), np.broadcast_to(shift, channels)
    if len(shape) == 3:
        layer = DepthwiseConv2d(kernel_size=1, padding=0)
        return layer, {"weight": a.reshape(-1, 1, 1, 1), "bias": b}
    return BatchNorm(eps=_EPS), {
        "weight": a,
        "bias": b,
        "running_mean": np.zeros(channels),
        "running_var": np.full(channels, 1 - _EPS),
    }


def _scale(shape: Shape, factor: np.ndarray) -> tuple[Layer, dict[str, np.ndarray]]:
    single = factor.ndim == 0
    count = 1 if single else shape[-1] if len(shape) == 2 else shape[0]
    sizes = (count, 1, 1) if len(shape) == 3 else (count,)
    start = float(factor) if single and abs(float(factor)) <= 100 else 1.0
    layer = Scale(start=start, per_channel=not single)
    return layer, {"scale": np.broadcast_to(factor, count).reshape(sizes)}


def by_channel(node_shape: Shape, places: np.ndarray, constant: np.ndarray) -> Any:
    """A constant that is broadcast over ``places``, as one number for each of the node's channels.

    Raises Unmapped where it differs within a channel.
    """
    if constant.ndim > places.ndim:
        if constant.shape[0] != 1:
            raise Unmapped("A constant of it differs from image to image.")
        constant = constant[0]
    spread = np.broadcast_to(constant, places.shape)
    channels = channels_of(node_shape, places)
    count = node_shape[1] if len(node_shape) == 2 else node_shape[0]
    vector = np.zeros(count, np.float32)
    vector[channels.ravel()] = spread.ravel()
    if not np.array_equal(vector[channels], spread.astype(np.float32)):
        raise Unmapped("A constant of it differs from place to place.")
    return vector
