"""Room on the disc for checkpoints: how much there is, and how much a run needs."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import torch

from engine.runs.events import Notice

__all__ = ["checkpoint_bytes", "free_bytes", "little_room", "readable"]

_AVERAGES = 2  # of each weight, which most optimizers keep once they have taken a step


def free_bytes(path: Path) -> int:
    """Free bytes on the disc that holds ``path``, which need not exist; -1 when unknown."""
    for place in (path, *path.parents):
        if place.exists():
            try:
                return shutil.disk_usage(place).free
            except OSError:
                return -1
    return -1


def checkpoint_bytes(tensors: Mapping[str, torch.Tensor]) -> int:
    """How large a checkpoint of these tensors is; of a run without a step, how large it will be.

    ``tensors`` are the trainer's; those whose name begins with ``model.`` are weights.
    """
    sizes = {name: value.numel() * value.element_size() for name, value in tensors.items()}
    weights = sum(size for name, size in sizes.items() if name.startswith("model."))
    total = sum(sizes.values())
    begun = any(name.startswith("optimizer.") for name in tensors)
    return total if begun else total + _AVERAGES * weights


def little_room(folder: Path, size: int) -> Notice | None:
    """A warning when the disc of ``folder`` has no room for two checkpoints of ``size`` bytes."""
    free = free_bytes(folder)
    if not 0 <= free < 2 * size:
        return None
    return Notice(
        f"There is little room on the disc: {readable(free)} are free at {folder}, and a "
        f"checkpoint of this run takes {readable(size)}. When it is full the run waits for room.",
        "warning",
        path=str(folder),
        needed=size,
        free=free,
    )


def readable(count: int) -> str:
    """Bytes in the unit that reads best, such as ``"12.4 MB"``."""
    if count < 1000:
        return f"{count} bytes"
    size, units = count / 1000, ["kB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size /= 1000
        del units[0]
    return f"{size:.1f} {units[0]}"
