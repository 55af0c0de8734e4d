"""What the running training looks like from outside: one record, folded from its events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from engine.errors import FoveaError
from engine.runs.events import (
    EpochDone,
    Event,
    Notice,
    RunFailed,
    RunFinished,
    RunStarted,
    StepDone,
)
from engine.tune.confirm.events import CheckFinished, CheckRunStarted
from engine.tune.events import OfTrial, StudyFinished, TrialStarted
from gui.search_job import SearchJob

__all__ = ["Job", "Phase"]

_CHECK_ENDINGS = {"done": "done", "open": "stopped", "failed": "paused"}
"""As a search ends that is done, was stopped, or gave up."""

Phase = Literal["idle", "starting", "running", "paused", "stopping", "done", "failed"]


@dataclass(frozen=True)
class Job:
    """The state of the one training, or search, that the runner drives; ``idle`` before any.

    Attributes:
        phase: where it is; ``stopping`` lasts until the last checkpoint is written.
        folder: the project's folder. run: the run's id, empty until it has started.
        step, total_steps: optimizer steps done and planned. epoch: the one being trained, from 1.
        images_per_second: as the engine reports it. eta: seconds left, None while unknown.
        device: where it trains, for people.
        best: validation accuracy of the best epoch so far (0..1), None before there is one.
        ending: how it ended: ``"done"``, ``"stopped"``, ``"early"``, or empty.
        error: what made it fail.
        ends_after_epoch: whether it was asked to stop when the epoch ends.
        search: where the study is, or the check of its winner; None while a single run trains. Then
            the steps and epochs here stay as they were, for they are those of many runs.
        waits_for: what keeps it from going on by itself, such as a full disc; empty while it goes.
    """

    phase: Phase = "idle"
    folder: Path | None = None
    run: str = ""
    step: int = 0
    total_steps: int = 0
    epoch: int = 0
    epochs: int = 0
    images_per_second: float = 0.0
    eta: float | None = None
    device: str = ""
    best: float | None = None
    ending: str = ""
    error: FoveaError | None = None
    ends_after_epoch: bool = False
    waits_for: str = ""
    search: SearchJob | None = None

    @property
    def what(self) -> str:
        """What runs, or ran, in words."""
        return "training" if self.search is None else self.search.what

    @property
    def active(self) -> bool:
        """Whether a worker is at it."""
        return self.phase in ("starting", "running", "paused", "stopping")

    @property
    def fraction(self) -> float:
        """How much is done, 0..1."""
        if self.search is not None:
            return self.search.fraction
        return min(1.0, self.step / self.total_steps) if self.total_steps else 0.0

    def after(self, event: Event) -> Job:
        """This record after one more of the engine's events; some events change nothing.

        The phase only turns from starting to running here: the end of a run is the end of its
        worker, which the runner sees.
        """
        if self.search is not None:
            return self._in_search(self.search.after(event), event)
        match event:
            case RunStarted():
                return replace(
                    self,
                    phase="running" if self.phase == "starting" else self.phase,
                    run=event.run,
                    step=event.step,
                    epoch=event.step // max(1, event.steps_per_epoch) + 1,
                    epochs=event.epochs,
                    total_steps=event.epochs * event.steps_per_epoch,
                    device=event.device,
                )
            case StepDone():
                rate = event.images_per_second
                changed = replace(self, epoch=event.epoch, images_per_second=rate)
                return changed._at(event.step, event.seconds)
            case EpochDone():
                best = event.val_accuracy if event.best else self.best
                return replace(self, best=best)._at(event.step, event.seconds)
            case Notice() if event.state:
                return replace(self, waits_for=event.text if event.state == "waiting" else "")
            case RunFinished():
                return replace(self, ending=event.status, eta=None, waits_for="")
            case RunFailed():
                return replace(self, error=event.error(), eta=None, waits_for="")
            case _:
                return self

    def _in_search(self, search: SearchJob, event: Event) -> Job:
        """With one more event of a study: the end of a run is not its end."""
        found = replace(self, search=search, eta=search.eta)
        match event:
            case TrialStarted() | CheckRunStarted():
                phase: Phase = "running" if self.phase == "starting" else self.phase
                return replace(found, phase=phase)
            case RunStarted() | OfTrial(event=RunStarted()):
                started = event.event if isinstance(event, OfTrial) else event
                device = started.device if isinstance(started, RunStarted) else ""
                return replace(found, device=device, waits_for="")
            case Notice() if event.state:
                return replace(found, waits_for=event.text if event.state == "waiting" else "")
            case StudyFinished():
                return replace(found, ending=event.status, eta=None, waits_for="")
            case CheckFinished():
                ending = _CHECK_ENDINGS[event.record.status]
                return replace(found, ending=ending, eta=None, waits_for="")
            case _:
                return found

    def _at(self, step: int, seconds: float) -> Job:
        left = max(0, self.total_steps - step)
        return replace(self, step=step, eta=seconds / step * left if step and seconds else None)
