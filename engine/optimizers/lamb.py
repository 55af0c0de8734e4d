"""LAMB: Adam whose steps are as long as the layer's weights allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from engine.optimizers.base import OPTIMIZERS
from engine.optimizers.moments import Moments
from engine.spec import param

if TYPE_CHECKING:
    import torch

__all__ = ["Lamb"]


@OPTIMIZERS.register
class Lamb(Moments):
    """LAMB: Adam's direction with the decay, scaled to the norm of the layer's weights.

    ``r = m / (sqrt(v) + epsilon) + weight_decay * w``, ``w -= lr * |w| / |r| * r`` (You et al.
    2020, “Large batch optimization for deep learning”, algorithm 2, with the identity as its phi).
    Biases and norms take ``r`` unscaled.
    """

    kind: ClassVar[str] = "lamb"
    title: ClassVar[str] = "LAMB"
    summary: ClassVar[str] = "For very large batches: each layer moves by the same share."
    recordable: ClassVar[bool] = True

    lr: float = param(
        5e-3,
        label="Learning rate",
        gt=0,
        le=1,
        scale="log",
        search=(5e-4, 5e-2),
        help="By what share of itself a layer changes in a step, at the schedule's peak. 0.005 is "
        "usual for residual networks (Wightman et al. 2021, recipes A2 and A3 at batches of "
        "2,048: 0.005 and 0.008).",
    )
    epsilon: float = param(
        1e-6,
        gt=0,
        le=1,
        scale="log",
        advanced=True,
        help="Keeps the division safe where gradients vanish; the paper's value.",
    )
    weight_decay: float = param(
        0.02,
        ge=0,
        le=1,
        scale="log",
        search=(1e-4, 0.3),
        help="Pulls weights towards zero at every step, against overfitting. 0.02 is the value "
        "that goes with a rate of 0.005; biases and norms are left out.",
    )

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """Our own, for torch has none; all weights at once."""
        from engine.optimizers.modules.lamb import LambSteps

        return LambSteps(groups, lr=self.lr, betas=self.betas, epsilon=self.epsilon)
