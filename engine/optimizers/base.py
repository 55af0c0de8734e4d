"""What every optimizer kind has in common, and how weight decay is shared out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from engine.registry import Registry
from engine.spec import Spec

if TYPE_CHECKING:
    import torch

__all__ = ["OPTIMIZERS", "Optimizer", "parameter_groups"]


class Optimizer(Spec):
    """One way to change the weights after each batch.

    Every kind has ``lr`` (the peak of the schedule) and ``weight_decay``, so that switching kinds
    keeps both. Subclasses write :meth:`make` and :meth:`averages`; the loop calls :meth:`build`.
    """

    summary: ClassVar[str] = ""

    def build(self, model: torch.nn.Module) -> torch.optim.Optimizer:
        """Torch's optimizer over the model's weights, biases and norms free of weight decay."""
        decay = float(self.values()["weight_decay"])
        return self.make(parameter_groups(model, decay))

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """Torch's optimizer for parameter groups that hold their own ``weight_decay``."""
        raise NotImplementedError

    def averages(self) -> int:
        """How many values it keeps for each weight between two steps, each fp32."""
        raise NotImplementedError

    @property
    def peak(self) -> float:
        """The learning rate that a schedule's factor of 1 stands for."""
        return float(self.values()["lr"])


OPTIMIZERS: Registry[Optimizer] = Registry("optimizer", "engine.optimizers")


def parameter_groups(model: torch.nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Two parameter groups: matrices and kernels decay, biases and norms (one axis) do not.

    Decaying a scale or an offset pulls the network's output, not its complexity, towards zero
    (He et al. 2019, “Bag of tricks”, section 3.1). A group without parameters is left out.
    """
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    decayed = [weight for weight in trained if weight.ndim > 1]
    free = [weight for weight in trained if weight.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": free, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]
