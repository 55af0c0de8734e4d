"""What a shell shows of a set of runs."""

from __future__ import annotations

from collections.abc import Iterator

from engine.numbers import percent
from engine.runs.events import Event
from engine.runs.sets import MemberStarted, SetFinished

__all__ = ["set_lines"]

_NAMES = {
    "train_loss": "training loss",
    "train_accuracy": "training accuracy",
    "val_loss": "validation loss",
    "val_accuracy": "validation accuracy",
    "val_auc": "validation AUC",
}
_ENDS = {
    "done": "Done",
    "stopped": "Stopped",
    "failed": "A run failed",
    "interrupted": "A run was interrupted",
}


def set_lines(event: Event) -> Iterator[str]:
    """The lines for people that an event of a set gives; none for other events."""
    if isinstance(event, MemberStarted):
        what = "fold" if event.varied == "folds" else "seed"
        yield f"Set {event.set}: {what} {event.member} of {event.members}."
    elif isinstance(event, SetFinished):
        count = len(event.runs)
        yield f"{_ENDS.get(event.status, event.status)}: {count} of {event.members} runs."
        for name, mean in event.mean.items():
            yield _line(event, name, mean)
        if not event.begun:
            yield "Stopped before the first run began: nothing was written."
        elif event.status != "done":
            yield f"Go on with --resume {event.set}."


def _line(event: SetFinished, name: str, mean: float) -> str:
    shown = percent if name.endswith("accuracy") else _decimal
    line = f"  {_NAMES.get(name, name)}: mean {shown(mean)}"
    if name in event.deviation:
        line += (
            f", standard deviation {shown(event.deviation[name])}, 95 % interval of the mean "
            f"{shown(event.low[name])} to {shown(event.high[name])}"
        )
    return line


def _decimal(value: float) -> str:
    return f"{value:.4f}"
