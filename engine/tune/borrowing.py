"""What a study begins with: the project as it is, and what earlier studies found out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.compile.memory import Machine
from engine.errors import FoveaError
from engine.project.address import describe
from engine.project.document import Project
from engine.project.searching import with_choices
from engine.search.records import Choice
from engine.tune.folder import StudyFolder, find_study
from engine.tune.goals import COSTS
from engine.tune.known import coded, held, trains_alike
from engine.tune.limits import excesses
from engine.tune.ranking import BORROWED, ranked
from engine.tune.sampling import suggest
from engine.tune.table import TrialRow, read_table

if TYPE_CHECKING:
    import optuna

__all__ = ["begin_study"]

_FIRST = 5
"""So many of the best settings of an earlier study are tried where its values do not count here."""
_BEGUN = "begun"
_SUGGESTED = "suggested"
_NSGA2 = "NSGAIISampler:generation"
_UNKNOWN = Machine("", graphics=False, memory=None, bf16=False)

Progress = Callable[[int, int, str], None]


def begin_study(
    study: optuna.Study, folder: StudyFolder, project_dir: Path, progress: Progress | None = None
) -> tuple[str, ...]:
    """Puts into a new study what it starts from; gives sentences about what it was.

    In this order: trials of earlier studies (``plan.sources``) that count as known, the project
    as it is (``plan.own_first``), and the best settings of earlier studies whose values do not
    count. Does nothing where it was done before, and goes on where it was interrupted.

    A trial of an earlier study counts where it answers exactly what this study asks: with equal
    goal, second objective, runs per trial and data, and with every setting that is not searched
    here as this project has it; settings that are searched here must be within their ranges. It is
    remarked as ``borrowed`` then, takes none of the budget, and may be the best one. A measured
    time never counts, as the machine may have had something else to do.
    """
    begun = study.get_trials(deepcopy=False) and not folder.plan.sources
    if begun or _BEGUN in study.user_attrs:
        return ()
    sources = [_Source.of(folder, find_study(project_dir, name)) for name in folder.plan.sources]
    counts = [_borrow(study, folder, one, progress) for one in sources]
    if folder.plan.sampler != "grid":
        if folder.plan.own_first:
            _enqueue_own(study, folder.project)
        for one, count in zip(sources, counts, strict=True):
            if not count:
                _suggest(study, folder, one)
    study.set_user_attr(_BEGUN, value=True)
    return tuple(_note(folder, *pair) for pair in zip(sources, counts, strict=True))


@dataclass(frozen=True, slots=True)
class _Source:
    """An earlier study, and whether what it judged its trials by is what is asked now."""

    folder: StudyFolder
    rows: tuple[TrialRow, ...]
    judged_alike: bool

    @classmethod
    def of(cls, folder: StudyFolder, earlier: StudyFolder) -> _Source:
        plan, old = folder.plan, earlier.plan
        judged = (plan.goal, plan.against, plan.runs, plan.runs > 1 and plan.vary)
        alike = judged == (old.goal, old.against, old.runs, old.runs > 1 and old.vary)
        measured = plan.against != "none" and COSTS[plan.against].counted is None
        return cls(earlier, read_table(earlier).rows, alike and not measured)

    def name(self, row: TrialRow) -> str:
        """What a trial of it is remarked with: where its run is."""
        return row.borrowed or f"{self.folder.name}/{row.number}"


def _borrow(
    study: optuna.Study, folder: StudyFolder, source: _Source, progress: Progress | None
) -> int:
    """Adds the trials of a study that count here; how many do."""
    known = {one.user_attrs.get(BORROWED) for one in study.get_trials(deepcopy=False)}
    count = 0
    for number, row in enumerate(source.rows):
        if progress is not None:
            progress(number, len(source.rows), f"Trials of study {source.folder.name}")
        trial = _known_trial(folder, source, row) if source.judged_alike else None
        if trial is None:
            continue
        count += 1
        if source.name(row) not in known:
            known.add(source.name(row))
            study.add_trial(trial)
    return count


def _note(folder: StudyFolder, source: _Source, count: int) -> str:
    name = source.folder.name
    if count:
        return f"{count} of {len(source.rows)} trials of study {name} are known here."
    text = (
        f"No trial of study {name} counts here: its goal, data or other settings differ, or lie "
        "outside of the ranges."
    )
    first = " The best of its settings are tried first."
    return text + (first if folder.plan.sampler != "grid" else "")


def _known_trial(folder: StudyFolder, source: _Source, row: TrialRow) -> Any:
    """A row as a trial of this study; ``None`` where it does not answer what this study asks."""
    from optuna.trial import FixedTrial, TrialState, create_trial

    pruned = row.state == "pruned" and bool(row.reports)
    if row.state != "complete" and not pruned:
        return None
    found = _Found.of(folder, source, row)
    if found is None or not found.whole:
        return None
    here = with_choices(folder.project, found.values)
    if not trains_alike(here, found.project) or excesses(
        folder.plan.with_(fits_memory=False), here, _UNKNOWN
    ):
        return None
    fixed = FixedTrial(coded(found.values))
    for entry in folder.project.search.entries:
        if entry.address in found.values:
            suggest(fixed, entry, describe(here, entry.address))  # type: ignore[arg-type]  # alike
    by_run = {plan.pruner_in_force == "wilcoxon" for plan in (folder.plan, source.folder.plan)}
    attrs = {_NSGA2: 0} if folder.plan.sampler == "nsga2" and not pruned else {}
    return create_trial(
        state=TrialState.PRUNED if pruned else TrialState.COMPLETE,
        values=None if pruned else list(row.values),
        params=fixed.params,
        distributions=fixed.distributions,
        user_attrs={BORROWED: source.name(row)},
        system_attrs=attrs,
        intermediate_values={e - 1: v for e, v in row.reports} if len(by_run) == 1 else {},
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What a trial of an earlier study trained, and which of its settings are searched here.

    Attributes:
        project: the project that it trained.
        values: its settings that are searched here and within their ranges.
        whole: whether these are all that matter here.
    """

    project: Project
    values: Mapping[str, Choice]
    whole: bool

    @classmethod
    def of(cls, folder: StudyFolder, source: _Source, row: TrialRow) -> _Found | None:
        """``None`` where its settings do not fit its own study or this one any more."""
        try:
            project = with_choices(source.folder.project, row.settings)
            found = held(folder.project, project, row.settings)
        except FoveaError:
            return None
        return cls(project, found.values, found.whole)


def _enqueue_own(study: optuna.Study, project: Project) -> None:
    """Lets the project as it is be the first to train, unless an earlier study did that."""
    own = coded(held(project, project).values)
    trials = study.get_trials(deepcopy=False)
    if not any(one.params == own or one.user_attrs.get("own") for one in trials):
        study.enqueue_trial(own, user_attrs={"own": True})


def _suggest(study: optuna.Study, folder: StudyFolder, source: _Source) -> None:
    """Lets the best settings of a study be tried where its values do not count."""
    known = {one.user_attrs.get(_SUGGESTED) for one in study.get_trials(deepcopy=False)}
    best = ranked(source.folder.plan, [row for row in source.rows if row.state == "complete"])
    for name, values in islice(_usable(folder, source, best), _FIRST):
        if name not in known:
            study.enqueue_trial(values, user_attrs={_SUGGESTED: name})


def _usable(
    folder: StudyFolder, source: _Source, rows: list[TrialRow]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The settings of each trial that are searched here and within their ranges."""
    for row in rows:
        found = _Found.of(folder, source, row)
        if found is not None and found.values:
            yield source.name(row), coded(found.values)
