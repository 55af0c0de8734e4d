"""What NVIDIA's driver says of itself and its cards, by its library NVML; needs no CUDA."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

from engine.computer.records import Card, Trouble

__all__ = ["ask_driver"]

_LIBRARY = "nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1"
_TROUBLES: dict[int, Trouble] = {4: "forbidden", 9: "stopped", 12: "missing", 18: "replaced"}
"""NVML's return codes: no permission, driver not loaded, library not found, version mismatch."""
_SHARED = 0  # compute mode: any number of programs


class _Memory(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in ("total", "free", "used")]


class _Refused(Exception):
    """NVML's return code for what it did not do."""


def ask_driver(library: Any = None) -> tuple[str, tuple[Card, ...], Trouble]:
    """The driver's version, its cards in the order of CUDA's bus, and what is wrong with it.

    ``library`` stands in for NVML. Never raises.
    """
    try:
        nvml = library or ctypes.CDLL(_LIBRARY)
    except OSError:
        return "", (), "missing"
    try:
        _call(nvml.nvmlInit_v2)
    except (_Refused, AttributeError) as error:
        code = error.args[0] if isinstance(error, _Refused) else 0
        return "", (), _TROUBLES.get(code, "broken")
    try:
        count = ctypes.c_uint()
        _call(nvml.nvmlDeviceGetCount_v2, ctypes.byref(count))
        cards = tuple(_card(nvml, index) for index in range(count.value))
        return _text(nvml.nvmlSystemGetDriverVersion), cards, ""
    except (_Refused, AttributeError):
        return "", (), "broken"
    finally:
        nvml.nvmlShutdown()


def _card(nvml: Any, index: int) -> Card:
    handle = ctypes.c_void_p()
    _call(nvml.nvmlDeviceGetHandleByIndex_v2, index, ctypes.byref(handle))
    memory, mode = _Memory(), ctypes.c_uint()
    major, minor = ctypes.c_int(), ctypes.c_int()
    _call(nvml.nvmlDeviceGetMemoryInfo, handle, ctypes.byref(memory))
    _call(nvml.nvmlDeviceGetCudaComputeCapability, handle, ctypes.byref(major), ctypes.byref(minor))
    try:
        _call(nvml.nvmlDeviceGetComputeMode, handle, ctypes.byref(mode))
    except _Refused:  # cards for desktops may not have any
        mode.value = _SHARED
    return Card(
        "NVIDIA",
        _text(nvml.nvmlDeviceGetName, handle),
        memory.total,
        memory.free,
        (major.value, minor.value),
        mode.value != _SHARED,
    )


def _text(function: Any, *arguments: Any) -> str:
    buffer = ctypes.create_string_buffer(96)
    _call(function, *arguments, buffer, len(buffer))
    return buffer.value.decode("utf-8", "replace")


def _call(function: Any, *arguments: Any) -> None:
    code = int(function(*arguments))
    if code:
        raise _Refused(code)
