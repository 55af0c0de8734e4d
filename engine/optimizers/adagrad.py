"""Adagrad: steps scaled by the sum of all squared gradients so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from engine.optimizers.base import OPTIMIZERS, Optimizer
from engine.spec import param

if TYPE_CHECKING:
    import torch

__all__ = ["Adagrad"]


@OPTIMIZERS.register
class Adagrad(Optimizer):
    """Adagrad: ``s += g²``, ``w -= lr * g / (sqrt(s) + epsilon)`` (Duchi et al. 2011).

    The sum only grows, so the steps shrink by themselves.
    """

    kind: ClassVar[str] = "adagrad"
    title: ClassVar[str] = "Adagrad"
    summary: ClassVar[str] = "Steps that shrink by themselves; suits rare features, slow at last."

    lr: float = param(
        1e-2,
        label="Learning rate",
        gt=0,
        le=1,
        scale="log",
        search=(1e-3, 0.1),
        help="Size of a step at the schedule's peak. 0.01 is usual, above Adam's, because the "
        "growing sum makes every later step smaller.",
    )
    start: float = param(
        0.0,
        ge=0,
        le=10,
        advanced=True,
        help="What the sum of squares starts from. 0 makes the very first step as long as the "
        "learning rate for every weight; 0.1 softens it.",
    )
    epsilon: float = param(
        1e-10,
        gt=0,
        le=1,
        scale="log",
        advanced=True,
        help="Keeps the division safe where gradients vanish; torch's value.",
    )
    weight_decay: float = param(
        0.0,
        ge=0,
        le=1,
        search=(0.0, 1e-3),
        help="Added to the gradient (L2), against overfitting. 0 by default, as in the original.",
    )

    def averages(self) -> int:
        """One: the sum of the squared gradients."""
        return 1

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """``torch.optim.Adagrad`` over all weights at once."""
        import torch

        return torch.optim.Adagrad(
            groups,
            lr=self.lr,
            eps=self.epsilon,
            initial_accumulator_value=self.start,
            foreach=True,
        )
