"""How a worker thread keeps out of the window's way."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import sys
import threading
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.compile.memory import Machine

__all__ = ["find_machine", "import_lightly", "import_torch", "yield_to_window"]

_LIBRARIES = (
    ("torch", "lib/libtorch_global_deps.*"),
    ("torch", "lib/libtorch_cpu.*"),
    ("torch", "lib/libtorch_cuda.*"),
    ("triton", "_C/libtriton.*"),
)
_NICE = 4
_ONE_AT_A_TIME = threading.Lock()
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


class _LinksFirst(MetaPathFinder):
    """Finds what the finders after it find, and links an extension module before its import."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None, /
    ) -> ModuleSpec | None:
        """See :class:`MetaPathFinder`."""
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            spec = finder.find_spec(fullname, path, target)
            if spec is None:
                continue
            if isinstance(spec.loader, ExtensionFileLoader):
                _link(spec.loader.path, sys.getdlopenflags())
            return spec
        return None


def import_lightly() -> None:
    """From now on every other thread, the window's too, goes on while one imports a library.

    Python's own import holds the interpreter's lock while it links an extension module. Where the
    disk is cold or busy that takes up to a second, also for the smallest. So it is linked first
    through a foreign call, which does not hold the lock; the import finds it there. That is not
    possible on Windows. PySide's part in every import is left out.
    """
    _leave_sources_alone()
    if os.name == "posix" and not any(isinstance(one, _LinksFirst) for one in sys.meta_path):
        sys.meta_path.insert(0, _LinksFirst())


def _leave_sources_alone() -> None:
    """Keeps PySide from reading the source of every module that is imported.

    WORKAROUND https://bugreports.qt.io/browse/PYSIDE-2029: to know which modules may switch
    ``__feature__`` on, of which Fovea has none, each import looks for PySide6 in the source. For
    torch that is 1,700 files and 40 MB, kept for good, and a quarter of the time. And it asks a
    module for attributes: pydantic's answers by imports, which fail when two threads are at it.
    """
    feature = sys.modules.get("shibokensupport.feature")
    if feature is not None and hasattr(feature, "_mod_uses_pyside"):
        vars(feature)["_mod_uses_pyside"] = lambda _module: False


def import_torch() -> None:
    """Imports torch; to be called on a worker thread.

    Linking its libraries takes 0.3 s. So they are linked first, as :func:`import_lightly` does it
    with extension modules. Where that is not possible (Windows, a build with other names) it is a
    plain import. One worker imports at a time: while one links a library, the import of another
    would wait for that, and hold the interpreter's lock.
    """
    with _ONE_AT_A_TIME:
        if os.name == "posix":
            _load_libraries()
        importlib.import_module("torch")


def _link(path: str | Path, flags: int) -> None:
    """Loads a library without the interpreter's lock; what fails will fail again, and be told."""
    if _dlopen is not None:
        _dlopen(os.fsencode(path), flags)


def _foreign_dlopen() -> Callable[[bytes, int], int | None] | None:
    """Looked up once: that waits, with the interpreter's lock, for a library that is linked."""
    if os.name != "posix":
        return None
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.restype = ctypes.c_void_p
    dlopen.argtypes = (ctypes.c_char_p, ctypes.c_int)
    return dlopen


_dlopen = _foreign_dlopen()


def _load_libraries() -> None:
    for package, pattern in _LIBRARIES:
        found = importlib.util.find_spec(package)
        folders = (found.submodule_search_locations if found else None) or []
        for path in (path for folder in folders for path in Path(folder).glob(pattern)):
            visible = os.RTLD_GLOBAL if "global" in path.name else 0  # as torch itself does it
            _link(path, os.RTLD_NOW | visible)


def find_machine() -> Machine:
    """Imports all that training needs first, and finds the device; on a worker thread."""
    with _ONE_AT_A_TIME:
        importlib.import_module("engine.project.store")  # opening a project needs it first
    import_torch()
    for name in _FIRST_NEEDED_BY_TRAINING:
        with _ONE_AT_A_TIME:
            importlib.import_module(name)
    from engine.compute.device import choose_device, machine, use_threads

    use_threads(None)
    return machine(choose_device("auto"))
