"""Sets of runs: one project trained several times, by folds or by seeds, to know how sure it is.

Each run is an ordinary one in ``runs/``; its ``run.json`` says ``set``, ``varied``, ``member`` and
``members``. A set is nothing but its runs.
"""

from __future__ import annotations

import datetime
import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, ClassVar

from engine.errors import FoveaError, suggest
from engine.runs.events import Event
from engine.runs.folder import RunFolder, runs_dir
from engine.runs.listing import list_runs

__all__ = [
    "MemberStarted",
    "Membership",
    "SetFinished",
    "find_set",
    "is_set",
    "new_set",
    "summarise",
]

_VARIED = ("folds", "seeds")


@dataclass(frozen=True, slots=True)
class Membership:
    """Which run of which set a run is; its fields are facts of ``run.json``.

    Attributes:
        set: the set's id, such as ``folds-2026-11-27-142530-3f2a``.
        varied: ``folds`` or ``seeds``.
        member, members: the run's number, from 1, and how many there are to be.
    """

    set: str
    varied: str
    member: int
    members: int

    def to_json(self) -> dict[str, Any]:
        """What goes into ``run.json``."""
        return asdict(self)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Membership | None:
        """What ``run.json`` says, ``None`` for a run that belongs to no set."""
        name, varied = facts.get("set"), facts.get("varied")
        member, members = facts.get("member"), facts.get("members")
        if not isinstance(name, str) or varied not in _VARIED:
            return None
        if not isinstance(member, int) or not isinstance(members, int):
            return None
        return cls(name, varied, member, members) if 0 < member <= members else None


@dataclass(frozen=True, slots=True)
class MemberStarted(Event):
    """A run of the set is about to begin, or to go on; the events of that run follow."""

    kind: ClassVar[str] = "member_started"
    recorded: ClassVar[bool] = False
    set: str
    varied: str
    member: int
    members: int


@dataclass(frozen=True, slots=True)
class SetFinished(Event):
    """The end of a set, also when it was ``stopped`` or a run of it ``failed``; else ``done``.

    Attributes:
        set, varied: as in :class:`Membership`; ``members`` were to be trained.
        runs: ids of those that were trained to their end, in order.
        begun: whether any of its runs has begun: else nothing was written, and the set cannot be
            gone on with.
        mean, deviation: of each metric of their best epochs; the deviation with n - 1.
        low, high: the 95 % interval of the mean; see :func:`summarise`. With one run there is
            neither deviation nor interval.
    """

    kind: ClassVar[str] = "set_finished"
    recorded: ClassVar[bool] = False
    set: str
    varied: str
    status: str
    members: int
    runs: tuple[str, ...]
    begun: bool = True
    mean: Mapping[str, float] = field(default_factory=dict)
    deviation: Mapping[str, float] = field(default_factory=dict)
    low: Mapping[str, float] = field(default_factory=dict)
    high: Mapping[str, float] = field(default_factory=dict)


def new_set(varied: str) -> str:
    """An id for a new set: the time of day, and what tells it from another of the same second."""
    return f"{varied}-{datetime.datetime.now():%Y-%m-%d-%H%M%S}-{secrets.token_hex(2)}"


def is_set(name: str) -> bool:
    """Whether a name is that of a set rather than of a run."""
    return name.partition("-")[0] in _VARIED


def find_set(project_dir: Path, name: str) -> dict[Membership, RunFolder]:
    """The runs of a set in the order of their numbers; of several with one number the furthest.

    Raises FoveaError FV-T001 when there are none.
    """
    known: dict[str, dict[Membership, RunFolder]] = {}
    for run in list_runs(project_dir):
        if run.status == "damaged":
            continue
        folder = RunFolder(run.path)
        member = Membership.of(folder.read())
        if member is None:
            continue
        members = known.setdefault(member.set, {})
        if member not in members or members[member].status() not in ("done", "early"):
            members[member] = folder
    if name not in known:
        raise FoveaError(
            "FV-T001",
            f"There is no set of runs “{name:.80}”.",
            where=str(runs_dir(project_dir)),
            why="No run says that it belongs to it.",
            fix=suggest(name[:80], list(known)) or "Start a new set with --folds or --seeds.",
        )
    return dict(sorted(known[name].items(), key=lambda pair: pair[0].member))


def summarise(
    results: Sequence[Mapping[str, float]], *, varied: str
) -> dict[str, dict[str, float]]:
    """``mean``, ``deviation``, ``low`` and ``high`` of the metrics that all results have.

    The interval is Student's, ``mean ± t * deviation * sqrt(1 / n)``. Runs on folds share most of
    their training images and so are more alike than n samples would be: for them the variance gets
    the share of validation to training images on top, ``1 / n + 1 / (n - 1)`` (Nadeau & Bengio
    2003, “Inference for the generalization error”).
    """
    found: dict[str, dict[str, float]] = {"mean": {}, "deviation": {}, "low": {}, "high": {}}
    count = len(results)
    shared = set.intersection(*(set(result) for result in results)) if results else set()
    for name in sorted(shared):
        values = [result[name] for result in results]
        mean = found["mean"][name] = fmean(values)
        if count < 2:
            continue
        from scipy.stats import t

        spread = found["deviation"][name] = stdev(values)
        share = 1 / count + (1 / (count - 1) if varied == "folds" else 0.0)
        half = float(t.ppf(0.975, count - 1)) * spread * math.sqrt(share)
        found["low"][name], found["high"][name] = mean - half, mean + half
    return found
