"""What a recording reads in memory that stays where it is, filled before each repetition."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import torch
from torch import Tensor

from engine.augment.mixing import Batch

__all__ = ["Rates", "StillBatch"]


class Rates:
    """The learning rates of an optimizer as tensors, one for each factor of its groups.

    They rule also what is computed without the recording in between (a smaller last batch), so that
    all updates round them alike.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, device: torch.device) -> None:
        factors = {_factor(group) for group in optimizer.param_groups}
        self._by_factor = {factor: torch.zeros((), device=device) for factor in factors}

    def rule(self, optimizer: torch.optim.Optimizer) -> None:
        """Makes them the optimizer's, until it is given numbers again."""
        for group in optimizer.param_groups:
            group["lr"] = self._by_factor[_factor(group)]

    def fill(self, rate: float) -> None:
        """The learning rate of the coming update; float32 in the optimizer."""
        for factor, tensor in self._by_factor.items():
            tensor.fill_(rate * factor)


def _factor(group: dict[str, Any]) -> float:
    return float(group.get("lr_factor", 1.0))


class StillBatch:
    """A batch whose tensors a recording reads.

    Attributes:
        batch: as it was filled last; an update overwrites its images.
    """

    def __init__(self, like: Batch) -> None:
        made = {name: None if each is None else each.clone() for name, each in _tensors(like)}
        self.batch = Batch(**made)  # pyright: ignore[reportArgumentType]
        self._shapes = _shapes(like)

    def fits(self, batch: Batch) -> bool:
        """Whether ``batch`` has the same tensors: their number, shapes and types."""
        return _shapes(batch) == self._shapes

    def fill(self, batch: Batch) -> None:
        """Copies a batch that fits; nothing is waited for."""
        for (_, own), (_, given) in zip(_tensors(self.batch), _tensors(batch), strict=True):
            if own is not None and given is not None:
                own.copy_(given)


_NAMES = tuple(field.name for field in fields(Batch))


def _tensors(batch: Batch) -> list[tuple[str, Tensor | None]]:
    return [(name, getattr(batch, name)) for name in _NAMES]


def _shapes(batch: Batch) -> list[tuple[torch.Size, torch.dtype] | None]:
    return [None if each is None else (each.shape, each.dtype) for _, each in _tensors(batch)]
