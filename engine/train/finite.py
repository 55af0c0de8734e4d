"""Gradients that are not numbers: kept away from the weights, without waiting for the device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

__all__ = ["Guard", "LossScale", "prime"]

# What torch's GradScaler is made of; it has no public name.
_check = torch.ops.aten._amp_foreach_non_finite_check_and_unscale_.default
_move_scale = torch.ops.aten._amp_update_scale_.default

_FIRST_SCALE = 2.0**16
_GROWTH, _BACKOFF, _INTERVAL = 2.0, 0.5, 2_000


class LossScale:
    """The factor that lifts a loss so that its gradients do not vanish in fp16.

    Halved after a step whose gradients overflow (that step is skipped, which is normal in the first
    steps of a run), doubled after 2,000 steps in a row without one: the rule and the numbers of
    Micikevicius et al., "Mixed precision training", 2018, as torch's ``GradScaler`` has them. It
    lies on the device and is part of a checkpoint.
    """

    def __init__(self, device: torch.device) -> None:
        self.value = torch.tensor(_FIRST_SCALE, device=device)
        self._steps = torch.zeros((), dtype=torch.int32, device=device)

    def update(self, found: Tensor) -> None:
        """Moves the factor; ``found`` is above 0 where this step's gradients were not finite."""
        _move_scale(self.value, self._steps, found, _GROWTH, _BACKOFF, _INTERVAL)

    def tensors(self) -> dict[str, Tensor]:
        """Its state, by name."""
        return {"scale.value": self.value, "scale.steps": self._steps}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Takes over what :meth:`tensors` gave, if it is there."""
        for name, own in self.tensors().items():
            if name in tensors:
                own.copy_(tensors[name])


class Guard:
    """Lets the optimizer act only on gradients that are numbers.

    One pass over the gradients notes on the device whether any of them is NaN or infinite (torch's
    own routine of its ``GradScaler``). Torch's fused optimizers read that note in their kernel and
    then change nothing, neither weights nor averages. Around other optimizers on a card the weights
    are copied and put back, which costs a copy of them; their averages are lost, as is the run.
    On the processor the note is read at once, which costs nothing there.

    Order in an update: :meth:`scaled` for the loss, :meth:`check` after the backward passes (again
    for further ones), then :meth:`step`.

    Attributes:
        scale: the loss scale of fp16, or None.
        found: 0 or 1 on the device: whether gradients since :meth:`begin` were not finite.
    """

    def __init__(
        self, optimizer: torch.optim.Optimizer, *, exact: bool, scale: LossScale | None = None
    ) -> None:
        self._optimizer = optimizer
        self._weights = [w for group in optimizer.param_groups for w in group["params"]]
        self._exact = exact
        self.scale = scale
        device = self._weights[0].device
        self.found = torch.zeros((), device=device)
        self._bad = False  # what is known of ``found``
        self._one = torch.ones((), device=device)
        self._itself = bool(getattr(optimizer, "_step_supports_amp_scaling", False))
        if self._itself and not exact:
            optimizer.__dict__["found_inf"] = self.found  # read by the fused kernels
        if scale is not None:
            prime(optimizer)

    @property
    def waits(self) -> bool:
        """Whether :meth:`step` reads a number of a card, as with fp16 where no kernel heeds it."""
        return self._exact or (self.scale is not None and not self._itself)

    def begin(self) -> None:
        """Forgets the step before."""
        if self._bad or not self._exact:
            self.found.zero_()
        self._bad = False

    def scaled(self, loss: Tensor) -> Tensor:
        """What to call ``backward`` on."""
        return loss if self.scale is None else loss * self.scale.value

    def check(self) -> bool:
        """Looks at the gradients and takes the scale out of them.

        Returns True where it is known at once (on the processor) that one is not finite.
        """
        gradients = [weight.grad for weight in self._weights if weight.grad is not None]
        if not gradients:
            return False
        scale = None if self.scale is None else self.scale.value
        inverse = self._one if scale is None else scale.double().reciprocal().float()
        _check(gradients, self.found, inverse)
        self._bad = self._exact and bool(self.found.item())
        return self._bad

    def step(self) -> None:
        """The optimizer's step where the gradients are finite, else nothing; moves the scale."""
        if self.waits:
            if not (self._bad if self._exact else self.found.item()):
                self._optimizer.step()
        elif self._itself:
            self._optimizer.step()
        else:
            self._step_and_undo()
        if self.scale is not None:
            self.scale.update(self.found)

    def broken(self) -> Tensor:
        """Above 0 on the device where this step's gradients mean that the run has diverged.

        In fp16 an overflow says only that the scale was too large, unless it has come down to 1.
        """
        if self.scale is None:
            return self.found.clone()
        return self.found * (self.scale.value < 1.0)

    @torch.no_grad()
    def _step_and_undo(self) -> None:
        before = [weight.clone() for weight in self._weights]
        self._optimizer.step()
        bad = self.found > 0
        for weight, kept in zip(self._weights, before, strict=True):
            weight.copy_(torch.where(bad, kept, weight))


def prime(optimizer: torch.optim.Optimizer) -> None:
    """Gives SGD its velocities before the first step, all zero: the same first step, to the bit.

    WORKAROUND torch's fused SGD makes them without filling them, and leaves them so where the
    kernel skips its first step; nor does it take weights whose velocities begin later.
    """
    for group in optimizer.param_groups:
        if not isinstance(optimizer, torch.optim.SGD) or not group["momentum"]:
            continue
        _fill(optimizer, group["params"])


def _fill(optimizer: torch.optim.Optimizer, weights: Sequence[Tensor]) -> None:
    for weight in weights:
        optimizer.state[weight].setdefault("momentum_buffer", torch.zeros_like(weight))
