"""What every optimizer kind has in common, and how weight decay is shared out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from engine.registry import Registry
from engine.spec import Spec

if TYPE_CHECKING:
    import torch

__all__ = ["OPTIMIZERS", "Optimizer", "parameter_groups"]


class Optimizer(Spec):
    """One way to change the weights after each batch.

    Every kind has ``lr`` (the peak of the schedule) and ``weight_decay``. Subclasses write
    :meth:`make` and :meth:`averages`; the loop calls :meth:`build`.

    What is right for one kind is far off for another (Lion's rate is a third of AdamW's, SGD's ten
    times as high), so another kind starts from its own defaults.

    Attributes:
        recordable: whether a step can be part of a recorded CUDA graph: it takes the learning rate
            from a tensor, counts and decides on the card, and its averages start at zero. Adam,
            AdamW, SGD, Lion, LAMB and Muon are; NAdam, RAdam, RMSprop and Adagrad are not, for
            torch's count steps, or take the rate, in Python.
    """

    summary: ClassVar[str] = ""
    keeps_values: ClassVar[bool] = False
    recordable: ClassVar[bool] = False

    def build(
        self, model: torch.nn.Module, factors: Mapping[str, float] | None = None
    ) -> torch.optim.Optimizer:
        """Torch's optimizer over the model's weights, biases and norms free of weight decay.

        ``factors`` are learning rate factors by the weight's name, 1 where nothing is said.
        """
        return self.make(self.groups(model, factors))

    def groups(
        self, model: torch.nn.Module, factors: Mapping[str, float] | None = None
    ) -> list[dict[str, Any]]:
        """The parameter groups that :meth:`make` takes; see :func:`parameter_groups`."""
        return parameter_groups(model, float(self.values()["weight_decay"]), factors)

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """Torch's optimizer for parameter groups that hold their own ``weight_decay``."""
        raise NotImplementedError

    def averages(self) -> int:
        """How many values it keeps for each weight between two steps, at most, each fp32."""
        raise NotImplementedError

    @property
    def peak(self) -> float:
        """The learning rate that a schedule's factor of 1 stands for."""
        return float(self.values()["lr"])


OPTIMIZERS: Registry[Optimizer] = Registry("optimizer", "engine.optimizers")


def parameter_groups(
    model: torch.nn.Module, weight_decay: float, factors: Mapping[str, float] | None = None
) -> list[dict[str, Any]]:
    """Two parameter groups: matrices and kernels decay, biases and norms (one axis) do not.

    Decaying a scale or an offset pulls the network's output, not its complexity, towards zero
    (He et al. 2019, “Bag of tricks”, section 3.1). Where ``factors`` differ from 1 there are two
    groups more for each, with ``lr_factor`` in them: the loop multiplies the learning rate by it.
    Frozen weights and groups without parameters are left out.
    """
    by_factor: dict[float, list[torch.nn.Parameter]] = {1.0: []}
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            by_factor.setdefault((factors or {}).get(name, 1.0), []).append(weight)
    groups: list[dict[str, Any]] = []
    for factor, weights in by_factor.items():
        own = {} if factor == 1.0 else {"lr_factor": factor}
        decayed = [weight for weight in weights if weight.ndim > 1]
        free = [weight for weight in weights if weight.ndim <= 1]
        groups.append({"params": decayed, "weight_decay": weight_decay} | own)
        groups.append({"params": free, "weight_decay": 0.0} | own)
    return [group for group in groups if group["params"]]
