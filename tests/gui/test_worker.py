"""What worker threads do so that the window stays quick."""

from __future__ import annotations

import ctypes
import importlib
import os
import subprocess
import sys
import threading
import time

import pytest

from gui.worker import _dlopen, find_machine, import_torch, yield_to_window

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these")


def nice() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@LINUX
def test_a_worker_yields_and_the_window_does_not() -> None:
    found: list[int] = []

    def work() -> None:
        yield_to_window()
        found.append(nice())

    before = nice()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found[0] > before or before == 19
    assert nice() == before


@LINUX
def test_the_libraries_are_loaded_before_the_import() -> None:
    program = """
import importlib, sys
import gui.worker
def look(name):
    loaded = "libtorch_cpu.so" in open("/proc/self/maps").read()
    print(name, loaded, "torch" in sys.modules)
importlib.import_module = look
gui.worker.import_torch()
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout.split() == ["torch", "True", "False"]


LINKED_FIRST = """
import importlib.util, sys
from gui.worker import import_lightly
def linked():
    return "/_imaging." in open("/proc/self/maps").read()
before = importlib.util.find_spec("PIL._imaging").origin
print(linked())
import_lightly()
import_lightly()
found = importlib.util.find_spec("PIL._imaging").origin
print(linked(), found == before, "PIL._imaging" in sys.modules)
import PIL._imaging
print(PIL._imaging.__file__ == before)
print(sum(type(one).__name__ == "_LinksFirst" for one in sys.meta_path))
"""


@LINUX
def test_an_extension_module_is_linked_before_its_import() -> None:
    command = [sys.executable, "-c", LINKED_FIRST]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout.split() == ["False", "True", "True", "False", "True", "1"]


NO_SOURCE_READ = """
import linecache, sys
import gui.app
from gui.worker import import_lightly
light = sys.argv[1] == "light"
if light:
    import_lightly()
import wave
print(any("wave.py" in name for name in linecache.cache))
"""


@pytest.mark.parametrize(("how", "read"), [("light", "False"), ("as it is", "True")])
def test_no_source_is_read_to_import_a_module(how: str, read: str) -> None:
    """Where it fails as it is, PySide has changed: the workaround may go."""
    command = [sys.executable, "-c", NO_SOURCE_READ, how]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout.split() == [read]


@LINUX
def test_a_link_does_not_hold_the_interpreter() -> None:
    assert _dlopen is not None
    holds = 0x4  # ctypes' FUNCFLAG_PYTHONAPI: called with the interpreter's lock
    assert vars(ctypes.PyDLL(None)["dlopen"].__class__)["_flags_"] & holds
    assert not vars(_dlopen.__class__)["_flags_"] & holds


def test_one_worker_imports_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most = 0, []
    guard = threading.Lock()

    def load(_name: str) -> None:
        nonlocal inside
        with guard:
            inside += 1
            most.append(inside)
        time.sleep(0.05)
        with guard:
            inside -= 1

    monkeypatch.setattr(importlib, "import_module", load)
    threads = [threading.Thread(target=work) for work in (find_machine, import_torch)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) >= 5
    assert set(most) == {1}


def test_importing_twice_does_no_harm() -> None:
    import_torch()
    import_torch()
    import torch

    assert torch.ones(2).sum().item() == 2
