"""How a worker thread keeps out of the window's way."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.compile.memory import Machine

__all__ = ["find_machine", "import_torch", "yield_to_window"]

_LIBRARIES = (
    ("torch", "lib/libtorch_global_deps.*"),
    ("torch", "lib/libtorch_cpu.*"),
    ("torch", "lib/libtorch_cuda.*"),
    ("triton", "_C/libtriton.*"),
)
_NICE = 4
_FIRST_NEEDED_BY_TRAINING = (
    "engine.train.prepare",
    "engine.train.fit",
    "torch._dynamo",  # torch's optimizers import it when the first one is made
)


def yield_to_window() -> None:
    """Lets the GUI thread go before the calling one on a busy processor.

    Threads that torch starts from it inherit that. Only Linux has a priority for each thread;
    elsewhere nothing changes.
    """
    if sys.platform == "linux":
        nice = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, 0, min(nice + _NICE, 19))  # 0: the calling thread


def import_torch() -> None:
    """Imports torch; to be called on a worker thread.

    Linking its libraries takes 0.3 s, during which Python's own import holds the interpreter's
    lock. So they are loaded first through a foreign call, which does not; the import finds them
    there. Where that is not possible (Windows, a build with other names) it is a plain import.
    """
    if os.name == "posix":
        _load_libraries()
    importlib.import_module("torch")


def _load_libraries() -> None:
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.restype = ctypes.c_void_p
    dlopen.argtypes = (ctypes.c_char_p, ctypes.c_int)
    for package, pattern in _LIBRARIES:
        found = importlib.util.find_spec(package)
        folders = (found.submodule_search_locations if found else None) or []
        for path in (path for folder in folders for path in Path(folder).glob(pattern)):
            visible = os.RTLD_GLOBAL if "global" in path.name else 0  # as torch itself does it
            dlopen(os.fsencode(path), os.RTLD_NOW | visible)


def find_machine() -> Machine:
    """Imports all that training needs first, and finds the device; on a worker thread."""
    importlib.import_module("engine.project.store")  # opening a project needs it first
    import_torch()
    for name in _FIRST_NEEDED_BY_TRAINING:
        importlib.import_module(name)
    from engine.compute.device import choose_device, machine, use_threads

    use_threads(None)
    return machine(choose_device("auto"))
