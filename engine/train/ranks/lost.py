"""Telling that another process is gone from all else that can fail."""

from __future__ import annotations

from engine.errors import FoveaError

__all__ = ["LOST_CODE", "is_lost", "lost"]

LOST_CODE = "FV-T041"

_SIGNS = ("gloo", "nccl", "connection closed", "connection reset", "broken pipe", "tcpstore")


def is_lost(error: Exception) -> bool:
    """Whether ``error`` is what torch.distributed raises where another process does not answer."""
    import torch.distributed as dist

    if isinstance(error, (dist.DistBackendError, dist.DistNetworkError, dist.DistStoreError)):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(sign in text for sign in _SIGNS)


def lost(world: int) -> FoveaError:
    """The error FV-T041 for a process that ended without a word."""
    return FoveaError(
        LOST_CODE,
        "Another process of this training has ended.",
        where="torchrun",
        why=f"One of the {world} processes no longer answers: it was killed, or it crashed.",
        fix="Resume the run. If it happens again, lower the batch size or start fewer processes.",
    )
