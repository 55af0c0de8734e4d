"""Figure 11: the longest gaps of the event loop while the window trains and somebody clicks."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from unittest import mock

import numpy as np

from engine.runs.events import Event
from tests.bench import responsiveness

__all__ = ["Clicked", "clicked", "main", "prepare"]

LATE_MS, LONGEST_MS = 16.0, 100.0

_ROOT = Path(__file__).resolve().parents[2]
_RUNS = 3
_TRIALS = 200
_WORST = 12


@dataclass(frozen=True)
class Clicked:
    """What one session of training and clicking found.

    Attributes:
        late: milliseconds by which the event loop came late, under what was done.
        busy: how much of each the window's own thread spent computing.
        done: how often each act was done. steps: of training meanwhile.
        uncaught: exceptions that nobody caught. noise: error logs, and warnings of Qt.
        dumps: how often the watchdog wrote stacks. error: what ended the training, or empty.
    """

    late: dict[str, list[float]] = field(default_factory=dict)
    busy: dict[str, list[float]] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    steps: int = 0
    uncaught: list[str] = field(default_factory=list)
    noise: list[str] = field(default_factory=list)
    dumps: int = 0
    error: str = ""


def prepare(place: Path, work: str, runs: int = _RUNS) -> Path:
    """A project with earlier runs that are evaluated, and a study: there is something to click."""
    from engine.evaluate import evaluate
    from engine.project.store import load
    from engine.train import train

    _, make = next(responsiveness.works(work))
    folder = make(place)
    project = load(folder).project
    for number in range(runs):
        recipe = project.training.with_(epochs=1, seed=number)
        for _ in train(project.with_(training=recipe), folder):
            pass
        evaluate(folder, "last", "val")
    search(folder)
    return folder


def search(folder: Path) -> None:
    """A search space in the project, and a study of it whose trainings are draws."""
    from engine.project import store
    from engine.project.search_presets import preset
    from engine.tune import study as coordinator
    from engine.tune.folder import create_study
    from engine.tune.outcome import Outcome
    from engine.tune.plan import StudyPlan

    draw = np.random.default_rng(5)

    def train(*_: object) -> Iterator[Event]:
        yield from ()
        return Outcome("complete", float(draw.uniform(0.7, 0.9)))

    loaded = store.load(folder)
    project = loaded.project.with_(search=preset(loaded.project, "basic"))
    store.save(folder, project, expect_digest=loaded.digest)
    plan = StudyPlan(trials=_TRIALS, sampler="random", pruner="none")
    with mock.patch.object(coordinator, "train_trial", train):
        for _ in coordinator.tune(create_study(folder, project, plan), folder):
            pass


def clicked(
    folder: Path,
    seconds: float,
    *,
    seed: int = 1,
    rounds: int = 0,
    hurry: bool = False,
    stacks: str = "",
) -> Clicked:
    """Trains and clicks in a Python of its own, for so long and for so many rounds of all acts.

    ``hurry`` clicks faster than a person; ``stacks`` names a file for the stacks of all threads
    amid gaps longer than 50 ms.
    """
    command = [sys.executable, "-m", "tests.reliability", "window", "--child", str(folder)]
    asked = ["--seconds", str(seconds), "--seed", str(seed), "--rounds", str(rounds)]
    asked += [*(["--hurry"] if hurry else []), *(["--stacks", stacks] if stacks else [])]
    ended = subprocess.run(
        [*command, *asked],
        cwd=_ROOT,
        env={"QT_QPA_PLATFORM": "offscreen"} | os.environ,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=180 + 10 * seconds,
    )
    return Clicked(**json.loads(ended.stdout.splitlines()[-1]))


def _child(asked: argparse.Namespace) -> Clicked:
    from tests.reliability.session import Session
    from tests.support import noise

    with contextlib.ExitStack() as opened:
        heard = opened.enter_context(noise.listening())
        stacks = opened.enter_context(open(asked.stacks, "w")) if asked.stacks else None
        session = Session(asked.child, asked.seed, hurry=asked.hurry, stacks=stacks)
        return session.run(asked.seconds, asked.rounds, heard)


def _report(found: Clicked) -> None:
    """The acts with the longest gaps, worst first."""
    rows = [(name, np.array(gaps)) for name, gaps in found.late.items() if gaps]
    rows.sort(key=lambda row: -float(row[1].max()))
    for name, gaps in rows[:_WORST]:
        long = int((gaps > LONGEST_MS / 2).sum())
        print(
            f"  {name:32s} p99 {np.percentile(gaps, 99):6.1f}  max {gaps.max():6.1f} ms "
            f"(computing {max(found.busy[name]):5.1f})  over 50 ms: {long} of {len(gaps)}"
        )
    for line in (*found.uncaught, *found.noise):
        print(f"  ! {line}")


def _missed(found: Clicked, minutes: float) -> bool:
    """Prints the figure; whether it is not held."""
    gaps, busy = (
        np.array([value for kind in kinds.values() for value in kind])
        for kinds in (found.late, found.busy)
    )
    late = float(np.percentile(gaps, 99))
    print(
        f"event-loop gap over {minutes:g} min of training ({found.steps} steps) and "
        f"{sum(found.done.values())} acts: p99 {late:.1f} ms (goal {LATE_MS:.0f}), max "
        f"{gaps.max():.0f} ms (goal {LONGEST_MS:.0f}), n={len(gaps)}"
    )
    print(
        f"of which the window computes: p99 {np.percentile(busy, 99):.1f} ms, max "
        f"{busy.max():.0f} ms; the rest it waits for the processor or the interpreter"
    )
    quiet = not (found.dumps or found.uncaught or found.noise or found.error)
    print(
        f"watchdog dumps {found.dumps}, uncaught exceptions {len(found.uncaught)}, "
        f"error logs and warnings of Qt {len(found.noise)} {found.error}"
    )
    return late > LATE_MS or float(gaps.max()) > LONGEST_MS or not quiet


def main(argv: list[str]) -> int:
    """Trains and clicks, and prints the gaps; 0 when they are within the goals."""
    parser = argparse.ArgumentParser(prog="tests.reliability window")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--work", choices=("sample", "tiny"), default="sample")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stacks", default="", help="file for what held the loop over 50 ms")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--hurry", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(argv)
    if asked.child is not None:
        print(json.dumps(asdict(_child(asked))))
        return 0
    with tempfile.TemporaryDirectory() as place:
        folder = prepare(Path(place), asked.work)
        found = clicked(folder, 60 * asked.minutes, seed=asked.seed, stacks=asked.stacks)
    _report(found)
    return int(_missed(found, asked.minutes))
