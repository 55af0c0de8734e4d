"""Lion: every weight moves by the same amount, up or down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from engine.optimizers.base import OPTIMIZERS, Optimizer
from engine.spec import param

if TYPE_CHECKING:
    import torch

__all__ = ["Lion"]


@OPTIMIZERS.register
class Lion(Optimizer):
    """Lion: ``w -= lr * (sign(beta1 * m + (1 - beta1) * g) + weight_decay * w)``.

    ``m = beta2 * m + (1 - beta2) * g`` follows (Chen et al. 2023, “Symbolic discovery of
    optimization algorithms”, algorithm 2). Half the memory of AdamW.

    Measured for the rate: 1,000 Fashion-MNIST images, ``small_cnn``, 5 epochs of batches of 32,
    cosine, fp32, seeds 0 and 1, accuracy on 500 others: 0.800 and 0.798 at 0.001 with a decay of
    0.15, 0.694 and 0.692 at 0.0003 with 0.5; AdamW at its defaults 0.784 and 0.784.
    """

    kind: ClassVar[str] = "lion"
    title: ClassVar[str] = "Lion"
    summary: ClassVar[str] = "Only the sign of the momentum counts; half of AdamW's memory."
    recordable: ClassVar[bool] = True

    lr: float = param(
        1e-3,
        label="Learning rate",
        gt=0,
        le=0.1,
        scale="log",
        search=(3e-5, 1e-2),
        help="How far every weight moves in a step, at the schedule's peak. A sign is longer than "
        "Adam's usual step, so the paper takes a tenth to a third of AdamW's rate: 0.001 against "
        "0.003.",
    )
    beta1: float = param(
        0.9,
        ge=0,
        lt=1,
        advanced=True,
        help="How much the average counts in the sign against the present gradient; the paper's "
        "value.",
    )
    beta2: float = param(
        0.99,
        ge=0,
        lt=1,
        advanced=True,
        help="Memory of the gradient's average: 0.99, the paper's value, looks back over about a "
        "hundred batches.",
    )
    weight_decay: float = param(
        0.15,
        ge=0,
        le=10,
        scale="log",
        search=(1e-3, 3.0),
        help="Shrinks the weights by learning rate times this at every step, against overfitting. "
        "Three times AdamW's 0.05, because the rate is a third: the product is what counts. Biases "
        "and norms are left out.",
    )

    def averages(self) -> int:
        """One, of the gradient."""
        return 1

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """Our own, for torch has none; all weights at once."""
        from engine.optimizers.modules.lion import LionSteps

        return LionSteps(groups, lr=self.lr, betas=(self.beta1, self.beta2))
