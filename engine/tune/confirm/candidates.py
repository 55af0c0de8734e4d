"""What is trained to check the winners of a study: which settings, from which seeds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from engine.errors import FoveaError
from engine.files.hashing import sha256_bytes
from engine.project.document import Project
from engine.project.searching import with_choices
from engine.randomness import derive, stream_of
from engine.search.records import EMPTY
from engine.tune.confirm.plan import ConfirmPlan
from engine.tune.confirm.record import Arm, Confirmation
from engine.tune.folder import StudyFolder
from engine.tune.table import StudyTable, TrialRow

__all__ = ["Candidates", "candidates", "fingerprint", "fresh_seeds"]

_SEARCHED_SEEDS = 1_000
"""The seeds of a search are the recipe's and those that follow it, far fewer than these."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """A check that was not begun, and what its arms train, in the same order."""

    record: Confirmation
    projects: tuple[Project, ...]
    seeds: tuple[int, ...]

    def run(self, arm: int, member: int) -> tuple[str, Project]:
        """The run ``member`` (from 0) of an arm: its id, made of all that it trains with, so that
        it is found again by whoever asks for the same; and its project.
        """
        plan, project = self.record.plan, self.projects[arm]
        training = project.training.with_(seed=self.seeds[member])
        if plan.vary == "folds":
            project = project.with_(data=project.data.with_(folds=plan.seeds, fold=member))
        project = project.with_(training=training)
        trial = self.record.arms[arm].trial
        whose = "project" if trial is None else f"trial-{trial:05d}"
        return f"{whose}-{member + 1:02d}-{_digest(project)}", project


def candidates(
    study: StudyFolder, table: StudyTable, present: Project, plan: ConfirmPlan
) -> Candidates:
    """The present project and the best complete trials, as they would be applied to it.

    Trials that are the present project, or another candidate once more, are passed over. Raises
    FoveaError FV-S020 where there is none, and FV-H001 or FV-H002 where the project was changed so
    that a trial's settings have no place in it.
    """
    present = present.with_(search=EMPTY)
    arms, projects = [Arm()], [present]
    for row in _ranked(table):
        if len(arms) > plan.best:
            break
        project = with_choices(present, row.settings)
        if project not in projects:
            arms.append(Arm(row.number, row.values[0], dict(row.settings)))
            projects.append(project)
    if len(arms) == 1:
        raise FoveaError(
            "FV-S020",
            f"The study “{study.name:.80}” has no winner to check.",
            where=str(study.path),
            why="No trial was completed yet whose settings are not those of the present project.",
            kept="Nothing was changed.",
            fix="Let the study go on until some trials are complete.",
        )
    searched = sum(bool(row.reports or row.values) for row in table.rows)
    record = Confirmation(
        study.name,
        "open",
        plan,
        study.plan.goal,
        max(1, searched),
        study.plan.runs,
        fingerprint(present),
        tuple(arms),
    )
    return Candidates(record, tuple(projects), fresh_seeds(study, present, plan.seeds))


def fingerprint(project: Project) -> str:
    """What tells projects apart that train differently: not their name, search space or seed."""
    training = project.training.with_(seed=0)
    return _digest(project.with_(search=EMPTY, training=training))


def fresh_seeds(study: StudyFolder, present: Project, count: int) -> tuple[int, ...]:
    """Seeds that the search has not used, always the same for a study: who asks again gets no other
    luck, and who asks for more gets the first ones again.
    """
    first = study.project.training.seed
    used = {*range(first, first + _SEARCHED_SEEDS), present.training.seed}

    def drawn() -> Iterator[int]:
        number = 0
        while True:
            yield derive(study.plan.seed, number, stream_of("check of the winner")) % 2**31
            number += 1

    found: list[int] = []
    for seed in drawn():
        if len(found) == count:
            break
        if seed not in used:
            used.add(seed)
            found.append(seed)
    return tuple(found)


def _ranked(table: StudyTable) -> list[TrialRow]:
    """The complete trials by their first objective, the best first; of equal ones the earlier."""
    sign = -1 if table.objectives[0].maximise else 1
    done = [row for row in table.rows if row.state == "complete" and row.values]
    return sorted(done, key=lambda row: (sign * row.values[0], row.number))


def _digest(project: Project) -> str:
    facts = project.to_json()
    del facts["name"]
    return sha256_bytes(json.dumps(facts, sort_keys=True).encode())[:12]
