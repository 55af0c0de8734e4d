"""Penalties and limits on the weights themselves."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

__all__ = ["add_l1", "filter_weights", "limit_norms"]

_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
_FILTERS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear, *_TRANSPOSED)


@torch.no_grad()
def add_l1(weights: Sequence[nn.Parameter], strength: float) -> None:
    """Adds the gradient of ``strength * sum |w|``, which is ``strength * sign(w)``.

    For weights of more than one axis, those that weight decay is for, that have a gradient (0 at
    exactly 0, the subgradient that torch takes, too).
    """
    for weight in weights:
        if weight.ndim > 1 and weight.grad is not None:
            weight.grad.add_(weight.sign(), alpha=strength)


def filter_weights(model: nn.Module) -> list[Tensor]:
    """Views ``[groups, outputs, …]`` of the trained kernels and matrices, an output filter each.

    A transposed convolution has its outputs on the second axis of its weight, by groups.
    """
    found = []
    for module in model.modules():
        if not isinstance(module, _FILTERS) or not module.weight.requires_grad:
            continue
        weight = module.weight.detach()
        if isinstance(module, _TRANSPOSED):
            weight = weight.unflatten(0, (module.groups, -1)).transpose(1, 2)
        else:
            weight = weight.unflatten(0, (1, -1))
        found.append(weight)
    return found


@torch.no_grad()
def limit_norms(filters: Sequence[Tensor], largest: float) -> None:
    """Shortens each filter that is longer than ``largest``; the others are left to the bit.

    ``w <- w * min(1, c / |w|)`` (Srebro and Shraibman, 2005; Srivastava et al., "Dropout", 2014,
    appendix B), with the norm over all that feeds one output. ``filters`` are views
    ``[groups, outputs, …]`` as :func:`filter_weights` gives them.
    """
    for weight in filters:
        axes = tuple(range(2, weight.ndim))
        norm = torch.linalg.vector_norm(weight, dim=axes, keepdim=True)
        weight.mul_((largest / norm.clamp_min(1e-30)).clamp_max(1.0))
