"""Sharpness-aware minimisation: the gradient from the worst place nearby."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

__all__ = ["Sharpness", "quiet_statistics"]

_TINY = 1e-12


class Sharpness:
    """Moves the weights uphill by ``radius``, for a second gradient, and back.

    ``e = radius * g / |g|`` over all weights together (Foret et al., "Sharpness-aware minimization
    for efficiently improving generalization", 2021, equation 2), or in its adaptive form
    ``e = radius * w^2 g / |w g|`` (Kwon et al., "ASAM", 2021), in which the scale of a layer's
    weights does not matter. Any optimizer then steps from the weights by the gradient at ``w + e``.

    Costs a copy of the weights, and the second pass.
    """

    def __init__(self, weights: Sequence[nn.Parameter], radius: float, *, adaptive: bool) -> None:
        self._weights = weights
        self._radius = radius
        self._adaptive = adaptive

    @contextlib.contextmanager
    def uphill(self) -> Iterator[None]:
        """Within it the weights are those at ``w + e``, by the gradients that they hold.

        Afterwards they are what they were, to the bit, whatever happens within. Nothing is read.
        """
        weights = [weight for weight in self._weights if weight.grad is not None]
        before = [weight.detach().clone() for weight in weights]
        self._climb(weights)
        try:
            yield
        finally:
            with torch.no_grad():
                for weight, kept in zip(weights, before, strict=True):
                    weight.copy_(kept)

    @torch.no_grad()
    def _climb(self, weights: Sequence[Tensor]) -> None:
        pairs = [(weight, weight.grad) for weight in weights if weight.grad is not None]
        if self._adaptive:
            directions = [gradient * weight.abs() for weight, gradient in pairs]
        else:
            directions = [gradient for _, gradient in pairs]
        factor = self._radius / (torch.nn.utils.get_total_norm(directions) + _TINY)
        for (weight, _), direction in zip(pairs, directions, strict=True):
            step = direction * weight.abs() if self._adaptive else direction
            weight.add_(step * factor)


@contextlib.contextmanager
def quiet_statistics(model: nn.Module) -> Iterator[None]:
    """Within it batch norms normalise by the batch, as in training, but move no averages."""
    norms = [m for m in model.modules() if isinstance(m, _BatchNorm) and m.training]
    tracking = [norm.track_running_stats for norm in norms]
    for norm in norms:
        norm.track_running_stats = False
    try:
        yield
    finally:
        for norm, track in zip(norms, tracking, strict=True):
            norm.track_running_stats = track
