"""What a running search looks like from outside: one record, folded from its events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.runs.events import EpochDone, Event, RunStarted, StepDone
from engine.tune.events import OfTrial, StudyFinished, StudyStarted, TrialFinished, TrialStarted

if TYPE_CHECKING:
    from engine.tune.folder import StudyFolder
    from engine.tune.goals import Quantity

__all__ = ["SearchJob"]


@dataclass(frozen=True)
class SearchJob:
    """Where a study is.

    Attributes:
        study: its name. label, maximise, quantity: what its trials are judged by.
        trials, done: how many are planned, and finished. trial: the youngest that was begun.
        best: the best value of those that were finished while this program looked on.
        part: how much of the trial in hand is done, 0..1.
        here, seconds: how many trials were finished since it was started here, and how long their
            runs took together.
        run_seconds: how long the run in hand has trained.
        workers, side: how many trials train at the same time; of several, how long each has.
        why: why it gave up; empty while it goes.
    """

    study: str
    label: str = ""
    maximise: bool = True
    trials: int = 0
    done: int = 0
    trial: int = 0
    best: float | None = None
    part: float = 0.0
    here: int = 0
    seconds: float = 0.0
    run_seconds: float = 0.0
    why: str = ""
    total_steps: int = 0
    workers: int = 1
    side: tuple[tuple[int, float], ...] = ()
    quantity: Quantity = "score"

    @classmethod
    def of(cls, study: StudyFolder, workers: int) -> SearchJob:
        """The job of a study that is about to run, with so many trials at a time."""
        from engine.tune.goals import GOALS

        goal, trials = GOALS[study.plan.goal], study.plan.trials
        label = goal.label[:1].lower() + goal.label[1:]
        made = cls(study.name, label, goal.maximise, trials, workers=workers)
        return replace(made, quantity=goal.quantity)

    @property
    def what(self) -> str:
        """What runs, in words."""
        return "search"

    @property
    def fraction(self) -> float:
        """How much of the budget of trials is spent, 0..1."""
        return min(1.0, (self.done + self.part) / self.trials) if self.trials else 0.0

    @property
    def eta(self) -> float | None:
        """Seconds left for all trials that are planned, by those that were trained here."""
        if not self.here:
            return None
        spent = self.run_seconds + sum(seconds for _, seconds in self.side)
        whole = self.seconds / self.here * (self.trials - self.done) - spent
        return max(0.0, whole / self.workers)

    def after(self, event: Event) -> SearchJob:
        """This record after one more event of the study."""
        match event:
            case StudyStarted():
                return replace(self, trials=event.trials, done=event.done)
            case TrialStarted():
                return replace(self, trial=event.trial, part=0.0, run_seconds=0.0)
            case RunStarted():
                steps = event.epochs * event.steps_per_epoch
                if event.step:
                    return replace(self, total_steps=steps)
                spent = self.seconds + self.run_seconds  # of the runs before it in the same trial
                return replace(self, total_steps=steps, seconds=spent, run_seconds=0.0)
            case StepDone() | EpochDone():
                part = event.step / self.total_steps if self.total_steps else 0.0
                return replace(self, part=min(1.0, part), run_seconds=event.seconds)
            case OfTrial(trial=trial, event=StepDone(seconds=seconds) | EpochDone(seconds=seconds)):
                others = tuple(one for one in self.side if one[0] != trial)
                return replace(self, side=(*others, (trial, seconds)))
            case TrialFinished():
                return self._finished(event)
            case StudyFinished():
                best = self.best if event.best is None else event.best.value
                return replace(self, best=best, why=event.why)
            case _:
                return self

    def _finished(self, event: TrialFinished) -> SearchJob:
        best = self.best
        if event.state == "complete" and event.value is not None:
            known = [value for value in (best, event.value) if value is not None]
            best = max(known) if self.maximise else min(known)
        took = dict(self.side).get(event.trial, self.run_seconds)
        return replace(
            self,
            side=tuple(one for one in self.side if one[0] != event.trial),
            done=self.done + 1,
            best=best,
            part=0.0,
            here=self.here + 1,
            seconds=self.seconds + took,
            run_seconds=0.0,
        )
