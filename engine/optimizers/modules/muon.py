"""Muon for convolutions as a ``torch.optim.Optimizer``, with AdamW for what is no matrix."""

# pyright: reportPrivateImportUsage=false
# Torch documents its foreach functions, but its stubs do not export them.
from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from engine.optimizers.modules.together import Together, adam_directions

__all__ = ["MuonSteps", "hidden_matrices", "orthogonalised"]

_QUINTIC = (3.4445, -4.7750, 2.0315)
"""Jordan's coefficients: the steepest at zero that end between about 0.7 and 1.2."""
_ITERATIONS = 5
_LEAST = 1e-7
_ADAMW = {"betas": (0.9, 0.999), "epsilon": 1e-8}
_SIZE = 0.2
"""Root mean square of AdamW's usual step, in learning rates (Liu et al. 2025, section 2.2)."""


class MuonSteps(Together):
    """Jordan et al. 2024. Groups: ``lr weight_decay momentum orthogonal``; see the spec class."""

    def update(self, group: dict[str, Any], weights: list[Tensor], gradients: list[Tensor]) -> None:
        """Orthogonal groups by Muon, the others by AdamW, weight decay beside the step in both."""
        if group["orthogonal"]:
            steps = self._orthogonal(weights, gradients, group["momentum"])
        else:
            steps = adam_directions(self, weights, gradients, **_ADAMW)
        torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])
        torch._foreach_mul_(steps, group["lr"])
        torch._foreach_sub_(weights, steps)

    def _orthogonal(
        self, weights: list[Tensor], gradients: list[Tensor], momentum: float
    ) -> list[Tensor]:
        """Steps with the shapes of the weights; kernels of one shape are worked on together."""
        averages = self.kept(weights, "momentum_buffer")
        torch._foreach_lerp_(averages, gradients, 1 - momentum)
        ahead = torch._foreach_lerp(gradients, averages, momentum)  # Nesterov's look-ahead
        same: dict[torch.Size, list[int]] = defaultdict(list)
        for index, matrix in enumerate(ahead):
            same[matrix.shape].append(index)
        steps = list(ahead)
        for shape, places in same.items():
            matrices = torch.stack([ahead[place].flatten(1) for place in places])
            size = _SIZE * math.sqrt(max(matrices.shape[1:]))
            for place, step in zip(places, orthogonalised(matrices).mul_(size), strict=True):
                steps[place] = step.reshape(shape)
        return steps


def orthogonalised(matrices: Tensor) -> Tensor:
    """For each ``U S V'`` of ``[n, rows, columns]`` nearly ``U V'``: all directions equally long.

    Five Newton-Schulz iterations ``X = a X + (b A + c A²) X`` with ``A = X X'``; singular values
    end near 1 (0.7 to 1.2), which is near enough. In bf16 on a card, whose matrix units it is made
    for, else in the precision of the input, which the result has.
    """
    a, b, c = _QUINTIC
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x.to(torch.bfloat16) if x.is_cuda else x
    x = x / torch.linalg.vector_norm(x, dim=(1, 2), keepdim=True).clamp_min(_LEAST)
    for _ in range(_ITERATIONS):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x.mT if tall else x).to(matrices.dtype)


def hidden_matrices(model: nn.Module) -> set[Tensor]:
    """The weights that map features to features: convolutions and linear layers but the last.

    The last one is the classifier, whose rows are classes. Grouped convolutions are many small maps
    and no matrix; embeddings, scales and biases are none either.
    """
    layers = [part for part in model.modules() if isinstance(part, (nn.Linear, _ConvNd))]
    whole = [part for part in layers[:-1] if getattr(part, "groups", 1) == 1]
    return {part.weight for part in whole}
