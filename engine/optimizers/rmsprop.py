"""RMSprop: steps scaled by a running average of the squared gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from engine.optimizers.base import OPTIMIZERS, Optimizer
from engine.spec import param

if TYPE_CHECKING:
    import torch

__all__ = ["RMSprop"]


@OPTIMIZERS.register
class RMSprop(Optimizer):
    """RMSprop: ``v = alpha * v + (1 - alpha) * g²``, ``w -= lr * g / (sqrt(v) + epsilon)``.

    From Hinton's lecture 6e (2012); torch's form, with optional momentum on the scaled gradient.
    """

    kind: ClassVar[str] = "rmsprop"
    title: ClassVar[str] = "RMSprop"
    summary: ClassVar[str] = "Adam's forerunner; useful to repeat older work."

    lr: float = param(
        1e-3,
        label="Learning rate",
        gt=0,
        le=1,
        scale="log",
        search=(1e-5, 1e-2),
        help="Size of a step at the schedule's peak. 0.001 is the usual value.",
    )
    alpha: float = param(
        0.99,
        ge=0,
        lt=1,
        advanced=True,
        help="Memory of the squared gradient's average: 0.99 looks back over about 100 batches.",
    )
    momentum: float = param(
        0.0, ge=0, lt=1, help="How much of the last step is carried on; 0 is plain RMSprop."
    )
    epsilon: float = param(
        1e-8,
        gt=0,
        le=1,
        scale="log",
        advanced=True,
        help="Keeps the division safe where gradients vanish.",
    )
    weight_decay: float = param(
        0.0,
        ge=0,
        le=1,
        search=(0.0, 1e-3),
        help="Added to the gradient (L2), against overfitting. 0 by default, as in the original.",
    )

    def averages(self) -> int:
        """One of the squared gradient, and the velocity where there is momentum."""
        return 2 if self.momentum else 1

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """``torch.optim.RMSprop`` over all weights at once."""
        import torch

        return torch.optim.RMSprop(
            groups,
            lr=self.lr,
            alpha=self.alpha,
            eps=self.epsilon,
            momentum=self.momentum,
            foreach=True,
        )
