"""Where trials train: one after the other in each lane, several lanes side by side."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, TypeAlias

from engine.runs.events import Event
from engine.tune.events import OfTrial, TrialFinished, TrialStarted
from engine.tune.outcome import Outcome
from engine.tune.workers.pool import Pool
from engine.tune.workers.worker import Idle, Worker

if TYPE_CHECKING:
    import optuna

__all__ = ["Ended", "Lane", "Lanes"]

Ended: TypeAlias = tuple[int, Outcome]
"""A trial's number, and how it ended."""
Trial: TypeAlias = Generator[Event, None, Ended]


class Lane:
    """A place for one trial at a time: the coordinator's own process, or a worker.

    Attributes:
        study: the study, for this lane alone: its sampler and pruner are those of its trial.
        worker: who trains; ``None`` for the process that asks.
    """

    def __init__(self, study: optuna.Study, worker: Worker | None) -> None:
        self.study = study
        self.worker = worker
        self.trial: Trial | None = None
        self.number = -1


class Lanes:
    """All lanes of a coordinator: one for each worker, or one of its own where there are none."""

    def __init__(self, pool: Pool, open_one: Callable[[], optuna.Study]) -> None:
        """``open_one`` gives the study once more, on the same storage."""
        self._pool = pool
        self.all = [Lane(open_one(), worker) for worker in pool.workers or [None]]

    def run(
        self, begin: Callable[[Lane], Trial | None], end: Callable[[Lane, Ended], None]
    ) -> Generator[Event, None, None]:
        """Yields the events of all trials until ``begin`` gives no more and the last has ended.

        ``begin`` is asked whenever a lane is free, ``end`` is told how each trial ended. The events
        of a run come as :class:`OfTrial` where there are several lanes.
        """
        try:
            while busy := self._busy(begin):
                silent = True
                for lane in busy:
                    event = self._next(lane, end)
                    silent = silent and isinstance(event, Idle)
                    if event is not None and not isinstance(event, Idle):
                        yield event
                if silent:
                    self._pool.wait()
        finally:
            for lane in self.all:
                if lane.trial is not None:
                    lane.trial.close()

    def _busy(self, begin: Callable[[Lane], Trial | None]) -> list[Lane]:
        for lane in self.all:
            if lane.trial is None:
                lane.trial = begin(lane)
        return [lane for lane in self.all if lane.trial is not None]

    def _next(self, lane: Lane, end: Callable[[Lane, Ended], None]) -> Event | None:
        """The next event of a lane's trial; ``None`` when the trial is over."""
        assert lane.trial is not None
        try:
            event = next(lane.trial)
        except StopIteration as stopped:
            lane.trial = None
            end(lane, stopped.value)
            return None
        if isinstance(event, TrialStarted):
            lane.number = event.trial
        elif len(self.all) > 1 and not isinstance(event, (TrialFinished, Idle)):
            return OfTrial(lane.number, event)
        return event
