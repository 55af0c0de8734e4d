"""Whether a run repeats whole updates from a recording."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from engine.compute.device import describe
from engine.compute.trial import MARGIN, Work, remembered
from engine.train.graphs import record_work
from engine.train.meter import Meter
from engine.train.recording.proof import proven, trial_batches
from engine.train.recording.recording import Recorder, Recording
from engine.train.recording.state import State, same_draws
from engine.train.trainer import Trainer

__all__ = ["UPDATE", "Choice", "choose_update", "obstacle", "record_again", "recorder_for"]

UPDATE = "update"
"""The way of a run that repeats whole updates, beside those of ``engine.train.passes.Passes``."""

WORTH = 1_000
"""Updates of a run from which trying may pay: making and proving one takes as long as dozens."""

_STEPS = 20
_ROUNDS = 3
_SECONDS = 0.5  # of a round, at most, where an update takes less


@dataclass(frozen=True, slots=True)
class Choice:
    """What was decided.

    Attributes:
        way: kept with the run, so that a resume computes alike.
        notes: what to say about it.
    """

    way: str
    notes: tuple[str, ...] = ()


def choose_update(trainer: Trainer, way: str, known: Mapping[str, Any]) -> Choice:
    """Decides whether the trainer repeats whole updates, and has it do so; see the package.

    ``way`` is how its passes go else, and ``known`` are the facts of a resumed run, whose way is
    taken again. What the recipe leaves to auto: where a run is long enough, and a trial, which is
    remembered as that of the arithmetic is, finds it clearly faster. Never on a processor. To be
    called when the trainer has its weights and the optimizer's averages.
    """
    pieces = trainer.pieces
    asked = pieces.recipe.cuda_graphs
    before = known.get("passes")
    wanted = before == UPDATE if before is not None else asked == UPDATE
    recorder = recorder_for(pieces.arithmetic.device)
    if recorder is None or not (wanted or (before is None and asked == "auto")):
        return Choice(way)
    trouble = obstacle(trainer, way)
    if trouble:
        return Choice(way, (_unused(trouble),) if wanted else ())
    if wanted:
        return _take(trainer, way, recorder, "as the run began" if before else "as the recipe asks")
    return _try(trainer, way, recorder) if trainer.total_steps >= WORTH else Choice(way)


def record_again(trainer: Trainer) -> tuple[str, ...]:
    """Has a trainer that goes on for another one, which repeated its updates, do so too.

    What there is to say where it cannot.
    """
    recorder = recorder_for(trainer.pieces.arithmetic.device)
    if recorder is None:
        return ()
    choice = _take(trainer, "plain", recorder, "")
    return choice.notes if choice.way != UPDATE else ()


def recorder_for(device: torch.device) -> Recorder | None:
    """What makes recordings for a device; None where there is nothing to gain."""
    return record_work if device.type == "cuda" else None


def obstacle(trainer: Trainer, way: str) -> str:
    """Why whole updates of this training cannot be recorded; empty where they can."""
    recipe, optimizer = trainer.pieces.recipe, trainer.pieces.recipe.optimizer
    reasons = {
        "several processes train": trainer.pieces.ranks.world > 1,
        "gradients are accumulated over parts of a batch": recipe.accumulation > 1,
        "each update of SAM is two": recipe.sam is not None,
        "the head learns alone at first": recipe.freeze_epochs > 0,
        "the size of the images changes": recipe.resize_from is not None,
        "there is no whole batch": recipe.batch_size > len(trainer.pieces.train_rows),
        "the network is compiled": way == "compiled",
        f"{optimizer.title} asks the processor for something in each step": not (
            optimizer.recordable
        ),
        f"{optimizer.title} waits for the card in each step of fp16": trainer.update.guard.waits,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _take(
    trainer: Trainer, way: str, recorder: Recorder, why: str, made: Recording | str | None = None
) -> Choice:
    """Uses a recording, made here where there is none yet, or says why not."""
    made = made or proven(trainer, recorder)
    if isinstance(made, str):
        return Choice(way, (_unused(made),))
    trainer.take(made)
    return Choice(UPDATE, (f"Updates: whole ones as CUDA graphs, {why}.",))


def _unused(reason: str) -> str:
    return f"CUDA graphs of whole updates are not used: {reason}."


def _try(trainer: Trainer, way: str, recorder: Recorder) -> Choice:
    """The faster of the present way and a recording, by a trial that is made once on a machine."""
    state = State(trainer.update)
    made: list[Recording | str] = []

    def measure() -> list[float]:
        made.append(proven(trainer, recorder))
        return [1.0, math.inf] if isinstance(made[0], str) else _seconds(trainer, made[0])

    found = remembered(_key(trainer, way), 2, measure)
    if made and isinstance(made[0], str):
        return Choice(way, (_unused(made[0]),))
    if found is None or found[0][1] * MARGIN >= found[0][0]:
        state.forget_new()
        return Choice(way)
    (usual, repeated), again = found
    how = "an earlier trial on this machine" if again else "a short trial"
    why = f"{usual / repeated:.2f} times as fast as without in {how}"
    return _take(trainer, way, recorder, why, made[0] if made else None)


def _key(trainer: Trainer, way: str) -> str:
    """Names what decides the outcome of a trial."""
    pieces, recipe = trainer.pieces, trainer.pieces.recipe
    batch = next(trial_batches(trainer))
    channels, height, width = batch.images.shape[1:]
    classes = len(pieces.class_counts)
    work = Work(trainer.model, (channels, height, width), classes, recipe.batch_size, macs=0)
    kinds = (recipe.optimizer.kind, recipe.loss.kind, recipe.clip_norm is not None)
    device = describe(pieces.arithmetic.device)
    parts = (UPDATE, way, work.key(), device, pieces.arithmetic.precision, *kinds)
    return " ".join(str(part) for part in parts)


def _seconds(trainer: Trainer, recording: Recording) -> list[float]:
    """Seconds of an update the present way and repeated, the least of some rounds in turn."""
    update, state = trainer.update, State(trainer.update)
    least = [math.inf, math.inf]
    try:
        with same_draws(trainer.pieces.arithmetic):
            steps = 1  # the first ones warm up, and say how many a round takes
            for number in range(2 * _ROUNDS + 4):
                way = number % 2
                update.recording = recording if way else None
                taken = _time(trainer, steps)
                if number == 3:
                    steps = max(1, min(_STEPS, round(_SECONDS / taken)))
                elif number > 3:
                    least[way] = min(least[way], taken)
    finally:
        update.recording = None
        state.put_back()
    return least


def _time(trainer: Trainer, steps: int) -> float:
    """Seconds of an update with the making of its batch, the mean of some.

    Where the processor has much to launch for the batches, what an update spares it counts.
    """
    pieces, meter, epoch = trainer.pieces, Meter(), trainer.position.epoch
    whole = len(pieces.train_rows) // pieces.recipe.batch_size
    first = epoch * pieces.steps_per_epoch
    _finish(pieces.arithmetic.device)
    begun = time.perf_counter()
    for number in range(steps):
        batch = trainer.batch_at(epoch, first + number % whole)
        trainer.update(batch, meter, step=number, rate=trainer.rate(number), seed=number)
    _finish(pieces.arithmetic.device)
    return max(1e-9, (time.perf_counter() - begun) / steps)


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
