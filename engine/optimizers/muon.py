"""Muon for convolutions: steps along the orthogonalised momentum of each kernel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from engine.optimizers.base import OPTIMIZERS, Optimizer
from engine.spec import param

if TYPE_CHECKING:
    import torch

__all__ = ["Muon"]


@OPTIMIZERS.register
class Muon(Optimizer):
    """Muon on kernels flattened to matrices ``[out, in * height * width]``, AdamW on the rest.

    ``m = momentum * m + (1 - momentum) * g``, ``w -= lr * s * NS(momentum * m + (1 - momentum) *
    g)``, where ``NS`` makes all singular values about 1 by Newton-Schulz iterations (Jordan et al.
    2024, “Muon”). ``s = 0.2 * sqrt(max(rows, columns))`` gives the step the size of AdamW's (Liu
    et al. 2025, “Muon is scalable for LLM training”, section 2.2), so that one learning rate and
    one weight decay, beside the step, serve the biases, norms, grouped kernels, embeddings and the
    classifier too, which AdamW moves.

    Measured: 1,000 Fashion-MNIST images, ``small_cnn``, 5 epochs of batches of 32, cosine, fp32,
    seeds 0 and 1, accuracy on 500 others: 0.836 and 0.822, AdamW 0.784 and 0.784.
    """

    kind: ClassVar[str] = "muon"
    title: ClassVar[str] = "Muon"
    summary: ClassVar[str] = "Uses all directions of a kernel evenly; fewer epochs, longer steps."
    recordable: ClassVar[bool] = True

    lr: float = param(
        3e-3,
        label="Learning rate",
        gt=0,
        le=1,
        scale="log",
        search=(3e-4, 3e-2),
        help="Size of a step at the schedule's peak. The steps are scaled to AdamW's size, so its "
        "0.003 fits here as well.",
    )
    momentum: float = param(
        0.95,
        ge=0,
        lt=1,
        search=(0.8, 0.99),
        help="How much of the last step is carried on. 0.95, the authors' value, averages over "
        "about twenty batches.",
    )
    weight_decay: float = param(
        0.05,
        ge=0,
        le=1,
        scale="log",
        search=(1e-4, 0.3),
        help="Shrinks the weights by learning rate times this at every step, against overfitting. "
        "0.05 as for AdamW, whose step size it shares; biases and norms are left out.",
    )

    def groups(
        self, model: torch.nn.Module, factors: Mapping[str, float] | None = None
    ) -> list[dict[str, Any]]:
        """As for any kind, with the hidden matrices apart, marked ``orthogonal``."""
        from engine.optimizers.modules.muon import hidden_matrices

        matrices = hidden_matrices(model)
        parted: list[dict[str, Any]] = []
        for group in super().groups(model, factors):
            for orthogonal in (True, False):
                weights = [w for w in group["params"] if (w in matrices) is orthogonal]
                if weights:
                    parted.append(group | {"params": weights, "orthogonal": orthogonal})
        return parted

    def averages(self) -> int:
        """At most two: AdamW's for the rest, while a kernel has only its momentum."""
        return 2

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """Our own: torch's is for matrices only; all weights at once."""
        from engine.optimizers.modules.muon import MuonSteps

        return MuonSteps(groups, lr=self.lr, momentum=self.momentum)
