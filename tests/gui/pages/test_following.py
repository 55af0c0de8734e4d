"""A run that goes on while it is read back: every event once, however reading and arriving fall."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from engine.runs.events import EpochDone, RunStarted, StepDone
from gui.pages.base import Session
from gui.pages.train.following import Following

RUN = [
    RunStarted("r", 2, 3, 8, 0, 24, 8, ("a", "b"), 10, "CPU", "fp32"),
    *[StepDone(step, 1, 1.0 / step, 0.5, 0.01, 100.0, step / 10) for step in (1, 2, 3)],
    EpochDone(1, 3, 0.5, 0.6, 0.7, 0.5, 0.01, 0.4, True),
    *[StepDone(step, 2, 1.0 / step, 0.5, 0.01, 100.0, step / 10) for step in (4, 5, 6)],
]


@pytest.mark.parametrize("begin", [0, 2, 5])
def test_every_event_comes_once(qtbot, session: Session, monkeypatch, begin: int) -> None:
    for in_file, meanwhile in product((begin, begin + 1, 6, 8), (0, 1, 2, 8)):
        file = RUN[:in_file]
        monkeypatch.setattr("gui.pages.train.following.replay", lambda _path, file=file: file)
        assert followed(qtbot, session, begin, begin + meanwhile) == RUN, (in_file, meanwhile)


def followed(qtbot, session: Session, begin: int, middle: int) -> list[object]:
    """What comes when ``begin`` had arrived before, and what came up to ``middle`` had to wait."""
    following = Following(session.runner)
    took: list[object] = []
    following.took.connect(took.extend)
    following.show(Path("nowhere"), "r")
    following.take(RUN[begin:middle])
    qtbot.waitUntil(lambda: not session.runner._tasks, timeout=20_000)
    following.take(RUN[middle:])
    following.deleteLater()
    return took
