"""How a worker thread keeps out of the window's way."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import sys
import threading
from pathlib import Path

__all__ = ["import_torch", "yield_to_window"]

_LIBRARIES = ("libtorch_global_deps", "libtorch_cpu", "libtorch_cuda")
_NICE = 4


def yield_to_window() -> None:
    """Lets the GUI thread go before the calling one on a busy processor.

    Threads that torch starts from it inherit that. Only Linux has a priority for each thread;
    elsewhere nothing changes.
    """
    if sys.platform == "linux":
        nice = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), min(nice + _NICE, 19))


def import_torch() -> None:
    """Imports torch; to be called on a worker thread.

    Linking its libraries takes 0.2 s, during which Python's own import holds the interpreter's
    lock. So they are loaded first through a foreign call, which does not; the import finds them
    there. Where that is not possible (Windows, a build with other names) it is a plain import.
    """
    if os.name == "posix":
        _load_libraries()
    importlib.import_module("torch")


def _load_libraries() -> None:
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.restype = ctypes.c_void_p
    dlopen.argtypes = (ctypes.c_char_p, ctypes.c_int)
    for name in _LIBRARIES:
        for path in (Path(found.origin).parent / "lib").glob(f"{name}.*"):
            visible = os.RTLD_GLOBAL if name == _LIBRARIES[0] else 0  # as torch itself does it
            dlopen(os.fsencode(path), os.RTLD_NOW | visible)
