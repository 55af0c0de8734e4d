"""What work on a card reads that it did not make itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

__all__ = ["Sources"]


class Sources(TorchDispatchMode):
    """Notes what the operations within it read; on this thread, so no backward pass.

    A recording goes on to read the same memory. A constant that its maker keeps in a cache may be
    thrown out of there, and what is uploaded from the processor's memory lies there for a moment
    only: the first must be held by whoever holds the recording, the second cannot be recorded.
    Such caches must be filled before: what is made within, nobody holds.

    Attributes:
        held: the tensors that were there before, one for each piece of memory.

    Raises RuntimeError out of an operation that copies a table from the processor to the card.
    """

    def __init__(self) -> None:
        super().__init__()
        self._made: set[int] = set()
        self._held: dict[int, Tensor] = {}

    @property
    def held(self) -> tuple[Tensor, ...]:
        """See above."""
        return tuple(self._held.values())

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Notes one operation, and does it."""
        kwargs = kwargs or {}
        read = _tensors((args, kwargs))
        result = func(*args, **kwargs)
        made = _tensors(result)
        if any(each.device.type != "cpu" for each in (*read, *made)) and any(map(_table, read)):
            raise RuntimeError(f"{func} takes a table from the processor's memory")
        for tensor in read:
            place = tensor.untyped_storage().data_ptr()
            if place not in self._made:
                self._held.setdefault(place, tensor)
        places = {tensor.untyped_storage().data_ptr() for tensor in made}
        self._made |= places - self._held.keys()
        return result


def _table(tensor: Tensor) -> bool:
    """Whether it is in the processor's memory and more than a number, which goes along by value."""
    return tensor.device.type == "cpu" and tensor.ndim > 0


def _tensors(values: Any) -> list[Tensor]:
    return [each for each in tree_leaves(values) if isinstance(each, torch.Tensor)]
