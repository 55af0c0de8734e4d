"""How the next settings are chosen, and which trials end early: Optuna's methods, made ready."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from engine.errors import FoveaError
from engine.parameter import Param
from engine.project.document import Project
from engine.project.searching import declared, search_problems
from engine.randomness import derive, stream_of
from engine.search.records import Choice, Searched
from engine.tune.plan import StudyPlan

if TYPE_CHECKING:
    import optuna

__all__ = ["code", "grid", "make_pruner", "make_sampler", "suggest"]

_GRID_STEPS = 5
"""How many values of a range a grid tries."""
_MOST_CELLS = 100_000


def make_sampler(
    plan: StudyPlan, cells: Mapping[str, Sequence[Any]], number: int, address: str = ""
) -> optuna.samplers.BaseSampler:
    """What chooses the settings of trial ``number``, and there the one at ``address``.

    Its randomness is a function of these and of the study's seed, so that a study that was
    interrupted anywhere, between two settings of a trial also, goes on with the same sequence.
    ``cells`` are those of :func:`grid`, which only the sampler ``grid`` needs.
    """
    from optuna import samplers

    class _Grid(samplers.GridSampler):
        """Leaves the end to the coordinator: Optuna's own asks for a loop of its own."""

        @override
        def after_trial(
            self, study: Any, trial: Any, state: Any, values: Sequence[float] | None
        ) -> None:
            pass

    class _Qmc(samplers.QMCSampler):
        """One sequence, where the number of a trial is its place: Optuna's own counts the times
        that it was asked, an interrupted trial's twice.
        """

        @override
        def _find_sample_id(self, study: Any, search_space: Any) -> int:
            return number

    class _Gp(samplers.GPSampler):
        """Keeps away from the trials that run meanwhile, but for itself: Optuna's own takes a trial
        that was interrupted while it was chosen for another one.
        """

        @override
        def _sample_relative_impl(
            self, study: Any, completed_trials: Any, running_trials: Any, search_space: Any
        ) -> Any:
            others = [trial for trial in running_trials if trial.number != number]
            return super()._sample_relative_impl(study, completed_trials, others, search_space)

    seed = derive(plan.seed, number, stream_of(f"search {address}")) % 2**31
    if plan.sampler == "random":
        return samplers.RandomSampler(seed=seed)
    if plan.sampler == "qmc":
        alone = samplers.RandomSampler(seed=seed)  # for settings that not every trial has
        return _Qmc(seed=plan.seed, independent_sampler=alone, warn_independent_sampling=False)
    if plan.sampler == "grid":
        return _Grid(cells, seed=plan.seed)
    if plan.sampler == "gp":
        return _Gp(seed=seed, n_startup_trials=plan.startup, warn_independent_sampling=False)
    if plan.sampler == "nsga2":
        return samplers.NSGAIISampler(seed=seed, population_size=max(2, plan.startup))
    return samplers.TPESampler(
        seed=seed, n_startup_trials=plan.startup, multivariate=True, group=True
    )


def make_pruner(plan: StudyPlan, epochs: int) -> optuna.pruners.BasePruner:
    """What decides, after each epoch, whether a trial goes on.

    Median: after as many trials as are drawn at random, and not in the first tenth of the epochs,
    where curves say little. Hyperband: from a third of a third of the epochs on (Li et al. 2018,
    reduction factor 3). Wilcoxon: by the signed-rank test against the best trial, run by run.
    """
    from optuna import pruners

    pruner = plan.pruner_in_force
    if pruner == "median":
        return pruners.MedianPruner(n_startup_trials=plan.startup, n_warmup_steps=epochs // 10)
    if pruner == "wilcoxon":
        return pruners.WilcoxonPruner(p_threshold=plan.p_threshold, n_startup_steps=2)
    if pruner == "hyperband":
        return pruners.HyperbandPruner(
            min_resource=max(1, epochs // 9), max_resource=max(2, epochs), reduction_factor=3
        )
    return pruners.NopPruner()


def suggest(trial: optuna.Trial, entry: Searched, item: Param) -> Choice:
    """What the sampler chooses for a setting, as the project takes it."""
    if entry.choices:
        coded = {code(choice): choice for choice in entry.choices}
        return coded[trial.suggest_categorical(entry.address, list(coded))]
    low, high = entry.low, entry.high
    assert low is not None
    assert high is not None
    step = entry.step
    if step is not None:  # Optuna wants an end that a step falls on
        high = min(high, low + step * int((high - low) / step + 1e-9))
    if item.type == "int":
        step = None if entry.log else int(step or 1)
        found = trial.suggest_int(entry.address, int(low), int(high), step=step or 1, log=entry.log)
        return int(found)
    return trial.suggest_float(entry.address, float(low), float(high), step=step, log=entry.log)


def grid(project: Project) -> dict[str, list[Any]]:
    """The values of each setting that a grid tries: every choice, and five values of a range.

    Settings that another row brings about are part of every cell, too; where they do not exist,
    cells repeat. Raises FoveaError FV-H006.
    """
    found = next(iter(search_problems(project)), None)
    if found is not None:
        raise FoveaError(found.code, found.message, where=found.where, fix=found.fix)
    cells = {
        entry.address: _values(entry, whole=_is_int(declared(project, entry.address)))
        for entry in project.search.entries
    }
    count = 1
    for values in cells.values():
        count *= len(values)
    if count > _MOST_CELLS:
        raise FoveaError(
            "FV-H006",
            f"The grid has {count:,} cells, more than anybody can train.",
            where="search",
            why="Each setting multiplies them: five values of a range, every choice of a choice.",
            kept="Nothing was changed.",
            fix="Choose another sampler, such as TPE, or search fewer settings.",
        )
    return cells


def _is_int(item: Param | None) -> bool:
    return item is not None and item.type == "int"


def _values(entry: Searched, *, whole: bool) -> list[Any]:
    if entry.choices:
        return [code(choice) for choice in entry.choices]
    low, high = float(entry.low or 0), float(entry.high or 0)
    if entry.step:
        count = int((high - low) / entry.step + 1e-9) + 1
        wanted = {round(part * (count - 1) / (_GRID_STEPS - 1)) for part in range(_GRID_STEPS)}
        values = [low + entry.step * number for number in sorted(wanted)]
    elif entry.log:
        values = [low * (high / low) ** (part / (_GRID_STEPS - 1)) for part in range(_GRID_STEPS)]
    else:
        values = [low + (high - low) * part / (_GRID_STEPS - 1) for part in range(_GRID_STEPS)]
    inside = [min(value, high) for value in values]  # arithmetic may end a digit above
    rounded = [round(value) for value in inside] if whole else inside
    return [key for key, _ in itertools.groupby(rounded)]


def code(choice: Choice) -> str | int | float | bool | None:
    """A choice as Optuna keeps it: several numbers are a text there."""
    return json.dumps(choice) if isinstance(choice, tuple) else choice
