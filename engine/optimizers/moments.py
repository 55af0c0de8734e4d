"""The settings of Adam and of those that grew out of it."""

from __future__ import annotations

from engine.optimizers.base import Optimizer
from engine.spec import param

__all__ = ["Moments"]


class Moments(Optimizer):
    """Running averages of the gradient and its square (Kingma & Ba 2015, algorithm 1)."""

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

    @property
    def betas(self) -> tuple[float, float]:
        """Both memories, as torch takes them."""
        return self.beta1, self.beta2

    def averages(self) -> int:
        """Two: of the gradient and of its square."""
        return 2
