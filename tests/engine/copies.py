"""How much torch copies within a piece of code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

__all__ = ["Copies"]


class Copies(TorchFunctionMode):
    """Within it the bytes of every tensor that is made from another one, and no view of it, go to
    :attr:`sizes`."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        found = func(*args, **(kwargs or {}))
        source = args[0] if args else None
        if isinstance(found, torch.Tensor) and isinstance(source, torch.Tensor):
            with torch._C.DisableTorchFunction():
                if found.untyped_storage().data_ptr() != source.untyped_storage().data_ptr():
                    self.sizes.append(found.nbytes)
        return found
