"""What the events of a running study say about its trials, before its file is read again."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import replace

from engine.runs.events import EpochDone, Event, RunStarted
from engine.tune.events import OfTrial, TrialFinished, TrialStarted
from engine.tune.goals import Goal
from engine.tune.table import TrialRow

__all__ = ["LiveTrials"]

Known = Callable[[int], TrialRow | None]


class LiveTrials:
    """Folds events into rows; ``known`` gives the row of a number as it is shown now."""

    def __init__(self, goal: Goal, known: Known) -> None:
        self._goal = goal
        self._known = known
        self._current = -1

    def take(self, events: Iterable[Event]) -> list[TrialRow]:
        """The rows that are others after some events, each once."""
        fresh: dict[int, TrialRow] = {}
        for event in events:
            number = self._current
            if isinstance(event, OfTrial):
                number, event = event.trial, event.event
            if isinstance(event, (TrialStarted, TrialFinished)):
                number = self._current = event.trial
            before = fresh.get(number) or self._known(number)
            after = self._after(before, event)
            if after is not None and after is not before:
                fresh[number] = after
        return list(fresh.values())

    def _after(self, row: TrialRow | None, event: Event) -> TrialRow | None:
        now = datetime.datetime.now()
        if isinstance(event, TrialStarted):
            row = row or TrialRow(event.trial, "running", begun=now)
            values = dict(event.values)
            facts = {"begun": row.begun or now, "worker": event.worker}
            return replace(row, state="running", settings=values, **facts)
        if isinstance(event, TrialFinished):
            row = row or TrialRow(event.trial, event.state, settings=dict(event.values))
            both = (event.value, event.against)
            values = tuple(value for value in both if value is not None)
            values = values if event.state == "complete" else ()
            run = event.run or row.run
            return replace(row, state=event.state, values=values, ended=now, run=run, why=event.why)
        if row is None:
            return None
        if isinstance(event, RunStarted):
            return replace(row, run=row.run or event.run)
        if isinstance(event, EpochDone):
            return self._reported(row, event)
        return row

    def _reported(self, row: TrialRow, event: EpochDone) -> TrialRow:
        value = self._goal.of_epoch(event)
        if value is None or event.epoch <= (row.reports[-1][0] if row.reports else 0):
            return row
        return replace(row, reports=(*row.reports, (event.epoch, value)))
