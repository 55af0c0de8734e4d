"""torch, imported on a worker without stopping the window."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
from pathlib import Path

__all__ = ["import_torch"]

_LIBRARIES = ("libtorch_global_deps", "libtorch_cpu", "libtorch_cuda")


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
