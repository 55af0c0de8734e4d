"""Checkpoints of a run: what to keep, and how often without slowing the training."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from pathlib import Path

import torch

from engine.errors import FoveaError
from engine.runs.checkpoints import write_checkpoint
from engine.runs.events import Event, Notice, Saved
from engine.runs.folder import RunFolder
from engine.train.control import Control
from engine.train.room import checkpoint_bytes, free_bytes, little_room
from engine.train.trainer import Trainer

__all__ = ["Keeper"]

IN_EPOCH_SECONDS = 30.0
RETRY_SECONDS = 3.0
SHARE = 0.02  # of the time that saving may take


class Keeper:
    """Writes ``best`` (weights) and ``last`` (weights, optimizer, position) generations.

    A ``last`` is due after an epoch as soon as saving has taken at most 2 % of the time, and every
    30 s within long epochs. The best weights reach the disc with it; a copy in memory is held for
    as long as it is not due. Weights that are not finite are never written.

    Attributes:
        waited: seconds that the run has waited for the disc so far.
    """

    def __init__(
        self, folder: RunFolder, control: Control | None = None, *, every_step: bool = False
    ) -> None:
        self._folder = folder
        self._control = control or Control()
        self._every_step = every_step
        self._pending: tuple[dict[str, torch.Tensor], dict[str, float], int] | None = None
        self._saved_at = time.monotonic()
        self._cost = 0.0
        self._never = True
        self._room_told = False
        self.waited = 0.0

    def hold_best(self, trainer: Trainer) -> None:
        """Keeps the weights, which are finite and have just turned out to be the best so far.

        When :meth:`due`, :meth:`save` must follow before the next update: they are not copied then.
        """
        held = trainer.weights()
        if not self.due(after_epoch=True):
            held = {name: value.detach().clone() for name, value in held.items()}
        self._pending = (held, dict(trainer.position.best), trainer.position.step)

    def due(self, *, after_epoch: bool) -> bool:
        """Whether it is time to save."""
        if self._every_step or (after_epoch and self._never):
            return True
        waited = time.monotonic() - self._saved_at
        return waited >= max(0.0 if after_epoch else IN_EPOCH_SECONDS, self._cost / SHARE)

    def save(self, trainer: Trainer, *, final: bool = False) -> Iterator[Event]:
        """Writes what is new and yields what was written.

        While the disc refuses, the run waits with its state in memory, tells so, and tries again
        every few seconds until it works or somebody stops the run. With ``final`` such a stop
        raises FoveaError FV-O001, for nothing comes after it.
        """
        begun, waited_before = time.monotonic(), self.waited
        told = ""
        while (refused := (yield from self._write(trainer))) is not None:
            if self._control.stopping:
                if final:
                    raise _lost(refused, trainer, self._folder)
                break
            reason = refused.why.partition(";")[0]  # the free bytes behind it change all the time
            if reason != told:
                told = reason
                yield _waiting(refused, trainer)
            self.waited += self._control.wait(RETRY_SECONDS)
        if told and refused is None:
            yield Notice("The disc takes checkpoints again; the run goes on.", state="going on")
        self._saved_at = time.monotonic()
        self._cost = self._saved_at - begun - (self.waited - waited_before)
        self._never = False

    def _write(self, trainer: Trainer) -> Generator[Event, None, FoveaError | None]:
        try:
            yield from self.save_best()
            yield from self._save_last(trainer)
        except FoveaError as error:
            return error
        return None

    def save_best(self) -> Iterator[Event]:
        """Writes the best weights if they are not on disc yet."""
        if self._pending is None:
            return
        tensors, best, step = self._pending
        write_checkpoint(self._folder.checkpoints, "best", tensors, {"best": best, "step": step})
        self._pending = None
        yield Saved("best", int(best["epoch"]), step)

    def _save_last(self, trainer: Trainer) -> Iterator[Event]:
        position = trainer.position
        if not trainer.finite():
            yield Notice(
                "Weights have become infinite; the checkpoint before them is kept.", "warning"
            )
            return
        facts = {"position": position.to_json()}
        tensors = trainer.saved_tensors()
        size = write_checkpoint(self._folder.checkpoints, "last", tensors, facts)
        self._folder.update(
            epochs_done=position.epoch, seconds=position.seconds, best=position.best
        )
        yield Saved("last", position.epoch, position.step)
        yield from self._look_for_room(size)

    def check_room(self, trainer: Trainer) -> Iterator[Event]:
        """Warns before the first step when the disc has no room for two checkpoints.

        Those of a run that repairs itself hold two states within an epoch.
        """
        states = 2 if trainer.pieces.recipe.self_repair else 1
        yield from self._look_for_room(states * checkpoint_bytes(trainer.tensors()))

    def _look_for_room(self, size: int) -> Iterator[Event]:
        warning = little_room(self._folder.checkpoints, size)
        if warning is not None and not self._room_told:
            yield warning
        self._room_told = warning is not None


def _waiting(refused: FoveaError, trainer: Trainer) -> Notice:
    place = Path(refused.where)
    needed = checkpoint_bytes(trainer.saved_tensors())
    return Notice(
        f"The run waits: its checkpoint cannot be written. {refused.where}: {refused.why} "
        f"It keeps its state in memory and tries again every {RETRY_SECONDS:.0f} s.",
        "warning",
        state="waiting",
        path=refused.where,
        needed=needed,
        free=free_bytes(place),
    )


def _lost(refused: FoveaError, trainer: Trainer, folder: RunFolder) -> FoveaError:
    position = trainer.position
    return FoveaError(
        "FV-O001",
        "The run was stopped, but its state could not be saved.",
        where=refused.where,
        why=refused.why,
        kept=f"The checkpoints from before step {position.step:,} are in {folder.checkpoints}.",
        fix="Free space or bring the folder back, then resume the run from there.",
    )
