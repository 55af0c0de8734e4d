"""Whether a model would fit, before anything is allocated."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Machine", "available_memory", "total_memory", "training_memory"]


@dataclass(frozen=True, slots=True)
class Machine:
    """Where training computes.

    Attributes:
        name: the device in words.
        graphics: whether it is a card with memory of its own; else main memory is meant.
        memory: bytes that it has in all, ``None`` where the system does not say.
        bf16: whether it computes bf16 natively.
    """

    name: str
    graphics: bool
    memory: int | None
    bf16: bool


def training_memory(parameters: int) -> int:
    """Bytes that the weights take while training: values, gradients and two averages, fp32."""
    return 16 * parameters


def available_memory() -> int | None:
    """Bytes of main memory that can still be used, ``None`` where the system does not say."""
    if sys.platform.startswith("linux"):
        found = [_linux("MemAvailable:"), _container_free()]
        return min((n for n in found if n is not None), default=None)
    if sys.platform == "win32":
        return _windows("free")
    return _pages()


def total_memory() -> int | None:
    """Bytes of main memory that the system or its container has; ``None`` where it is not said."""
    if sys.platform.startswith("linux"):
        found = [_linux("MemTotal:"), _container("memory.max")]
        return min((n for n in found if n is not None), default=None)
    if sys.platform == "win32":
        return _windows("total")
    return _pages()


def _pages() -> int | None:
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _linux(field: str) -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    return None


def _container_free() -> int | None:
    """What the control group (version 2) of a container leaves."""
    limit, used = _container("memory.max"), _container("memory.current")
    return max(0, limit - used) if limit is not None and used is not None else None


def _container(name: str) -> int | None:
    try:
        text = Path("/sys/fs/cgroup", name).read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None


def _windows(field: str) -> int | None:
    import ctypes

    class Status(ctypes.Structure):
        """MEMORYSTATUSEX of the Windows API."""

        _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong)] + [
            (name, ctypes.c_ulonglong)
            for name in ("total", "free", "page", "page_free", "virtual", "virtual_free", "more")
        ]

    status = Status(length=ctypes.sizeof(Status))
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - exists on Windows only
    found = kernel.GlobalMemoryStatusEx(ctypes.byref(status))
    return int(getattr(status, field)) if found else None
