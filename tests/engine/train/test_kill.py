"""kill -9 at random moments: the resumed run ends as the uninterrupted one, to the bit."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from engine.project.store import load
from engine.runs.listing import find_run, replay
from engine.train import keeper, train
from tests.engine.train.test_loop import epochs, weights
from tests.engine.train.tiny_project import make_project
from tests.reliability.forked import forked, kill

# The victims fork while nothing else computes; the pools of libraries sleep.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


def kill_after(folder: Path, lines: int, delay: float, *, resume: bool) -> bool:
    """Trains in a child until so many events and seconds; says whether it had to be killed."""
    reading, writing = os.pipe()

    def victim() -> None:
        keeper.Keeper.due = lambda self, after_epoch: True
        for _ in train(load(folder).project, folder, resume="last" if resume else None):
            os.write(writing, b"\n")

    child = forked(victim)
    os.close(writing)
    for _ in range(lines):
        if not os.read(reading, 1):
            break
    time.sleep(delay)
    os.close(reading)
    return kill(child)


EVERYTHING = {
    "accumulation": 2,
    "sam": 0.05,
    "l1": 1e-4,
    "max_norm": 2.0,
    "averaging": "swa",
    "swa_share": 0.6,
    "freeze_epochs": 1,
    "resize_from": 0.5,
    "keep": "one_se",
    "monitor": "auc",
}


@pytest.mark.parametrize(
    "recipe",
    [{}, EVERYTHING, pytest.param({"averaging": "ema"}, marks=pytest.mark.long)],
    ids=["plain", "everything", "ema"],
)
def test_killed_runs_resume_to_the_same_bits(tmp_path: Path, recipe: dict[str, object]) -> None:
    project = make_project(tmp_path / "whole", epochs=5, **recipe)
    whole = list(train(project, tmp_path / "whole"))
    draw = random.Random(5)
    folder = tmp_path / "killed"
    make_project(folder, epochs=5, **recipe)
    kills = 0
    for attempt in range(4):
        kills += kill_after(folder, draw.randint(3, 20), draw.random() / 50, resume=attempt > 0)
    assert kills >= 2
    assert find_run(folder, "last").status in ("interrupted", "done")
    list(train(None, folder, resume="last"))
    assert find_run(folder, "last").status == "done"
    assert weights(folder) == weights(tmp_path / "whole")
    assert epochs(list(replay(find_run(folder, "last").path))) == epochs(whole)
