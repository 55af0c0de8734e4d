"""The events that training yields; the records live with the runs, which also read them back."""

from engine.runs.events import (
    EpochDone,
    Event,
    Notice,
    RunFailed,
    RunFinished,
    RunStarted,
    Saved,
    StepDone,
    from_json,
)

__all__ = [
    "EpochDone",
    "Event",
    "Notice",
    "RunFailed",
    "RunFinished",
    "RunStarted",
    "Saved",
    "StepDone",
    "from_json",
]
