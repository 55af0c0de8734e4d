"""How often the check of a study's winner is right, where the truth is planted.

A training is replaced by a draw ``quality(settings) + noise``; studies, tables, candidates, records
and judgements are the real ones. Three truths: nothing is better than the project (``lucky``); a
third of the settings is (``region``); just the tuned winner is (``single``), the hardest case, as
the other candidates only cost certainty.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np

from engine.project.document import Project
from engine.tune.confirm.events import CheckFinished
from engine.tune.confirm.plan import ConfirmPlan
from engine.tune.confirm.running import confirm
from engine.tune.folder import StudyFolder
from engine.tune.table import read_table
from tests.engine.tune.confirm.drawn import (
    drawn_trainings,
    learning_rate,
    make_study,
    redrawn,
)

TITLE = "Luck: how often the check of a winner is right (goals: luck 90 %, better 80 %)"

TRIALS = 60
NOISE = 0.008
"""The spread of accuracy between seeds; rates depend on the margin in units of it only."""
_BETTER_FROM = 0.01
"""Learning rates from here are better, a third of the range; the project's own is not."""
_BASE = 0.88


def planted(folder: Path) -> StudyFolder:
    """The study that :func:`rates` draws scores for."""
    return make_study(folder, TRIALS)


def rates(
    study: StudyFolder,
    place: Path,
    repeats: int,
    margin: float,
    *,
    single: bool = False,
    plan: ConfirmPlan | None = None,
) -> Counter[str]:
    """What the check said in so many planted studies (``says`` of the judgement).

    ``better`` counts only where the winner that it names is truly better, else ``false``.
    ``margin`` is by how much, in units of the noise.
    """
    found: Counter[str] = Counter()
    with mock.patch.object(os, "fsync"):  # no study here is to outlive a power cut
        for repeat in range(repeats):
            folder = place / "study"
            found[_said(study, folder, repeat, margin, single=single, plan=plan)] += 1
            shutil.rmtree(folder)
    return found


def _said(
    study: StudyFolder,
    folder: Path,
    repeat: int,
    margin: float,
    *,
    single: bool,
    plan: ConfirmPlan | None,
) -> str:
    draw = np.random.default_rng((repeat, int(single), round(10 * margin)))
    better = _from(_BETTER_FROM)

    def score(project: Project) -> float:
        gain = margin * NOISE * better(learning_rate(project))
        return _BASE + gain + NOISE * float(draw.standard_normal())

    made = redrawn(study, folder, score)
    if single:  # the best but for the first, which is the project itself
        best = max(read_table(made).rows[1:], key=lambda row: row.values)
        better = _only(float(best.settings["training.optimizer.lr"]))
    with drawn_trainings(score):
        *_, end = confirm(made, folder, plan=plan)
    assert isinstance(end, CheckFinished)
    said = end.judgement
    if said.says != "better":
        return said.says
    settings = {arm.trial: arm.values for arm in end.record.candidates}[said.winner]
    true = margin > 0 and better(float(settings["training.optimizer.lr"]))
    return "better" if true else "false"


def _from(least: float) -> Callable[[float], bool]:
    return lambda lr: lr >= least


def _only(the_one: float) -> Callable[[float], bool]:
    return lambda lr: lr == the_one


def main(argv: list[str]) -> None:
    """Prints the rates for each truth; ``--repeats``, ``--margin``, ``--seeds``, ``--vary``."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench luck")
    parser.add_argument("--repeats", type=int, default=50)
    parser.add_argument("--margin", type=float, default=2.0, help="in units of the noise")
    parser.add_argument("--seeds", type=int, default=ConfirmPlan().seeds)
    parser.add_argument("--vary", choices=("seeds", "folds"), default="seeds")
    asked = parser.parse_args(argv)
    plan = ConfirmPlan(seeds=asked.seeds, vary=asked.vary)
    with tempfile.TemporaryDirectory() as place:
        study = planted(Path(place) / "p")
        for name, margin, single in (
            ("lucky", 0.0, False),
            ("region", asked.margin, False),
            ("single", asked.margin, True),
        ):
            found = rates(
                study, Path(place) / name, asked.repeats, margin, single=single, plan=plan
            )
            told = ", ".join(f"{says} {count}" for says, count in found.most_common())
            print(f"{name:7s} margin {margin:g}, {asked.seeds} {asked.vary}: {told}", flush=True)
