"""kill -9 at random moments: the resumed run ends as the uninterrupted one, to the bit."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.runs.listing import find_run, replay
from engine.train import train
from tests.engine.train.test_loop import epochs, weights
from tests.engine.train.tiny_project import make_project

VICTIM = """
import sys
import torch
torch.set_num_threads(1)
from pathlib import Path
from engine.project.store import load
from engine.train import keeper, train
keeper.Keeper.due = lambda self, after_epoch: True
folder, resume = Path(sys.argv[1]), sys.argv[2] == "resume"
for event in train(load(folder).project, folder, resume="last" if resume else None):
    print(event.kind, flush=True)
"""


def kill_after(folder: Path, lines: int, delay: float, *, resume: bool) -> bool:
    """Trains in a child until so many events and seconds; says whether it had to be killed."""
    words = [sys.executable, "-c", VICTIM, str(folder), "resume" if resume else "new"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for _ in range(lines):
            if not child.stdout.readline():
                break
        try:
            child.wait(delay)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            return True
    return child.returncode != 0


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


@pytest.mark.slow
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
