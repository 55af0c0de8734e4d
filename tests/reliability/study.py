"""Figure 13: a study that is killed at random moments ends as if nothing had been."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from engine.errors import FoveaError
from engine.project.document import Project
from engine.runs.checkpoints import read_checkpoint
from engine.runs.events import EpochDone, Notice
from engine.runs.listing import list_runs, replay
from engine.search import Searched, SearchSpace
from engine.train import keeper
from engine.tune import study as coordinator
from engine.tune.folder import StudyFolder, create_study, find_study
from engine.tune.outcome import WORKER
from engine.tune.plan import StudyPlan
from engine.tune.study import tune
from tests.engine.train.tiny_project import make_project
from tests.reliability.forked import forked, kill, reap, scratch

__all__ = [
    "Trials",
    "begin",
    "differences",
    "kept_trials",
    "main",
    "outcome",
    "prepare",
    "run_to_end",
    "survived",
]

_SAMPLERS = ("tpe", "random", "qmc", "grid", "gp", "nsga2")
_RUNS = {"random": 2, "nsga2": 2}
"""Of samplers whose trials are several runs; the others have one."""
_AGAINST = {"nsga2": "parameters"}
_SPACE = SearchSpace(
    (
        Searched("training.optimizer.lr", 1e-4, 0.1, log=True),
        Searched("training.optimizer", choices=("adamw", "sgd")),
        Searched("training.optimizer.momentum", 0.5, 0.95),
        Searched("training.batch_size", choices=(8, 16)),
    )
)
# What a trial is; not which of the workers trained it.
_TABLES = {
    "value": "SELECT objective, value FROM trial_values",
    "params": "SELECT param_name, param_value FROM trial_params",
    "reports": "SELECT step, intermediate_value FROM trial_intermediate_values",
    "why": "SELECT key, value_json FROM (SELECT * FROM trial_user_attributes"
    f" WHERE key != '{WORKER}')",
}

Trials = dict[int, tuple[Any, ...]]


def prepare(place: Path) -> Project:
    """A tiny project in ``place/p`` with something to search."""
    return make_project(place / "p", epochs=3).with_(search=_SPACE)


def begin(place: Path, project: Project, name: str, sampler: str) -> StudyFolder:
    """A new study of six trials, three of them drawn at random; bad ones end early."""
    plan = StudyPlan(trials=6, startup=3, pruner="median", goal="loss", sampler=sampler, keep=2)
    runs, against = _RUNS.get(sampler, 1), _AGAINST.get(sampler, "none")
    return create_study(place / "p", project, plan.with_(runs=runs, against=against), name)


def run_to_end(place: Path, name: str) -> None:
    """Runs a study as it stands, each trial with a checkpoint after every step."""
    with mock.patch.object(keeper.Keeper, "due", return_value=True):
        for _ in tune(find_study(place / "p", name), place / "p", threads=1):
            pass


def kept_trials(file: Path) -> Trials:
    """The trials in a database by number: state, then all that belongs to them.

    Reads only. Raises AssertionError when SQLite finds the file damaged.
    """
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found: Trials = {}
        query = "SELECT trial_id, number, state FROM trials ORDER BY number"
        for key, number, state in connection.execute(query).fetchall():
            parts = (f"{query} WHERE trial_id = ? ORDER BY 1" for query in _TABLES.values())
            found[number] = (
                state,
                *(connection.execute(part, (key,)).fetchall() for part in parts),
            )
        return found


def outcome(study: StudyFolder) -> dict[str, Any]:
    """All that a finished study leaves, without times: its trials, and each one's run."""
    return {"trials": kept_trials(study.database)} | {
        run.id: (run.status, _history(run.path), _weights(run.path))
        for run in list_runs(study.path)
    }


def _history(run: Path) -> list[dict[str, Any]]:
    events = list(replay(run))
    damaged = [event.text for event in events if isinstance(event, Notice)]
    assert not any("damaged" in text for text in damaged), damaged
    lines = [event.to_json() for event in events if isinstance(event, EpochDone)]
    return [{key: line[key] for key in line if key != "seconds"} for line in lines]


def _weights(run: Path) -> dict[str, bytes]:
    kept = {name: read_checkpoint(run / "checkpoints", name) for name in ("last", "best")}
    return {
        f"{which}.{name}": tensor.contiguous().numpy().tobytes()
        for which, one in kept.items()
        if one is not None
        for name, tensor in one.tensors.items()
    }


def survived(study: StudyFolder, place: Path, whole: dict[str, Any], delays: list[float]) -> str:
    """Kills a study once per delay (seconds after its start, then after each resume).

    Then lets a new process end it. Gives ``""`` where it ended as the uninterrupted one, ``missed``
    where no kill met it, and else what is wrong.
    """
    met = 0
    for delay in delays:
        child = forked(lambda: run_to_end(place, study.name))
        time.sleep(delay)
        met += kill(child)
        if not study.database.exists():
            continue
        now = kept_trials(study.database)
        ended = {key: trial for key, trial in now.items() if trial[0] not in ("RUNNING", "WAITING")}
        if any(trial != whole["trials"].get(key) for key, trial in ended.items()):
            return f"after a kill {delay:.3f} s: {ended}"
    if not met:
        return "missed"
    if code := reap(forked(lambda: run_to_end(place, study.name))):
        return f"could not go on: {code}"
    try:
        found = outcome(study)
    except (AssertionError, FoveaError) as error:
        return str(error)
    return "" if found == whole else "; ".join(differences(whole, found))


def differences(whole: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    """What two outcomes do not have in common, in words."""
    for name in sorted(whole.keys() | found.keys()):
        if name == "trials" or whole.get(name) == found.get(name):
            continue
        before, now = (one.get(name, ("missing", [], {})) for one in (whole, found))
        part = "history" if before[1] != now[1] else f"weights {len(before[2])} {len(now[2])}"
        yield f"{name}: {before[0]}, then {now[0]}; {part}"
    for number in sorted(whole["trials"].keys() | found["trials"].keys()):
        before, now = (one["trials"].get(number) for one in (whole, found))
        if before != now:
            yield f"trial {number}: {before}, then {now}"


def measure(count: int, *, seed: int, tell: Callable[[str], object]) -> int:
    """How many of ``count`` killed studies ended as the uninterrupted one of their sampler."""
    draw, good, done = random.Random(seed), 0, 0
    samplers = itertools.cycle(_SAMPLERS)
    known: dict[str, tuple[dict[str, Any], float]] = {}
    with scratch() as folder:
        place = Path(folder)
        project = prepare(place)
        while done < count:
            sampler = next(samplers)
            if sampler not in known:
                known[sampler] = _uninterrupted(place, project, sampler)
            whole, length = known[sampler]
            study = begin(place, project, "killed", sampler)
            delays = [draw.random() * length for _ in range(draw.randint(1, 3))]
            wrong = survived(study, place, whole, delays)
            shutil.rmtree(study.path)
            if wrong == "missed":
                continue
            done, good = done + 1, good + (not wrong)
            tell(f"{good} of {done}" + (f"\n  {sampler}, killed {delays}: {wrong}\n" * bool(wrong)))
    return good


def _uninterrupted(place: Path, project: Project, sampler: str) -> tuple[dict[str, Any], float]:
    """What a study leaves that nobody killed, and the seconds that it takes."""
    for name in (
        f"{sampler}-first",
        f"{sampler}-whole",
    ):  # the first imports what victims then have
        study, begun = begin(place, project, name, sampler), time.monotonic()
        run_to_end(place, name)
    return outcome(study), time.monotonic() - begun


@contextlib.contextmanager
def left_alone() -> Iterator[None]:
    """The control: trials of a dead process stay as they are, as Optuna leaves them."""
    with mock.patch.object(coordinator, "_take_back"):
        yield


def main(argv: list[str]) -> int:
    """Prints the figure; 0 when every study survived and the control did not."""
    parser = argparse.ArgumentParser(prog="tests.reliability study")
    parser.add_argument("--count", "--kills", type=int, default=200)
    parser.add_argument("--workers", type=int, default=1, help="of more, one may be killed as well")
    parser.add_argument("--control", type=int, default=5, help="studies that take nothing back")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(argv)
    if asked.workers > 1:
        return _several(asked)
    good = measure(
        asked.count, seed=asked.seed, tell=lambda text: print(f"\r  {text}", end="", flush=True)
    )
    print(f"\nkill -9 of a study: {good} of {asked.count} ended as the uninterrupted one")
    with left_alone():
        control = measure(asked.control, seed=asked.seed, tell=lambda text: None)
    print(f"control, nothing taken back: {control} of {asked.control} (must be fewer)")
    return int(good != asked.count or control == asked.control)


def _several(asked: argparse.Namespace) -> int:
    from tests.reliability import crowd

    met, bad = crowd.measure(
        asked.count,
        asked.workers,
        seed=asked.seed,
        tell=lambda text: print(f"\r  {text}", end="", flush=True),
    )
    print(f"\nkill -9 of a coordinator or one of {asked.workers} workers: {met - bad} of {met}")
    return int(bad > 0)
