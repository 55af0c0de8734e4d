"""What a check of a study's winners reports, besides the events of its runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from engine.runs.events import Event

if TYPE_CHECKING:
    from engine.tune.confirm.judging import Judgement
    from engine.tune.confirm.record import Confirmation

__all__ = ["CheckFinished", "CheckRunDone", "CheckRunStarted", "CheckStarted"]


@dataclass(frozen=True, slots=True)
class CheckStarted(Event):
    """The check is about to begin, or to go on: ``done`` of ``runs`` are finished already.

    Attributes:
        trials: the candidates, the best tuned score first.
        seeds: of the runs, none of which the search has used.
    """

    kind: ClassVar[str] = "check_started"
    recorded: ClassVar[bool] = False
    study: str
    trials: tuple[int, ...]
    seeds: tuple[int, ...]
    runs: int
    done: int


@dataclass(frozen=True, slots=True)
class CheckRunStarted(Event):
    """A run is about to begin or to go on; its events follow.

    Attributes:
        trial: whose settings; ``None``: the present project's.
        member, members: which of its runs, from 1.
    """

    kind: ClassVar[str] = "check_run_started"
    recorded: ClassVar[bool] = False
    study: str
    trial: int | None
    member: int
    members: int


@dataclass(frozen=True, slots=True)
class CheckRunDone(Event):
    """A run is over, with its score, or with the reason why it failed.

    Attributes:
        study, trial, member: as in :class:`CheckRunStarted`.
        done, runs: how far the check is.
        record: all that is known of it.
    """

    kind: ClassVar[str] = "check_run_done"
    recorded: ClassVar[bool] = False
    study: str
    trial: int | None
    member: int
    score: float | None
    why: str
    done: int
    runs: int
    record: Confirmation

    def to_json(self) -> dict[str, Any]:
        """Plain values, without the record."""
        value = Event.to_json(self)
        del value["record"]
        return value


@dataclass(frozen=True, slots=True)
class CheckFinished(Event):
    """The check stands still: its record, and what follows from it."""

    kind: ClassVar[str] = "check_finished"
    recorded: ClassVar[bool] = False
    record: Confirmation
    judgement: Judgement

    def to_json(self) -> dict[str, Any]:
        """Plain values, all of them."""
        return {"event": self.kind, **self.record.to_json(), "judgement": self.judgement.to_json()}
