"""LAMB as a ``torch.optim.Optimizer``."""

# pyright: reportPrivateImportUsage=false
# Torch documents its foreach functions, but its stubs do not export them.
from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from engine.optimizers.modules.together import Together, adam_directions

__all__ = ["LambSteps"]


class LambSteps(Together):
    """You et al. 2020, algorithm 2. Groups: ``lr weight_decay betas epsilon``."""

    def update(self, group: dict[str, Any], weights: list[Tensor], gradients: list[Tensor]) -> None:
        """``w -= lr * |w| / |r| * r`` with Adam's direction and the decay in ``r``.

        Biases and norms (one axis) take ``r`` as it is: their norm starts at zero, or says nothing.
        """
        steps = adam_directions(self, weights, gradients, group["betas"], group["epsilon"])
        torch._foreach_add_(steps, weights, alpha=group["weight_decay"])
        if weights[0].ndim > 1:
            torch._foreach_mul_(steps, _trust(weights, steps))
        torch._foreach_mul_(steps, group["lr"])
        torch._foreach_sub_(weights, steps)


def _trust(weights: list[Tensor], steps: list[Tensor]) -> list[Tensor]:
    """``|w| / |r|`` for each weight, 1 where either is zero."""
    length = torch.stack(list(torch._foreach_norm(weights)))
    wanted = torch.stack(list(torch._foreach_norm(steps)))
    ratio = torch.where((length > 0) & (wanted > 0), length / wanted, torch.ones_like(length))
    return list(ratio.unbind())
