"""A stand-in for a CUDA graph on the processor: torch's operations, repeated on the same memory.

As on a card nothing of Python runs again: an operation is repeated with the tensors and the numbers
that it was called with, and what it makes is written where it was made first. To read a number
while recording is refused. Draws come from torch's generator again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

Result = TypeVar("Result")


class Tape(TorchDispatchMode):
    """Notes every operation within it."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[tuple[Any, Any, Any, Any]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        # Whole numbers are read by checks of labels that torch makes on a processor only.
        if func is torch.ops.aten._local_scalar_dense.default and args[0].is_floating_point():
            raise RuntimeError("a number was read while recording")
        result = func(*args, **kwargs)
        self.taken.append((func, args, kwargs, result))
        return result

    @torch.no_grad()
    def repeat(self) -> None:
        """All operations once more; what they make goes to where it went."""
        for func, args, kwargs, result in self.taken:
            again = func(*args, **kwargs)
            for old, new in zip(tree_leaves(result), tree_leaves(again), strict=True):
                if isinstance(old, torch.Tensor) and old.data_ptr() != new.data_ptr():
                    old.copy_(new)


def record_on_tape(
    work: Callable[[], Result], device: torch.device
) -> tuple[Callable[[], object], Result]:
    """As ``engine.train.graphs.record_work``, for the processor."""
    work()
    for_gradients: Result
    with Tape() as tape:
        for_gradients = work()
    return tape.repeat, for_gradients
