"""How a trial ended, and the names of its runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.runs.folder import runs_dir
from engine.tune.folder import StudyFolder

__all__ = ["WORKER", "Outcome", "run_id", "run_ids", "runs_of"]

WORKER = "worker"
"""The remark on a trial that says who trained it, see :class:`engine.tune.table.TrialRow`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a trial ended.

    Attributes:
        state: ``complete``, ``pruned``, ``failed``, or ``stopped`` by the person: it can go on.
        value: what it is judged by, the mean over its runs.
        why, code: the reason in a sentence, and the error's code, where there is one.
        against: the second objective, where the plan has one.
        spread: standard deviation of the value between its runs; ``None`` for fewer than two.
    """

    state: Literal["complete", "pruned", "failed", "stopped"]
    value: float | None = None
    why: str = ""
    code: str = ""
    against: float | None = None
    spread: float | None = None


def run_id(number: int) -> str:
    """The id of the run of a trial that has one, in the study's folder."""
    return f"trial-{number:05d}"


def run_ids(number: int, runs: int) -> tuple[str, ...]:
    """The ids of all runs of a trial: ``trial-00012``, or ``trial-00012-1`` and so on."""
    if runs == 1:
        return (run_id(number),)
    return tuple(f"{run_id(number)}-{run}" for run in range(1, runs + 1))


def runs_of(study: StudyFolder, number: int) -> tuple[str, ...]:
    """The ids of those runs of a trial that are there."""
    home = runs_dir(study.path)
    return tuple(name for name in run_ids(number, study.plan.runs) if (home / name).is_dir())
