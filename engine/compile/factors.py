"""Learning rate factors of a compiled model: which weights move, and how fast."""

from __future__ import annotations

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

__all__ = ["factors", "mark", "set_training"]

_ATTRIBUTE = "_fovea_lr_factor"


def mark(module: nn.Module, factor: float) -> None:
    """Gives a node's module its factor; :func:`factors` multiplies those of nested ones."""
    if factor != 1.0:
        setattr(module, _ATTRIBUTE, factor)


def factors(model: nn.Module) -> dict[str, float]:
    """The learning rate factor of every parameter, by name: the product along its path."""
    found = dict.fromkeys((name for name, _ in model.named_parameters()), 1.0)
    for path, module in model.named_modules():
        own = getattr(module, _ATTRIBUTE, 1.0)
        if own == 1.0:
            continue
        for name in found:
            if name.startswith(f"{path}."):
                found[name] *= own
    return found


def set_training(model: nn.Module) -> None:
    """Brings the model into training mode, but for the batch norms of frozen nodes.

    A batch norm in training mode normalises by the batch and moves its averages towards it: in a
    frozen node the layer would compute something else than what its weights were trained for, and
    something else again in every epoch. So it keeps to its averages, as it does when it predicts.
    """
    model.train()
    for module in model.modules():
        if getattr(module, _ATTRIBUTE, 1.0) == 0.0:
            for part in module.modules():
                if isinstance(part, _BatchNorm):
                    part.eval()
