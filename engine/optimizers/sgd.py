"""Stochastic gradient descent with momentum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from engine.errors import FoveaError
from engine.optimizers.base import OPTIMIZERS, Optimizer
from engine.spec import param

if TYPE_CHECKING:
    import torch

__all__ = ["SGD"]


@OPTIMIZERS.register
class SGD(Optimizer):
    """Gradient descent with (Nesterov) momentum; weight decay added to the gradient.

    ``v = momentum * v + g + weight_decay * w``, ``w -= lr * (g + momentum * v)`` with Nesterov,
    ``w -= lr * v`` without (Sutskever et al. 2013).
    """

    kind: ClassVar[str] = "sgd"
    title: ClassVar[str] = "SGD with momentum"
    summary: ClassVar[str] = "Often the best final accuracy; needs a well chosen learning rate."
    recordable: ClassVar[bool] = True

    lr: float = param(
        0.05,
        label="Learning rate",
        gt=0,
        le=10,
        scale="log",
        search=(1e-4, 1.0),
        help="Size of a step at the schedule's peak. 0.05 suits batch norm networks at batches of "
        "64 to 128. Too high diverges, too low crawls.",
    )
    momentum: float = param(
        0.9,
        ge=0,
        lt=1,
        search=(0.8, 0.99),
        help="How much of the last step is carried on. 0.9 averages over about ten batches.",
    )
    nesterov: bool = param(
        True,
        advanced=True,
        help="Looks ahead along the momentum before it corrects; damps overshoot at no cost.",
    )
    weight_decay: float = param(
        5e-4,
        ge=0,
        le=1,
        scale="log",
        search=(1e-5, 1e-2),
        help="Pulls weights towards zero at every step, against overfitting. 0.0005 is the usual "
        "value for SGD; biases and norms are left out.",
    )

    def validate_together(self) -> None:
        """Nesterov's look-ahead needs momentum."""
        if self.nesterov and self.momentum == 0:
            raise FoveaError(
                "FV-H002",
                "Nesterov momentum needs a momentum above 0.",
                where="momentum",
                why="Momentum is 0 and Nesterov is on.",
                fix="Raise the momentum (0.9 is usual) or turn Nesterov off.",
            )

    def averages(self) -> int:
        """One, the velocity; none without momentum."""
        return 1 if self.momentum else 0

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """``torch.optim.SGD``, fused into one kernel."""
        import torch

        return torch.optim.SGD(
            groups, lr=self.lr, momentum=self.momentum, nesterov=self.nesterov, fused=True
        )
