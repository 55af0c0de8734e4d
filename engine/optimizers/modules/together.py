"""What our own optimizers share: all weights of a group are worked on at once."""

# pyright: reportPrivateImportUsage=false
# Torch documents its foreach functions, but its stubs do not export them.
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

__all__ = ["Together", "adam_directions"]


class Together(torch.optim.Optimizer):
    """A ``torch.optim.Optimizer`` whose subclasses write :meth:`update` for one group.

    The state of a weight is made of tensors of its shape and, where steps are counted, ``step``
    beside the weight: nothing is read back by the processor, so a step can be recorded in a CUDA
    graph (``capturable`` in the groups says so), and a learning rate may be a tensor.
    """

    def __init__(self, groups: Iterable[dict[str, Any]], lr: float, **settings: Any) -> None:
        defaults = {"lr": lr, "weight_decay": 0.0, "capturable": True}
        super().__init__(groups, defaults | settings)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step along the gradients that lie in the weights; weights without one stay."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            if weights:
                self.update(group, weights, [weight.grad for weight in weights])
        return loss

    def update(self, group: dict[str, Any], weights: list[Tensor], gradients: list[Tensor]) -> None:
        """Changes ``weights`` in place, and not ``gradients``."""
        raise NotImplementedError

    def kept(self, weights: list[Tensor], name: str) -> list[Tensor]:
        """The averages of that name, one a weight and of its shape, zero at first."""
        for weight in weights:
            if name not in self.state[weight]:
                self.state[weight][name] = torch.zeros_like(weight)
        return [self.state[weight][name] for weight in weights]

    def counted(self, weights: list[Tensor]) -> list[Tensor]:
        """How many steps each weight has taken, this one included."""
        for weight in weights:
            if "step" not in self.state[weight]:
                self.state[weight]["step"] = torch.zeros((), device=weight.device)
        steps = [self.state[weight]["step"] for weight in weights]
        torch._foreach_add_(steps, 1.0)
        return steps


def adam_directions(
    optimizer: Together,
    weights: list[Tensor],
    gradients: list[Tensor],
    betas: tuple[float, float],
    epsilon: float,
) -> list[Tensor]:
    """``m / (sqrt(v) + epsilon)`` with bias-corrected averages (Kingma & Ba 2015), as new tensors.

    Moves the averages ``exp_avg`` and ``exp_avg_sq`` and the counters on by one step.
    """
    steps = optimizer.counted(weights)
    first, second = optimizer.kept(weights, "exp_avg"), optimizer.kept(weights, "exp_avg_sq")
    torch._foreach_lerp_(first, gradients, 1 - betas[0])
    torch._foreach_mul_(second, betas[1])
    torch._foreach_addcmul_(second, gradients, gradients, 1 - betas[1])
    spread = torch._foreach_div(second, _corrections(betas[1], steps))
    torch._foreach_sqrt_(spread)
    torch._foreach_add_(spread, epsilon)
    directions = torch._foreach_div(first, _corrections(betas[0], steps))
    torch._foreach_div_(directions, spread)
    return list(directions)


def _corrections(beta: float, steps: list[Tensor]) -> list[Tensor]:
    """``1 - beta ** step``: the share of the average that is not yet its start at zero."""
    shares = torch._foreach_pow(beta, steps)
    torch._foreach_neg_(shares)
    torch._foreach_add_(shares, 1.0)
    return list(shares)
