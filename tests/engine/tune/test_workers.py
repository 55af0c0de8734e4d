"""Several worker processes train the trials of one study, and die on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from engine.processes import engine_environment
from engine.project.document import Project
from engine.runs.events import EpochDone, Event, Notice
from engine.runs.listing import list_runs
from engine.train.control import Control
from engine.tune import study as coordinator
from engine.tune.events import OfTrial, StudyFinished, TrialFinished, TrialStarted
from engine.tune.folder import StudyFolder, create_study, find_study
from engine.tune.plan import StudyPlan
from engine.tune.study import tune
from engine.tune.table import read_table
from engine.tune.workers import worker
from tests.engine.train.tiny_project import make_project
from tests.engine.tune.test_study import SPACE, running, told

pytestmark = pytest.mark.slow

PLAN = StudyPlan(trials=4, startup=2, sampler="random", pruner="none")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Project]:
    """A tiny project on disc, its images decoded."""
    folder = tmp_path_factory.mktemp("tiny") / "p"
    return folder, make_project(folder, epochs=2).with_(search=SPACE)


def begin(ready: tuple[Path, Project], **changes: Any) -> StudyFolder:
    return create_study(*ready, PLAN.with_(**changes))


def long(ready: tuple[Path, Project], **changes: Any) -> StudyFolder:
    """A study whose trials last until somebody ends them."""
    folder, project = ready
    endless = project.with_(training=project.training.with_(epochs=100_000))
    return create_study(folder, endless, PLAN.with_(**changes))


def run(study: StudyFolder, workers: int = 1, control: Control | None = None) -> list[Event]:
    folder = study.path.parent.parent
    return list(tune(study, folder, workers=workers, control=control, threads=1))


def pids(study: StudyFolder) -> list[int]:
    """The processes that train the study's runs at this moment."""
    facts = [json.loads(path.read_text()) for path in study.path.glob("runs/*/run.json")]
    return [one["process"]["pid"] for one in facts if one["status"] == "running"]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_two_workers_spend_the_budget_and_each_event_tells_its_trial(
    ready: tuple[Path, Project],
) -> None:
    study = begin(ready)
    events = run(study, workers=2)
    assert sorted(told(events)) == told(run(begin(ready)))
    assert isinstance(events[-1], StudyFinished)
    assert (events[-1].status, events[-1].complete) == ("done", 4)
    assert not any(isinstance(event, EpochDone) for event in events)
    epochs = [
        event.trial
        for event in events
        if isinstance(event, OfTrial) and isinstance(event.event, EpochDone)
    ]
    assert sorted(epochs) == [0, 0, 1, 1, 2, 2, 3, 3]
    line = next(event for event in events if isinstance(event, OfTrial)).to_json()
    assert line["event"] == "run_started"
    assert line["run"] == f"trial-{line['trial']:05d}"
    assert [one.status for one in list_runs(study.path)] == ["done"] * 4
    begun = {one.trial: one.worker for one in events if isinstance(one, TrialStarted)}
    assert {row.number: row.worker for row in read_table(study).rows} == begun
    assert set(begun.values()) == {"1", "2"}


def test_one_worker_process_prunes_and_chooses_as_our_own(ready: tuple[Path, Project]) -> None:
    """A worker waits after each epoch, so that a pruned trial ends where it would have here."""
    changes = {"trials": 6, "sampler": "tpe", "pruner": "median"}
    whole, study = begin(ready, **changes), begin(ready, **changes)
    expected = told(run(whole))
    assert "pruned" in {state for _, state, *_ in expected}
    apart = coordinator.Coordinator(study, ready[0], Control(), OPTIONS, 2)
    apart._workers = 1
    assert told(list(apart.run())) == expected
    histories = [
        [(one.id, one.epochs_done, one.metrics) for one in list_runs(each.path)]
        for each in (whole, study)
    ]
    assert histories[0] == histories[1]


OPTIONS: dict[str, Any] = {"device": None, "threads": 1, "progress": None}


def test_a_killed_worker_costs_its_trial_nothing(ready: tuple[Path, Project]) -> None:
    study, killed, notices = begin(ready, trials=2), set[int](), []
    ends: list[Event] = []
    for event in tune(study, ready[0], workers=2, threads=1):
        if isinstance(event, OfTrial):
            if isinstance(event.event, EpochDone) and event.trial not in killed:
                killed.add(event.trial)
                owner = json.loads(
                    (study.path / "runs" / f"trial-{event.trial:05d}/run.json").read_text()
                )
                os.kill(owner["process"]["pid"], signal.SIGKILL)
            notices += [event.event.text] if isinstance(event.event, Notice) else []
        ends.append(event)
    assert killed == {0, 1}
    assert sum("SIGKILL" in text for text in notices) == 2
    assert sorted(told(ends)) == told(run(begin(ready, trials=2)))


def test_a_trial_whose_process_dies_again_and_again_fails(ready: tuple[Path, Project]) -> None:
    study, ends = long(ready, trials=1), []
    with mock.patch.object(worker, "DEATHS", 1):
        for event in tune(study, ready[0], workers=2, threads=1):
            if isinstance(event, OfTrial) and isinstance(event.event, EpochDone):
                for pid in pids(study):
                    os.kill(pid, signal.SIGKILL)
            ends += [event] if isinstance(event, TrialFinished) else []
    (end,) = ends
    assert end.state == "failed"
    assert "SIGKILL" in end.why
    assert "number 2" in end.why
    assert running(study) == 0


def test_a_stop_ends_all_trials_within_seconds_and_they_go_on(ready: tuple[Path, Project]) -> None:
    study, control, begun, asked = long(ready), Control(), {}, 0.0
    for event in tune(study, ready[0], workers=2, control=control, threads=1):
        if isinstance(event, TrialStarted):
            begun[event.trial] = dict(event.values)
        if len(pids(study)) == 2 and not control.stopping:
            asked = time.monotonic()
            control.stop()
    assert isinstance(event, StudyFinished)
    assert event.status == "stopped"
    assert time.monotonic() - asked < 10
    assert running(study) == 0
    again: dict[int, Any] = {}
    control = Control()
    for event in tune(study, ready[0], workers=2, control=control, threads=1):
        if isinstance(event, TrialStarted):
            again[event.trial] = dict(event.values)
        if len(again) == 2:
            control.stop()
    assert again == begun  # settings that were handed out stay


def test_workers_end_when_their_coordinator_is_killed(ready: tuple[Path, Project]) -> None:
    study = long(ready, trials=2)
    text = f"""
from pathlib import Path
from engine.tune.folder import find_study
from engine.tune.study import tune
from engine.tune.table import read_table
folder = Path({str(ready[0])!r})
for event in tune(find_study(folder, {study.name!r}), folder, workers=2, threads=1):
    pass
"""
    parent = subprocess.Popen([sys.executable, "-c", text], env=engine_environment())
    ends = time.monotonic() + 100
    while len(pids(study)) < 2:
        assert time.monotonic() < ends
        time.sleep(0.1)
    children = pids(study)
    assert all(map(alive, children))
    parent.kill()
    parent.wait()
    while any(map(alive, children)):
        assert time.monotonic() < ends
        time.sleep(0.1)
    assert [one.status for one in list_runs(study.path)] == ["stopped"] * 2
    control = Control()
    for event in tune(find_study(ready[0], study.name), ready[0], workers=2, control=control):
        if isinstance(event, OfTrial):
            control.stop()
    assert isinstance(event, StudyFinished)
    assert (event.status, event.failed) == ("stopped", 0)
    assert running(study) == 0
