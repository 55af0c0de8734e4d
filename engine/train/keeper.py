"""Checkpoints of a run: what to keep, and how often without slowing the training."""

from __future__ import annotations

import time
from collections.abc import Iterator

import torch

from engine.errors import FoveaError
from engine.runs.checkpoints import write_checkpoint
from engine.runs.events import Event, Notice, Saved
from engine.runs.folder import RunFolder
from engine.train.trainer import Trainer

__all__ = ["Keeper"]

IN_EPOCH_SECONDS = 30.0
SHARE = 0.02  # of the time that saving may take


class Keeper:
    """Writes ``best`` (weights) and ``last`` (weights, optimizer, position) generations.

    The best weights are copied in memory at once and reach the disc with the next ``last``, which
    is due after an epoch as soon as saving has taken at most 2 % of the time, and every 30 s
    within long epochs. Weights that are not finite are never written.
    """

    def __init__(self, folder: RunFolder, *, every_step: bool = False) -> None:
        self._folder = folder
        self._every_step = every_step
        self._pending: tuple[dict[str, torch.Tensor], dict[str, float], int] | None = None
        self._saved_at = time.monotonic()
        self._cost = 0.0
        self._never = True

    def hold_best(self, trainer: Trainer) -> None:
        """Copies the weights, which are finite and have just turned out to be the best so far."""
        copy = {name: value.detach().clone() for name, value in trainer.weights().items()}
        self._pending = (copy, dict(trainer.position.best), trainer.position.step)

    def due(self, *, after_epoch: bool) -> bool:
        """Whether it is time to save."""
        if self._every_step or (after_epoch and self._never):
            return True
        waited = time.monotonic() - self._saved_at
        return waited >= max(0.0 if after_epoch else IN_EPOCH_SECONDS, self._cost / SHARE)

    def save(self, trainer: Trainer, *, final: bool = False) -> Iterator[Event]:
        """Writes what is new and yields what was written.

        A disc that refuses gives a warning, and the next save tries again; with ``final`` it
        raises FoveaError FV-O001, for there is no next one.
        """
        begun = time.monotonic()
        try:
            yield from self.save_best()
            yield from self._save_last(trainer)
        except FoveaError as error:
            if final:
                raise
            text = f"The checkpoint could not be saved and will be tried again: {error.why}"
            yield Notice(text, "warning")
        self._saved_at = time.monotonic()
        self._cost = self._saved_at - begun
        self._never = False

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
        write_checkpoint(self._folder.checkpoints, "last", trainer.saved_tensors(), facts)
        self._folder.update(
            epochs_done=position.epoch, seconds=position.seconds, best=position.best
        )
        yield Saved("last", position.epoch, position.step)
