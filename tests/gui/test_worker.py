"""What worker threads do so that the window stays quick."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from gui.worker import import_torch, yield_to_window

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


def test_importing_twice_does_no_harm() -> None:
    import_torch()
    import_torch()
    import torch

    assert torch.ones(2).sum().item() == 2
