"""Which of the searched settings decided how good a trial became."""

from __future__ import annotations

import importlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.search.records import Choice, SearchSpace
from engine.tune.sampling import code
from engine.tune.storage import quiet
from engine.tune.table import StudyTable, TrialRow

if TYPE_CHECKING:
    import optuna

__all__ = ["LEAST", "Importance", "importance", "load"]

LEAST = 20
"""Complete trials that it takes: a tenth of them, those that are looked at, are two."""


@dataclass(frozen=True, slots=True)
class Importance:
    """How much each setting had to do with reaching the best tenth of the trials.

    Attributes:
        shares: settings by address, the greatest first; they add up to 1. None where nothing can be
            said.
        trials: the complete trials that were looked at.
        why: why there are no shares, in a sentence; else empty.
    """

    shares: tuple[tuple[str, float], ...] = ()
    trials: int = 0
    why: str = ""


def importance(table: StudyTable, objective: int = 0) -> Importance:
    """The importance of each setting for one of the objectives, by PED-ANOVA.

    The Pearson divergence between the distribution of a setting among the best tenth of the trials
    and among all of them (Watanabe, Bansal and Hutter, "PED-ANOVA: Efficiently quantifying
    hyperparameter importance in arbitrary subspaces", IJCAI 2023), with settings that not every
    trial has weighed by how often they are there, as Optuna 5 does. Pruned and failed trials and
    values that are not finite are left out; so is a setting that a single trial has, or lacks.

    It takes seconds with 10,000 trials, and imports Optuna: not for the thread of the window.
    """
    rows = [row for row in table.rows if row.state == "complete" and _finite(row, objective)]
    if len(rows) < LEAST:
        why = f"Importance needs {LEAST} complete trials; there are {len(rows)}."
        return Importance(trials=len(rows), why=why)
    if len({row.values[objective] for row in rows}) == 1:
        return Importance(trials=len(rows), why="All trials ended with the same value.")
    known = {address: kind for address, kind in _kinds(table.space, rows).items() if kind}
    if not known:
        return Importance(trials=len(rows), why="No setting differed between the trials.")
    return Importance(_shares(rows, known, objective, table), len(rows))


def load() -> None:
    """Imports what :func:`importance` needs, a second's work, before somebody waits for it."""
    importlib.import_module("optuna.importance")


def _finite(row: TrialRow, objective: int) -> bool:
    return len(row.values) > objective and math.isfinite(row.values[objective])


def _shares(
    rows: Sequence[TrialRow], kinds: dict[str, Any], objective: int, table: StudyTable
) -> tuple[tuple[str, float], ...]:
    import optuna

    direction = "maximize" if table.objectives[objective].maximise else "minimize"
    quiet()
    optuna.logging.disable_default_handler()
    study = optuna.create_study(direction=direction)
    study.add_trials([_trial(row, kinds, objective) for row in rows])
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    found = optuna.importance.get_param_importances(study, evaluator=evaluator, params=list(kinds))
    return tuple((address, float(share)) for address, share in found.items())


def _trial(row: TrialRow, kinds: dict[str, Any], objective: int) -> optuna.trial.FrozenTrial:
    from optuna.trial import create_trial

    params = {name: code(row.settings[name]) for name in kinds if name in row.settings}
    return create_trial(
        params=params,
        distributions={name: kinds[name] for name in params},
        value=row.values[objective],
    )


def _kinds(space: SearchSpace, rows: Sequence[TrialRow]) -> dict[str, Any]:
    """Optuna's distribution of each setting over all trials; ``None`` where it says nothing."""
    values: dict[str, list[Choice]] = {}
    for row in rows:
        for address, value in row.settings.items():
            values.setdefault(address, []).append(value)
    return {
        address: _kind(space, address, found) if _tells(found, len(rows)) else None
        for address, found in values.items()
    }


def _tells(found: list[Choice], rows: int) -> bool:
    """Whether it differs, and neither a single trial has it nor a single one lacks it."""
    lacking = rows - len(found)
    return len(found) > 1 and lacking != 1 and len(set(map(code, found))) > 1


def _kind(space: SearchSpace, address: str, found: list[Choice]) -> Any:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    entry = space.get(address)
    numbers = [one for one in found if isinstance(one, (int, float)) and not isinstance(one, bool)]
    if len(numbers) < len(found) or (entry is not None and entry.choices):
        known = entry.choices if entry is not None else ()
        return CategoricalDistribution(tuple(dict.fromkeys(map(code, (*known, *found)))))
    ends = [] if entry is None else [end for end in (entry.low, entry.high) if end is not None]
    low, high = min((*numbers, *ends)), max((*numbers, *ends))
    log = entry is not None and entry.log and low > 0
    if all(isinstance(one, int) for one in numbers):
        return IntDistribution(int(low), int(high), log=log)
    return FloatDistribution(float(low), float(high), log=log)
