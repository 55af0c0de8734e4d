"""What the engine's part of the self-test tries, in order."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from engine.selftest.export import exported
from engine.selftest.formats import read_every_format
from engine.selftest.inventory import live_kinds, lost_files, lost_kinds
from engine.selftest.running import Failed, Step, check

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["PROJECT", "STEPS"]

PROJECT = "self-test"
"""The name of the project's folder, in the place of the steps."""

_SIDE = 32
_BATCH = 8
_PARTS = {"train": 20, "val": 8, "test": 8}
"""Images of each of the sample's four classes: ten batches of eight to train with."""
_STEPS = 10
_TRIALS = 3
_RUN = "ten-steps"


def _kinds(_place: Path) -> str:
    lost = lost_files("engine")
    check(not lost, f"{len(lost)} files of the program are missing: {', '.join(lost[:5])}")
    there = live_kinds()
    lost = lost_kinds(there)
    check(not lost, f"Missing: {'; '.join(lost)}")
    return ", ".join(f"{len(names)} {family}" for family, names in there.items())


def _methods(_place: Path) -> str:
    """Makes what a search is driven by: parts of Optuna that a trimmed package may lack."""
    from engine.tune.plan import StudyPlan
    from engine.tune.sampling import make_pruner, make_sampler
    from engine.tune.storage import quiet

    quiet()
    there = live_kinds()
    for sampler in there["search methods"]:
        make_sampler(StudyPlan.from_json({"sampler": sampler}), {"training.optimizer.lr": [1]}, 0)
    for pruner in there["pruners"]:
        make_pruner(StudyPlan.from_json({"pruner": pruner}), 10)
    return f"{len(there['search methods'])} ways to choose, {len(there['pruners'])} to end early"


def _train(place: Path) -> str:
    from engine.runs.events import EpochDone, RunFailed, RunFinished
    from engine.train.loop import train

    project = _make_project(place)
    steps, loss = 0, math.nan
    for event in train(project, place / PROJECT, run_id=_RUN):
        if isinstance(event, EpochDone):
            steps, loss = event.step, event.train_loss
        if isinstance(event, RunFailed):
            raise Failed(f"{event.what} {event.why}")
        if isinstance(event, RunFinished):
            check(event.status == "done", f"It ended as {event.status}.")
            check(steps == _STEPS, f"It took {steps} steps instead of {_STEPS}.")
            check(math.isfinite(loss), "The loss is not a number.")
            return f"{steps} steps, loss {loss:.3f}"
    raise Failed("It ended without saying so.")


def _make_project(place: Path) -> Project:
    """A project of drawn cells, one short epoch long, with a search space."""
    from engine.computer.drawn import drawn_project
    from engine.project.store import load, save
    from engine.search import Searched, SearchSpace

    folder = place / PROJECT
    project = drawn_project(folder, _PARTS, _SIDE)
    short = project.training.with_(epochs=1, batch_size=_BATCH)
    space = SearchSpace((Searched("training.optimizer.lr", 1e-4, 1e-2, log=True),))
    project = project.with_(training=short, search=space)
    save(folder, project, expect_digest=load(folder).digest)
    return project


def _evaluate(place: Path) -> str:
    from engine.evaluate import evaluate

    found = evaluate(place / PROJECT, _RUN, "test").to_json()
    return f"{found['n']} test images, accuracy {found['accuracy']:.0%}"


def _search(place: Path) -> str:
    from engine.project.store import load
    from engine.train.control import Control
    from engine.tune.events import StudyFinished
    from engine.tune.folder import create_study
    from engine.tune.plan import StudyPlan
    from engine.tune.study import Coordinator

    folder = place / PROJECT
    plan = StudyPlan.from_json({"trials": _TRIALS, "startup": 1})
    study = create_study(folder, load(folder).project, plan)
    options = {"device": None, "threads": None, "progress": None}
    # What `tune` adds keeps the computer awake, by a process of the system: not needed for seconds.
    for event in Coordinator(study, folder, Control(), options, workers=1).run():
        if isinstance(event, StudyFinished):
            done = event.complete + event.pruned
            check(done == _TRIALS, f"{done} of {_TRIALS} trials were done. {event.why}")
            return f"{_TRIALS} trials"
    raise Failed("It ended without saying so.")


STEPS = (
    Step("Parts of the engine", _kinds),
    Step("Methods of search", _methods),
    Step("Image formats", read_every_format),
    Step("Ten steps of training", _train),
    Step("Evaluation", _evaluate),
    Step("A search of three trials", _search),
    Step("Export and back", lambda place: exported(place / PROJECT, _RUN)),
)
"""All steps; the later ones need what the earlier ones left in the folder."""
