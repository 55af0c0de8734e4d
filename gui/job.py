"""What the running training looks like from outside: one record, folded from its events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from engine.errors import FoveaError

__all__ = ["Job", "Phase"]

Phase = Literal["idle", "starting", "running", "paused", "stopping", "done", "failed"]


@dataclass(frozen=True)
class Job:
    """The state of the one training that the runner drives; ``idle`` when there was none.

    Attributes:
        phase: where it is; ``stopping`` lasts until the last checkpoint is written.
        folder: the project's folder. run: the run's id, empty until it has started.
        step, total_steps: optimizer steps done and planned. epoch: the one being trained, from 1.
        images_per_second: as the engine reports it. eta: seconds left, None while unknown.
        device: where it trains, for people.
        best: best validation accuracy so far (0..1), None before the first epoch's end.
        ending: how it ended: ``"done"``, ``"stopped"``, ``"early"``, or empty.
        error: what made it fail.
        ends_after_epoch: whether it was asked to stop when the epoch ends.
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

    @property
    def active(self) -> bool:
        """Whether a worker is at it."""
        return self.phase in ("starting", "running", "paused", "stopping")

    @property
    def fraction(self) -> float:
        """How much is done, 0..1."""
        return min(1.0, self.step / self.total_steps) if self.total_steps else 0.0

    def after(self, event: object, elapsed: float, first_step: int) -> Job:
        """This record after one of the engine's events.

        ``elapsed`` are the seconds of training since ``first_step`` (not 0 after a resume), for
        the time left. An unknown kind of event changes nothing.
        """
        fold = getattr(self, f"_after_{type(event).__name__}", None)
        if fold is None:
            return self
        folded: Job = fold(event)
        done = folded.step - first_step
        left = folded.total_steps - folded.step
        if done > 0 and elapsed > 0:
            folded = replace(folded, eta=elapsed / done * left)
        return folded

    def _after_RunStarted(self, event: object) -> Job:
        epochs, steps = event.epochs, event.steps_per_epoch  # type: ignore[attr-defined]
        return replace(
            self,
            phase="running" if self.phase == "starting" else self.phase,
            run=event.run,  # type: ignore[attr-defined]
            epochs=epochs,
            total_steps=epochs * steps,
            epoch=max(1, self.epoch),
            device=str(event.device),  # type: ignore[attr-defined]
        )

    def _after_StepDone(self, event: object) -> Job:
        return replace(
            self,
            step=event.step,  # type: ignore[attr-defined]
            epoch=event.epoch,  # type: ignore[attr-defined]
            images_per_second=event.images_per_second,  # type: ignore[attr-defined]
        )

    def _after_EpochDone(self, event: object) -> Job:
        accuracy = event.val_accuracy  # type: ignore[attr-defined]
        best = accuracy if event.best else self.best  # type: ignore[attr-defined]
        return replace(self, step=event.step, epoch=event.epoch, best=best)  # type: ignore[attr-defined]

    def _after_RunFinished(self, event: object) -> Job:
        return replace(self, phase="done", ending=event.status, eta=0.0)  # type: ignore[attr-defined]
