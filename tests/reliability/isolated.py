"""Figure 12: an isolated run that dies leaves an interrupted run that resumes to the same bits."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import time
from pathlib import Path
from unittest import mock

from engine.project.document import Project
from engine.runs.events import RunFailed, RunFinished, RunStarted, Saved
from engine.runs.listing import find_run
from engine.train import isolated, peer
from tests.engine.train.tiny_project import make_project
from tests.reliability.forked import scratch
from tests.reliability.kill import Outcome, outcome, run_to_end

__all__ = ["died", "main"]

SECONDS = 5.0
"""Within which a death is told and the run is marked."""

_EPOCHS = 40
_DEATHS = (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS)


def died(
    project: Project, folder: Path, whole: Outcome, number: int, after: int
) -> tuple[bool | None, float]:
    """Kills an isolated run with a signal after so many checkpoints.

    Whether it was marked interrupted and resumed to what the uninterrupted run left (``None`` when
    it was done before), and the seconds from the death until it was marked.
    """
    process = 0
    usual = peer.subprocess.Popen

    def start(*arguments: object, **options: object) -> object:
        nonlocal process
        child = usual(*arguments, **options)
        process = child.pid
        return child

    saved, killed = 0, 0.0
    last: object = None
    with mock.patch.object(peer.subprocess, "Popen", start):
        for event in isolated.train_isolated(project, folder, threads=1):
            last = event
            saved += isinstance(event, (Saved, RunStarted))
            if saved > after and not killed:
                os.kill(process, number)
                killed = time.monotonic()
    took = time.monotonic() - killed
    run = find_run(folder, "last")
    if isinstance(last, RunFinished):
        return None, 0.0
    told = isinstance(last, RunFailed) and last.code == "FV-T031" and run.status == "interrupted"
    if not told:
        print(f"\n  not told: {last}, {run.status}")
        return False, took
    run_to_end(None, folder, run.id)
    return outcome(folder) == whole, took


def main(argv: list[str]) -> int:
    """Prints the figure; 0 when all runs survived, marked within five seconds."""
    parser = argparse.ArgumentParser(prog="tests.reliability isolated")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(argv)
    draw, good, done, longest, tried = random.Random(asked.seed), 0, 0, 0.0, 0
    with scratch() as place:
        project = make_project(Path(place) / "whole", epochs=_EPOCHS)
        run_to_end(project, Path(place) / "whole")
        whole = outcome(Path(place) / "whole")
        while done < asked.count:
            tried += 1
            folder = Path(place) / f"died{tried}"
            mine = make_project(folder, epochs=_EPOCHS)
            held, took = died(mine, folder, whole, draw.choice(_DEATHS), draw.randint(0, 3))
            shutil.rmtree(folder)
            if held is not None:
                done, good, longest = done + 1, good + held, max(longest, took)
                print(f"\r  {good} of {done}, within {longest:.2f} s", end="", flush=True)
    print(f"\ndeaths of isolated runs: {good} of {asked.count} resumed to the same bits,")
    print(f"all marked as interrupted within {longest:.2f} s")
    return int(good != asked.count or longest > SECONDS)
