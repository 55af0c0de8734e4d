"""The heap that is kept: no page comes anew from the system once the steps repeat."""

import subprocess
import sys

import pytest

from engine.compute import heap

FAULTS = """
import resource, torch
from engine.compute.heap import keep_heap, trim_heap

def faults():
    def step():
        held = [torch.ones(1 << 20) for _ in range(24)]  # 4 MiB each, all touched
        del held
    step(), step()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        step()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) // 5

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 1e6

torch.set_num_threads(1)
before = faults()
told = keep_heap()
kept = faults()
held = resident()
trim_heap()
print(int(told), before, kept, held - resident())
"""


@pytest.mark.skipif(heap._glibc() is None, reason="the heap of glibc")
def test_a_kept_heap_takes_no_new_pages_and_gives_all_back_at_the_end() -> None:
    run = subprocess.run(
        [sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True, timeout=120
    )
    told, before, kept, freed = (float(word) for word in run.stdout.split())
    assert told
    assert before > 100  # as the library comes, it gives back and takes anew
    assert kept < 100
    assert freed > 80  # MB, of 24 tensors of 4 MiB


class Library:
    """A C library that takes values below a limit for the threshold of mapped blocks."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken: list[tuple[int, int]] = []

    def mallopt(self, name: int, value: int) -> int:
        if name == -3 and value > self.most:
            return 0
        self.taken.append((name, value))
        return 1


def test_an_older_library_takes_a_smaller_threshold(monkeypatch) -> None:
    older = Library(32 << 20)
    monkeypatch.setattr(heap, "_glibc", lambda: older)
    assert heap.keep_heap()
    assert (-3, 32 << 20) in older.taken


def test_a_library_that_refuses_is_left_as_it_is(monkeypatch) -> None:
    stubborn = Library(0)
    monkeypatch.setattr(heap, "_glibc", lambda: stubborn)
    assert not heap.keep_heap()
    assert stubborn.taken == []
