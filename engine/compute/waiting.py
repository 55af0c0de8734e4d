"""Whether the processor waits for a card."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator

import torch

__all__ = ["waiting_forbidden"]


@contextlib.contextmanager
def waiting_forbidden() -> Iterator[None]:
    """Within it whatever is known to make the processor wait for a card raises RuntimeError.

    For the whole process, so only for a moment; torch does not notice every such operation.
    """
    # Torch tells once that it does not; not within catch_warnings, which is not for threads.
    warnings.filterwarnings("ignore", "Synchronization debug mode is a prototype feature")
    before = torch.cuda.get_sync_debug_mode()
    try:
        torch.cuda.set_sync_debug_mode("error")
        yield
    finally:
        torch.cuda.set_sync_debug_mode(before)
