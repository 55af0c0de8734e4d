"""Lion as a ``torch.optim.Optimizer``."""

# pyright: reportPrivateImportUsage=false
# Torch documents its foreach functions, but its stubs do not export them.
from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from engine.optimizers.modules.together import Together

__all__ = ["LionSteps"]


class LionSteps(Together):
    """Chen et al. 2023, algorithm 2; keeps ``exp_avg``. Groups: ``lr weight_decay betas``."""

    def update(self, group: dict[str, Any], weights: list[Tensor], gradients: list[Tensor]) -> None:
        """``w -= lr * (sign(beta1 * m + (1 - beta1) * g) + weight_decay * w)``, then ``m``."""
        beta1, beta2 = group["betas"]
        averages = self.kept(weights, "exp_avg")
        signs = torch._foreach_lerp(averages, gradients, 1 - beta1)
        torch._foreach_sign_(signs)
        torch._foreach_mul_(signs, group["lr"])
        torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])
        torch._foreach_sub_(weights, signs)
        torch._foreach_lerp_(averages, gradients, 1 - beta2)
