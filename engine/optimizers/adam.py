"""Adam and AdamW: steps scaled by running averages of the gradient and its square."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from engine.optimizers.base import OPTIMIZERS
from engine.optimizers.moments import Moments
from engine.spec import param

if TYPE_CHECKING:
    import torch

__all__ = ["Adam", "AdamW"]


@OPTIMIZERS.register
class Adam(Moments):
    """Adam: ``w -= lr * m / (sqrt(v) + epsilon)`` with bias-corrected averages (2015).

    Weight decay is added to the gradient, and so scaled down where gradients are large.
    """

    kind: ClassVar[str] = "adam"
    title: ClassVar[str] = "Adam"
    summary: ClassVar[str] = "Quick and forgiving; AdamW is its successor."
    recordable: ClassVar[bool] = True

    weight_decay: float = param(
        0.0,
        ge=0,
        le=1,
        search=(0.0, 1e-3),
        help="Added to the gradient (L2). 0 by default: with Adam it works unevenly, use AdamW for "
        "weight decay.",
    )

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """``torch.optim.Adam``, fused into one kernel."""
        import torch

        return torch.optim.Adam(groups, lr=self.lr, betas=self.betas, eps=self.epsilon, fused=True)


@OPTIMIZERS.register
class AdamW(Moments):
    """Adam with ``w -= lr * weight_decay * w`` beside the step (Loshchilov & Hutter 2019)."""

    kind: ClassVar[str] = "adamw"
    title: ClassVar[str] = "AdamW"
    summary: ClassVar[str] = "The default: quick, forgiving, with proper weight decay."
    recordable: ClassVar[bool] = True

    weight_decay: float = param(
        0.05,
        ge=0,
        le=1,
        scale="log",
        search=(1e-4, 0.3),
        help="Shrinks the weights by learning rate times this at every step, against overfitting. "
        "0.05 is usual for AdamW; biases and norms are left out.",
    )

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """``torch.optim.AdamW``, fused into one kernel."""
        import torch

        return torch.optim.AdamW(groups, lr=self.lr, betas=self.betas, eps=self.epsilon, fused=True)
