"""What a study reports, besides the events of the runs that its trials are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

from engine.runs.events import Event

__all__ = ["Best", "OfTrial", "StudyFinished", "StudyStarted", "TrialFinished", "TrialStarted"]

State = Literal["complete", "pruned", "failed"]


@dataclass(frozen=True, slots=True)
class StudyStarted(Event):
    """The study is about to begin, or to go on: ``done`` of ``trials`` are finished already.

    ``notes`` says in sentences what of the plan is set aside, and what was taken from earlier
    studies.
    """

    kind: ClassVar[str] = "study_started"
    recorded: ClassVar[bool] = False
    study: str
    trials: int
    done: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrialStarted(Event):
    """A trial is about to train, or to go on training; the events of its run follow.

    Attributes:
        study, trial: the study's name, and the trial's number from 0.
        values: the settings that were chosen, by address.
        worker: who trains it, see :class:`engine.tune.table.TrialRow`.
    """

    kind: ClassVar[str] = "trial_started"
    recorded: ClassVar[bool] = False
    study: str
    trial: int
    values: Mapping[str, Any]
    worker: str = ""


@dataclass(frozen=True, slots=True)
class TrialFinished(Event):
    """A trial is over.

    Attributes:
        study, trial, values: as in :class:`TrialStarted`.
        state: ``complete``, ``pruned`` (ended early because others do better) or ``failed``.
        value: what it is judged by, the mean over its runs; ``None`` for one that failed, or was
            pruned at once.
        run: the id of its run, the first of several; empty when there was none.
        why: why it failed, or was not trained, in a sentence; else empty.
        against: the second objective, in the unit of :data:`engine.tune.goals.COSTS`; ``None``
            where there is none.
        spread: standard deviation of the value between its runs; ``None`` for fewer than two.
        runs: the ids of all its runs.
    """

    kind: ClassVar[str] = "trial_finished"
    recorded: ClassVar[bool] = False
    study: str
    trial: int
    state: State
    value: float | None
    run: str
    values: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    against: float | None = None
    spread: float | None = None
    runs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OfTrial(Event):
    """An event of a trial's run, where several trials train at the same time.

    Attributes:
        trial: the trial's number.
        event: what its run tells; in JSON its fields, with the number beside them.
    """

    kind: ClassVar[str] = "of_trial"
    recorded: ClassVar[bool] = False
    trial: int
    event: Event

    def to_json(self) -> dict[str, Any]:
        """What the run tells, and ``trial``."""
        return self.event.to_json() | {"trial": self.trial}


@dataclass(frozen=True, slots=True)
class Best:
    """The best trial so far, or one of the front: its number, value, settings and run.

    Attributes:
        trial, value, values, run, against, spread: as in :class:`TrialFinished`.
        borrowed: ``STUDY/NUMBER`` of the trial of an earlier study that it is, which has its run;
            else empty.
    """

    trial: int
    value: float
    values: Mapping[str, Any]
    run: str
    against: float | None = None
    spread: float | None = None
    borrowed: str = ""


@dataclass(frozen=True, slots=True)
class StudyFinished(Event):
    """The study stands still.

    Attributes:
        status: ``done`` (the budget is spent, or ``why`` says that improvement is unlikely),
            ``stopped``, or ``paused``: it gave up because several trials in a row failed for the
            same reason, which ``why`` says.
        complete, pruned, failed: how many of its own trials ended so, over the whole study.
        best: by the first objective; ``None`` when no trial was completed.
        front: of a study with two objectives, the trials that no other one beats in both, from
            the best goal on; empty where there is one objective.
    """

    kind: ClassVar[str] = "study_finished"
    recorded: ClassVar[bool] = False
    study: str
    status: Literal["done", "stopped", "paused"]
    complete: int
    pruned: int
    failed: int
    best: Best | None = None
    why: str = ""
    front: tuple[Best, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values, those of the best trials too."""
        best = None if self.best is None else asdict(self.best)
        front = [asdict(one) for one in self.front]
        return Event.to_json(self) | {"best": best, "front": front}
