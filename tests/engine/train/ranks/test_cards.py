"""Two cards train one model; skipped where there are fewer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from engine.runs.events import RunStarted
from engine.runs.listing import find_run, replay
from engine.train import train
from tests.engine.train.ranks.test_ranks import ROOT, free_port
from tests.engine.train.test_loop import weights
from tests.engine.train.tiny_project import make_project

pytestmark = pytest.mark.gpu


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two cards")
def test_two_cards_share_batches_and_leave_a_checkpoint_of_the_same_names(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    list(train(make_project(one, epochs=2), one))
    make_project(two, epochs=2)
    words = ["--nproc-per-node", "2", "--master-port", str(free_port())]
    words += ["-m", "engine", "train", str(two)]
    done = subprocess.run([sys.executable, "-m", "torch.distributed.run", *words], cwd=ROOT)
    assert done.returncode == 0
    run = find_run(two, "last")
    start = next(event for event in replay(run.path) if isinstance(event, RunStarted))
    assert run.status == "done"
    assert any("the images of the whole batch" in note for note in start.notes)
    assert weights(two).keys() == weights(one).keys()
