"""Adam and AdamW: steps scaled by running averages of the gradient and its square."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from engine.optimizers.base import OPTIMIZERS, Optimizer
from engine.spec import param

if TYPE_CHECKING:
    import torch

__all__ = ["Adam", "AdamW"]


class _Moments(Optimizer):
    """The settings that both share (Kingma & Ba 2015, algorithm 1)."""

    lr: float = param(
        3e-3,
        label="Learning rate",
        gt=0,
        le=1,
        scale="log",
        search=(1e-4, 3e-2),
        help="Size of a step at the schedule's peak. 0.003 is high for Adam: with a warm-up and a "
        "schedule that ends near zero, small batch norm networks learn fastest there.",
    )
    beta1: float = param(
        0.9,
        ge=0,
        lt=1,
        advanced=True,
        help="Memory of the gradient's average: 0.9 looks back over about ten batches.",
    )
    beta2: float = param(
        0.999,
        ge=0,
        lt=1,
        advanced=True,
        help="Memory of the squared gradient's average. 0.99 reacts faster on short runs; 0.999 is "
        "the paper's value.",
    )
    epsilon: float = param(
        1e-8,
        gt=0,
        le=1,
        scale="log",
        advanced=True,
        help="Keeps the division safe where gradients vanish; the paper's value.",
    )

    def averages(self) -> int:
        """Two: of the gradient and of its square."""
        return 2


@OPTIMIZERS.register
class Adam(_Moments):
    """Adam: ``w -= lr * m / (sqrt(v) + epsilon)`` with bias-corrected averages (2015).

    Weight decay is added to the gradient, and so scaled down where gradients are large.
    """

    kind: ClassVar[str] = "adam"
    title: ClassVar[str] = "Adam"
    summary: ClassVar[str] = "Quick and forgiving; AdamW is its successor."

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

        betas = (self.beta1, self.beta2)
        return torch.optim.Adam(groups, lr=self.lr, betas=betas, eps=self.epsilon, fused=True)


@OPTIMIZERS.register
class AdamW(_Moments):
    """Adam with ``w -= lr * weight_decay * w`` beside the step (Loshchilov & Hutter 2019)."""

    kind: ClassVar[str] = "adamw"
    title: ClassVar[str] = "AdamW"
    summary: ClassVar[str] = "The default: quick, forgiving, with proper weight decay."

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

        betas = (self.beta1, self.beta2)
        return torch.optim.AdamW(groups, lr=self.lr, betas=betas, eps=self.epsilon, fused=True)
