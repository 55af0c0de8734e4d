"""Puts together what the file spells out: biases, global pooling, squeeze-and-excitation."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.layers.activation import Gelu, HardSigmoid, Relu, Sigmoid, Silu
from engine.layers.adaptive import AdaptiveAvgPool, AdaptiveMaxPool
from engine.layers.base import Layer
from engine.layers.convolution import Conv2d, DepthwiseConv2d
from engine.layers.gates import Scale, SqueezeExcite
from engine.layers.linear import Linear
from engine.layers.merge import Multiply
from engine.layers.normalisation import BatchNorm, GroupNorm, InstanceNorm
from engine.layers.pooling import GlobalAvgPool, GlobalMaxPool
from engine.layers.reshape import Flatten
from engine.layers.transposed import ConvTranspose2d
from engine.onnx_import.sheet import Piece, Sheet

__all__ = ["join_biases", "tidy"]

_BIASED = (Conv2d, DepthwiseConv2d, ConvTranspose2d, Linear)
_NORMS = (GroupNorm, InstanceNorm)


def join_biases(sheet: Sheet) -> None:
    """Lets constants that are added or multiplied be part of the layer before them."""
    for name in list(sheet.pieces):
        if name in sheet:
            _join_affine(sheet, name)


def tidy(sheet: Sheet) -> None:
    """Changes the sheet so that it reads as a person would have drawn it; computes the same."""
    for pool, whole in ((AdaptiveAvgPool, GlobalAvgPool), (AdaptiveMaxPool, GlobalMaxPool)):
        _pool_whole_images(sheet, pool, whole)
    for found in list(sheet.chain(*_SQUEEZE)):
        _squeeze_excite(sheet, found)


def _join_affine(sheet: Sheet, name: str) -> None:
    """A shift for each channel becomes the bias of the layer before it, where that has none."""
    piece = sheet[name]
    if not piece.sources or not _is_affine(piece):
        return
    before = piece.sources[0]
    maker = sheet[before]
    if sheet.only_follower(before) != name:
        return
    factor, shift = _factor(piece), piece.weights.get("bias")
    if isinstance(maker.layer, _NORMS) and not maker.layer.affine:
        maker.layer = maker.layer.with_(affine=True)
        zeros = np.zeros_like(factor) if shift is None else shift
        maker.weights = {"weight": factor, "bias": zeros}
    elif shift is None:
        return
    elif isinstance(maker.layer, _NORMS) and np.all(factor == 1):
        maker.weights["bias"] = maker.weights["bias"] + shift
    elif isinstance(maker.layer, _BIASED) and np.all(factor == 1):
        maker.layer = maker.layer.with_(bias=True)
        maker.weights["bias"] = maker.weights.get("bias", 0) + shift
    elif isinstance(maker.layer, Scale) and np.all(factor == 1):
        piece.weights["weight"] = piece.weights["weight"] * _spread(maker, piece)
        sheet.bypass(before)
        return
    else:
        return
    sheet.bypass(name)


def _is_affine(piece: Piece) -> bool:
    """Whether a node is what ``affine`` made of a constant in the file."""
    spelled = piece.op is not None and piece.op.kind not in ("Conv", "BatchNormalization")
    return spelled and isinstance(piece.layer, (DepthwiseConv2d, BatchNorm, Scale))


def _factor(piece: Piece) -> np.ndarray:
    factor = piece.weights["scale" if isinstance(piece.layer, Scale) else "weight"].ravel()
    if isinstance(piece.layer, Scale):
        return np.broadcast_to(factor, piece.shape[0] if len(piece.shape) != 2 else factor.shape)
    return factor


def _spread(scale: Piece, piece: Piece) -> np.ndarray:
    factor, weight = scale.weights["scale"].ravel(), piece.weights["weight"]
    return factor.reshape(-1, *[1] * (weight.ndim - 1))


def _pool_whole_images(sheet: Sheet, pool: type[Layer], whole: type[Layer]) -> None:
    """Pooling to one pixel that is then flattened is a global pooling."""
    for name, piece in list(sheet.pieces.items()):
        if not isinstance(piece.layer, pool) or piece.shape[1:] != (1, 1):
            continue
        followers = sheet.followers(name)
        if followers and all(isinstance(sheet[f].layer, Flatten) for f in followers):
            piece.layer, piece.shape = whole(), piece.shape[:1]
            for follower in followers:
                sheet.bypass(follower)
            sheet.rename(name, pool.kind, "pool")


_SQUEEZE = (
    AdaptiveAvgPool,
    Conv2d,
    (Relu, Silu, Gelu),
    Conv2d,
    (Sigmoid, HardSigmoid),
    Multiply,
)


def _squeeze_excite(sheet: Sheet, found: tuple[str, ...]) -> None:
    """Pooling, two 1 × 1 convolutions and a gate are one layer, with its weights."""
    pool, first, middle, second, gate, product = found
    source = sheet[pool].sources[0]
    if sorted(sheet[product].sources) != sorted((source, gate)) or sheet[pool].shape[1:] != (1, 1):
        return
    for conv in (first, second):
        layer = sheet[conv].layer
        whole = isinstance(layer, Conv2d) and layer.groups == 1
        if not whole or sheet[conv].weights["weight"].shape[2:] != (1, 1):
            return
    if isinstance(sheet[middle].layer, Gelu) and sheet[middle].layer != Gelu():
        return
    piece = sheet[product]
    kinds: dict[str, Any] = {
        "activation": sheet[middle].layer.kind,
        "gate": sheet[gate].layer.kind,
    }
    squeezed = len(sheet[first].weights["weight"])
    piece.layer = SqueezeExcite(
        reduction=max(1, min(1024, piece.shape[0] // squeezed)),
        squeeze_channels=squeezed,
        **kinds,
    )
    piece.weights = {
        f"{name}.{key}": value
        for name, conv in (("fc1", first), ("fc2", second))
        for key, value in sheet[conv].weights.items()
    }
    piece.weights |= {  # an exporter leaves out a bias of zeros
        f"{name}.bias": np.zeros(len(sheet[conv].weights["weight"]), np.float32)
        for name, conv in (("fc1", first), ("fc2", second))
        if f"{name}.bias" not in piece.weights
    }
    piece.sources = [source]
    for name in found[:-1]:
        del sheet.pieces[name]
    sheet.rename(product, Multiply.kind, SqueezeExcite.kind)
