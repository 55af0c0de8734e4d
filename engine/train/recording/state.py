"""All that an update changes, kept aside and put back to the bit."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor

from engine.compute.device import Arithmetic
from engine.randomness import GENERATOR
from engine.train.update import Update

__all__ = ["State", "same_draws"]


class State:
    """Weights, buffers, the optimizer's averages and the loss scale, as they were when it was made.

    The values lie in the processor's memory. What the optimizer makes later, at its first step,
    counts as zero: recordable optimizers start there (see ``Optimizer.recordable``), and a
    recording needs the tensors to stay.
    """

    def __init__(self, update: Update) -> None:
        self._update = update
        self._had = {weight: dict(own) for weight, own in update.optimizer.state.items()}
        self._rates = [group["lr"] for group in update.optimizer.param_groups]
        self._values = self.now()

    def tensors(self) -> dict[str, Tensor]:
        """The tensors themselves, by name; those of the optimizer as far as they are there."""
        update = self._update
        found = {f"weight.{name}": value for name, value in update.model.named_parameters()}
        found |= {f"buffer.{name}": value for name, value in update.model.named_buffers()}
        found |= {f"scale.{name}": value for name, value in update.tensors().items()}
        for number, weight in enumerate(update.model.parameters()):
            for name, value in update.optimizer.state.get(weight, {}).items():
                if isinstance(value, Tensor):
                    found[f"optimizer.{number}.{name}"] = value
        return found

    def began(self, name: str) -> Tensor:
        """The value that a tensor had; raises KeyError where it was not there."""
        return self._values[name]

    def now(self) -> dict[str, Tensor]:
        """The present values, in the processor's memory; waits for the device."""
        return {name: _aside(value) for name, value in self.tensors().items()}

    @torch.no_grad()
    def put_back(self) -> None:
        """Gives all tensors their old values, in place; the weights have no gradients then."""
        for name, tensor in self.tensors().items():
            value = self._values.get(name)
            if value is None:
                tensor.zero_()
            else:
                tensor.copy_(value)
        for weight in self._update.model.parameters():
            weight.grad = None

    def forget_new(self) -> None:
        """Puts back, and leaves the optimizer with nothing that it did not have."""
        optimizer = self._update.optimizer
        optimizer.state.clear()
        for weight, own in self._had.items():
            optimizer.state[weight] = own
        self.put_back()
        for group, rate in zip(optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate


def _aside(value: Tensor) -> Tensor:
    return value.detach().to("cpu", copy=True)


@contextlib.contextmanager
def same_draws(arithmetic: Arithmetic) -> Iterator[None]:
    """Leaves torch's generators as they were, whatever is drawn within."""
    device = arithmetic.device
    with GENERATOR:
        before = torch.get_rng_state()
        on_card = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    try:
        yield
    finally:
        with GENERATOR:
            torch.set_rng_state(before)
            if on_card is not None:
                torch.cuda.set_rng_state(on_card, device)
