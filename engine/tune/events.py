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
    """The study is about to begin, or to go on: ``done`` of ``trials`` are finished already."""

    kind: ClassVar[str] = "study_started"
    recorded: ClassVar[bool] = False
    study: str
    trials: int
    done: int


@dataclass(frozen=True, slots=True)
class TrialStarted(Event):
    """A trial is about to train, or to go on training; the events of its run follow.

    Attributes:
        study, trial: the study's name, and the trial's number from 0.
        values: the settings that were chosen, by address.
    """

    kind: ClassVar[str] = "trial_started"
    recorded: ClassVar[bool] = False
    study: str
    trial: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TrialFinished(Event):
    """A trial is over.

    Attributes:
        study, trial, values: as in :class:`TrialStarted`.
        state: ``complete``, ``pruned`` (ended early because others do better) or ``failed``.
        value: what it is judged by; ``None`` for one that failed, or was pruned at once.
        run: the id of its run; empty when there was none.
        why: why it failed, in a sentence; else empty.
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
    """The best trial so far: its number, value, settings and run."""

    trial: int
    value: float
    values: Mapping[str, Any]
    run: str


@dataclass(frozen=True, slots=True)
class StudyFinished(Event):
    """The study stands still.

    Attributes:
        status: ``done`` (the budget is spent), ``stopped``, or ``paused``: it gave up because
            several trials in a row failed for the same reason, which ``why`` says.
        complete, pruned, failed: how many trials ended so, over the whole study.
        best: ``None`` when no trial was completed.
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

    def to_json(self) -> dict[str, Any]:
        """Plain values, the best trial's too."""
        best = None if self.best is None else asdict(self.best)
        return Event.to_json(self) | {"best": best}
