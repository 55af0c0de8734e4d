"""A canary for PySide6: 6.12.0 corrupts the reference counts of None and True on Python 3.11.

The process aborts after a few hundred emitted signals, far from the cause. Fovea stays below 6.12
until these tests pass with it.
"""

from __future__ import annotations

import sys

import PySide6
import pytest
from PySide6.QtCore import QObject, Signal

EMISSIONS = 20_000


class _Sender(QObject):
    sent = Signal(object)


def test_pyside_is_older_than_the_broken_release() -> None:
    major, minor = (int(part) for part in PySide6.__version__.split(".")[:2])
    assert (6, 9) <= (major, minor) < (6, 12)


@pytest.mark.parametrize("value", [None, True, 7], ids=["None", "True", "int"])
def test_signals_leave_reference_counts_alone(value: object) -> None:
    sender = _Sender()
    heard = 0

    def hear(received: object) -> None:
        nonlocal heard
        assert received is value
        heard += 1

    sender.sent.connect(hear)
    before = sys.getrefcount(value)
    for _ in range(EMISSIONS):
        sender.sent.emit(value)
    drift = sys.getrefcount(value) - before
    assert heard == EMISSIONS
    assert abs(drift) < EMISSIONS // 20, f"reference count moved by {drift}"
