"""Starting weights."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from engine.layers.modules.attention import PositionalEmbedding
from engine.layers.modules.sequence import ClassToken

__all__ = ["initialise"]

_EMBEDDING_STD = 0.02
"""The usual one of vision transformers (Dosovitskiy et al., 2020)."""


def initialise(module: nn.Module, seed: int) -> None:
    """Draws the starting weights of all layers that begin at random, in place.

    Convolutions follow He et al. ("Delving deep into rectifiers", 2015): a normal distribution of
    variance ``2 / fan_out``, where the fan counts one group, so that depthwise filters are not too
    small. Transposed convolutions do so with the number of weights that meet in one output.
    Linear layers, those of attention among them, are uniform within ``1 / sqrt(fan_in)``, torch's
    own choice. Biases are 0. Learned tokens and places are normal with deviation 0.02, cut off at
    two of them. Everything else starts where its layer says: normalisations at the weight 1, or 0
    with ``zero_start``, learned slopes, factors and powers at their ``start`` or ``power``.

    Every layer draws from its own stream, made from ``seed`` and its name: changing one node of a
    model leaves the starting weights of the others as they were, so that two models can be
    compared seed by seed. torch's own generator is not touched.
    """
    for name, part in module.named_modules():
        draw = next((draw for cls, draw in _DRAWS if isinstance(part, cls)), None)
        if draw is not None:
            with torch.no_grad():
                draw(part, _stream(seed, name))


def _stream(seed: int, name: str) -> torch.Generator:
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "little") >> 1)


def _convolution(part: nn.Module, stream: torch.Generator) -> None:
    assert isinstance(part, (nn.Conv1d, nn.Conv2d))
    fan = part.out_channels // part.groups * math.prod(part.kernel_size)
    part.weight.normal_(0, math.sqrt(2 / fan), generator=stream)
    _zero(part.bias)


def _transposed(part: nn.Module, stream: torch.Generator) -> None:
    assert isinstance(part, nn.ConvTranspose2d)
    window = math.prod(part.kernel_size) / math.prod(part.stride)
    fan = part.in_channels // part.groups * max(1.0, window)
    part.weight.normal_(0, math.sqrt(2 / fan), generator=stream)
    _zero(part.bias)


def _linear(part: nn.Module, stream: torch.Generator) -> None:
    assert isinstance(part, nn.Linear)
    bound = 1 / math.sqrt(part.in_features)
    part.weight.uniform_(-bound, bound, generator=stream)
    _zero(part.bias)


def _embedding(part: nn.Module, stream: torch.Generator) -> None:
    edge = 2 * _EMBEDDING_STD
    for values in part.parameters(recurse=False):
        nn.init.trunc_normal_(values, 0, _EMBEDDING_STD, -edge, edge, generator=stream)


def _zero(bias: Tensor | None) -> None:
    if bias is not None:
        bias.zero_()


_DRAWS: tuple[tuple[type[nn.Module], Callable[[nn.Module, torch.Generator], None]], ...] = (
    (nn.Conv2d, _convolution),
    (nn.Conv1d, _convolution),
    (nn.ConvTranspose2d, _transposed),
    (nn.Linear, _linear),
    (PositionalEmbedding, _embedding),
    (ClassToken, _embedding),
)
