"""What decides, beside its weights, how a model computes a batch in training."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

__all__ = ["Modes"]


class Modes:
    """Tells whether a model is still as it was when something was made for it.

    That is: the same weights train, the layers are in the same modes, and batch norms keep their
    averages in the same way. It takes microseconds.
    """

    def __init__(self, model: nn.Module) -> None:
        self._weights = tuple(model.parameters())
        self._modules = tuple(model.modules())
        self._norms = tuple(each for each in self._modules if isinstance(each, _BatchNorm))
        self._before = self._now()

    def same(self) -> bool:
        """Whether nothing has changed since this object was made."""
        return self._now() == self._before

    def _now(self) -> tuple[object, ...]:
        return (
            torch.is_grad_enabled(),
            [weight.requires_grad for weight in self._weights],
            [module.training for module in self._modules],
            [(norm.track_running_stats, norm.momentum) for norm in self._norms],
        )
