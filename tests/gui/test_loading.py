"""Importing a library while the window is used: no garbage is collected meanwhile."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from unittest import mock

import pytest

from engine.errors import FoveaError
from gui.garbage import Garbage
from gui.loading import load_behind
from gui.runner import Runner


@pytest.fixture
def garbage(qapp) -> Iterator[Garbage]:
    made = Garbage()
    yield made
    made.stop()


def test_nothing_is_collected_amid_a_load_whatever_else_was_imported(garbage: Garbage) -> None:
    collect = mock.Mock()
    with mock.patch.object(garbage, "collect", collect):
        garbage.begin_load()
        garbage.begin_load()
        garbage.imported()
        garbage.end_load()
        garbage._on_time()
        assert collect.call_count == 0
        frozen = gc.get_freeze_count()
        garbage.end_load()
        assert gc.get_freeze_count() > frozen
        garbage._on_time()
        assert collect.call_count == 1


@pytest.mark.parametrize("fails", [False, True])
def test_a_load_ends_also_when_it_fails(qtbot, fails: bool) -> None:
    runner, done = Runner(), []

    def work() -> None:
        done.append(gc.isenabled())
        if fails:
            raise FoveaError("FV-U001", "No such library.")

    load_behind(runner, work)
    assert runner.garbage._held_until
    qtbot.waitUntil(lambda: bool(done) and not runner.garbage._held_until)
    runner.shut_down()
