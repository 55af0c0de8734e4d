"""Where trials train: one after the other in each lane, several lanes side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, TypeAlias

from engine.runs.events import Event
from engine.train.control import Control
from engine.tune.events import OfTrial, TrialFinished, TrialStarted
from engine.tune.outcome import Outcome
from engine.tune.workers.pool import Pool
from engine.tune.workers.worker import Idle, Worker

if TYPE_CHECKING:
    import optuna

__all__ = ["Ended", "Lane", "Lanes"]

_LOOKS = 1.0  # seconds

Ended: TypeAlias = tuple[int, Outcome]
"""A trial's number, and how it ended."""
Trial: TypeAlias = Generator[Event, None, Ended]


class Lane:
    """A place for one trial at a time: the coordinator's own process, or a worker.

    Attributes:
        study: the study, for this lane alone: its sampler and pruner are those of its trial.
        place: its place among the lanes, from 1.
        worker: who trains; ``None`` for the process that asks.
        control: the switches of its trial.
        trial, number: the trial in hand, and its number.
        key: what a storage that others write to as well calls it.
    """

    def __init__(self, study: optuna.Study, place: int, worker: Worker | None) -> None:
        self.study = study
        self.place = place
        self.worker = worker
        self.control = Control()
        self.trial: Trial | None = None
        self.number = -1
        self.key: int | None = None


class Lanes:
    """All lanes of a coordinator: one for each worker, or one of its own where there are none."""

    def __init__(self, pool: Pool, control: Control, open_one: Callable[[], optuna.Study]) -> None:
        """``control`` learns of pauses; ``open_one`` gives the study on the same storage again."""
        self._pool = pool
        self._control = control
        workers = enumerate(pool.workers or [None], start=1)
        self.all = [Lane(open_one(), place, worker) for place, worker in workers]
        self._looks = 0.0  # when free lanes ask again

    def run(
        self,
        begin: Callable[[Lane], Trial | None],
        end: Callable[[Lane, Ended], None],
        between: Callable[[], Iterator[Event]],
    ) -> Generator[Event, None, None]:
        """Yields the events of all trials until ``begin`` gives no more and the last has ended.

        ``begin`` is asked when a lane becomes free and every second from then on, each time after
        what ``between`` tells; ``end`` is told how each trial ended. The events of a run come as
        :class:`OfTrial` where there are several lanes.
        """
        try:
            while True:
                if free := self._free():
                    yield from between()
                    for lane in free:
                        lane.trial = begin(lane)
                busy = [lane for lane in self.all if lane.trial is not None]
                if not busy:
                    return
                silent = True
                for lane in busy:
                    event = self._next(lane, end)
                    silent = silent and isinstance(event, Idle)
                    if event is not None and not isinstance(event, Idle):
                        yield event
                if silent:
                    self._wait()
        finally:
            for lane in self.all:
                if lane.trial is not None:
                    lane.trial.close()

    def _free(self) -> list[Lane]:
        """The lanes that are to ask for a trial now."""
        free = [lane for lane in self.all if lane.trial is None]
        if not free or (len(free) < len(self.all) and time.monotonic() < self._looks):
            return []
        if len(self.all) > 1:
            self._looks = time.monotonic() + _LOOKS
        return free

    def _wait(self) -> None:
        begun = time.monotonic()
        self._pool.wait()
        if self._control.paused:
            self._control.waited += time.monotonic() - begun

    def _next(self, lane: Lane, end: Callable[[Lane, Ended], None]) -> Event | None:
        """The next event of a lane's trial; ``None`` when the trial is over."""
        assert lane.trial is not None
        try:
            event = next(lane.trial)
        except StopIteration as stopped:
            lane.trial = None
            self._looks = 0.0
            end(lane, stopped.value)
            return None
        if isinstance(event, TrialStarted):
            lane.number = event.trial
        elif len(self.all) > 1 and not isinstance(event, (TrialFinished, Idle)):
            return OfTrial(lane.number, event)
        return event
