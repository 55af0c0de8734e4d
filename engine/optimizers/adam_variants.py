"""NAdam and RAdam: Adam that looks ahead, and Adam that warms itself up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from engine.optimizers.base import OPTIMIZERS
from engine.optimizers.moments import Moments
from engine.spec import param

if TYPE_CHECKING:
    import torch

__all__ = ["NAdam", "RAdam"]

_DECAY_HELP = (
    "Shrinks the weights by learning rate times this at every step, beside the step as AdamW does "
    "it, against overfitting. 0.05 is usual there; biases and norms are left out."
)


@OPTIMIZERS.register
class NAdam(Moments):
    """Adam with Nesterov's look-ahead in place of plain momentum (Dozat 2016), as torch has it.

    The share of momentum grows over the first steps:
    ``mu_t = beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))``.
    """

    kind: ClassVar[str] = "nadam"
    title: ClassVar[str] = "NAdam"
    summary: ClassVar[str] = "Adam that looks ahead; often a little quicker in the first epochs."

    lr: float = param(
        2e-3,
        label="Learning rate",
        gt=0,
        le=1,
        scale="log",
        search=(1e-4, 2e-2),
        help="Size of a step at the schedule's peak. 0.002 is the paper's value; a little below "
        "AdamW's, because the look-ahead lengthens the steps.",
    )
    momentum_decay: float = param(
        4e-3,
        ge=0,
        le=1,
        advanced=True,
        help="How fast the momentum rises to its full share. 0.004 is the paper's value: half of "
        "the way is gone after about 4,000 steps.",
    )
    weight_decay: float = param(0.05, ge=0, le=1, scale="log", search=(1e-4, 0.3), help=_DECAY_HELP)

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """``torch.optim.NAdam`` with the weight decay beside the step, all weights at once."""
        import torch

        return torch.optim.NAdam(
            groups,
            lr=self.lr,
            betas=self.betas,
            eps=self.epsilon,
            momentum_decay=self.momentum_decay,
            decoupled_weight_decay=True,
            foreach=True,
        )


@OPTIMIZERS.register
class RAdam(Moments):
    """Adam that takes plain momentum steps until its second average can be trusted.

    Liu et al. 2020, “On the variance of the adaptive learning rate and beyond”, algorithm 2: the
    step is multiplied by the rectification term, which climbs from 0 to 1.
    """

    kind: ClassVar[str] = "radam"
    title: ClassVar[str] = "RAdam"
    summary: ClassVar[str] = "Adam with a warm-up of its own; forgives a rate that is too high."

    weight_decay: float = param(0.05, ge=0, le=1, scale="log", search=(1e-4, 0.3), help=_DECAY_HELP)

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """``torch.optim.RAdam`` with the weight decay beside the step, all weights at once."""
        import torch

        return torch.optim.RAdam(
            groups,
            lr=self.lr,
            betas=self.betas,
            eps=self.epsilon,
            decoupled_weight_decay=True,
            foreach=True,
        )
