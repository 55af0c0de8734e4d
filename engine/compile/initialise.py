"""Starting weights."""

from __future__ import annotations

import hashlib
import math

import torch
from torch import nn

__all__ = ["initialise"]


def initialise(module: nn.Module, seed: int) -> None:
    """Draws the starting weights of all convolutions and linear layers, in place.

    Convolutions follow He et al. ("Delving deep into rectifiers", 2015): a normal distribution of
    variance ``2 / fan_out``, where the fan counts one group, so that depthwise filters are not too
    small. Linear layers are uniform within ``1 / sqrt(fan_in)``, torch's own choice. Biases are 0.
    Normalisations keep the weight 1, or 0 where their layer says ``zero_start``.

    Every layer draws from its own stream, made from ``seed`` and its name: changing one node of a
    model leaves the starting weights of the others as they were, so that two models can be
    compared seed by seed. torch's own generator is not touched.
    """
    for name, part in module.named_modules():
        if not isinstance(part, (nn.Conv2d, nn.Linear)):
            continue
        digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
        stream = torch.Generator().manual_seed(int.from_bytes(digest[:8], "little") >> 1)
        with torch.no_grad():
            if isinstance(part, nn.Conv2d):
                fan_out = part.out_channels // part.groups * math.prod(part.kernel_size)
                part.weight.normal_(0, math.sqrt(2 / fan_out), generator=stream)
            else:
                bound = 1 / math.sqrt(part.in_features)
                part.weight.uniform_(-bound, bound, generator=stream)
            if part.bias is not None:
                part.bias.zero_()
