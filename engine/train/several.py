"""Several runs of one project, one after another: over folds, or with other seeds."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import FoveaError
from engine.project.document import Project
from engine.runs.events import Event, RunFailed, RunFinished, RunStarted
from engine.runs.folder import RunFolder
from engine.runs.sets import (
    Membership,
    MemberStarted,
    SetFinished,
    find_set,
    new_set,
    summarise,
)
from engine.train.awake import awake
from engine.train.changed import changed_since
from engine.train.control import Control
from engine.train.loop import train
from engine.train.ranks.alone import ALONE, Ranks

__all__ = ["train_several", "varied_project"]

Progress = Callable[[int, int, str], None]


def train_several(
    project: Project | None,
    project_dir: Path,
    *,
    folds: int | None = None,
    seeds: int | None = None,
    resume: str | None = None,
    device: str | None = None,
    control: Control | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    ranks: Ranks = ALONE,
) -> Generator[Event, None, None]:
    """Trains a set of runs; yields the events of each, :class:`MemberStarted` before it, and at
    last one :class:`SetFinished` with mean, deviation and interval of the best epochs' metrics.

    Args:
        project: what to train; may be ``None`` with ``resume``, which uses the set's own settings.
        folds: train and validation images are dealt into so many folds; each run validates on
            another one. See ``engine.data.split``; test images are left alone.
        seeds: so many runs with seeds from ``training.seed`` upwards, on the same split.
        resume: the id of a set to go on with: runs that are done count as they are, one that was
            begun goes on, missing ones are trained with the settings of the set.
        device, control, threads, progress, ranks: as for :func:`engine.train.train`.

    A stop ends the set with the run in hand, a run that fails ends it too; both can be resumed.
    Raises what :func:`engine.train.train` raises before a run, FV-T001 for an unknown set and
    FV-H002 when neither or both of ``folds`` and ``seeds`` are given, or less than 2.
    """
    control, folder = control or Control(), Path(project_dir)
    plan = _begun(folder, resume) if resume else _planned(project, folds, seeds)
    if resume and project is not None:
        yield from changed_since(plan.base.to_json(), project.to_json())
    results: dict[str, Mapping[str, float]] = {}
    status, begun = "done", bool(plan.runs)
    for number in range(1, plan.members + 1):
        place = Membership(plan.set, plan.varied, number, plan.members)
        yield MemberStarted(**place.to_json())
        known = plan.runs.get(number)
        own = {"resume": known.id} if known else {"belongs": place.to_json()}
        settings = None if known else plan.project(number)
        shared: dict[str, Any] = {"device": device, "control": control, "threads": threads}
        shared["ranks"] = ranks
        status = "stopped"  # unless its last event says something else
        run = train(settings, folder, progress=progress, **own, **shared)
        with closing(awake(run, control)) as events:
            for event in events:
                yield event
                begun = begun or isinstance(event, RunStarted)
                if isinstance(event, (RunFinished, RunFailed)):
                    status = event.status
                if isinstance(event, RunFinished) and status in ("done", "early"):
                    results[event.run] = event.metrics
        if status not in ("done", "early"):
            break
    yield SetFinished(
        plan.set,
        plan.varied,
        "done" if len(results) == plan.members else status,
        plan.members,
        tuple(results),
        begun,
        **summarise(list(results.values()), varied=plan.varied),
    )


def varied_project(project: Project, varied: str, members: int, number: int) -> Project:
    """What run ``number`` (from 1) of ``members`` trains, which differ by ``folds`` or ``seeds``.

    Raises FoveaError FV-H001 or FV-H002 where there are not so many.
    """
    if varied == "folds":
        return project.with_(data=project.data.with_(folds=members, fold=number - 1))
    recipe = project.training
    return project.with_(training=recipe.with_(seed=recipe.seed + number - 1))


@dataclass(frozen=True, slots=True)
class _Plan:
    """A set: the project without what is varied, and the runs that exist, by their number."""

    set: str
    varied: str
    members: int
    base: Project
    runs: Mapping[int, RunFolder] = field(default_factory=dict)

    def project(self, number: int) -> Project:
        """What run ``number`` (from 1) trains."""
        return varied_project(self.base, self.varied, self.members, number)


def _planned(project: Project | None, folds: int | None, seeds: int | None) -> _Plan:
    if project is None:
        raise ValueError("train_several() needs a project or a set to resume")
    varied, members = ("folds", folds) if folds is not None else ("seeds", seeds)
    if members is None or (folds is not None and seeds is not None) or members < 2:
        raise FoveaError(
            "FV-H002",
            "A set of runs is made of at least 2 folds or of at least 2 seeds.",
            where=varied,
            why=f"Found {folds} folds and {seeds} seeds.".replace("None", "no"),
            fix="Choose one of the two; 5 is usual.",
        )
    plan = _Plan(new_set(varied), varied, members, project)
    for number in range(1, members + 1):
        plan.project(number)  # refused now rather than after a night
    return plan


def _begun(project_dir: Path, name: str) -> _Plan:
    runs = find_set(project_dir, name)
    first, folder = next(iter(runs.items()))
    project = Project.from_json(folder.read_project())
    if first.varied == "folds":
        base = project.with_(data=project.data.with_(folds=0, fold=0))
    else:
        seed = project.training.seed - first.member + 1
        base = project.with_(training=project.training.with_(seed=seed))
    numbered = {member.member: run for member, run in runs.items()}
    return _Plan(name, first.varied, first.members, base, numbered)
