"""What a run does by itself when it diverges: back to the last good epoch, then more carefully."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace

from engine.recipe import Training
from engine.runs.events import Notice
from engine.train.guards.losses import Diverged
from engine.train.meter import NotFinite
from engine.train.pieces import Pieces
from engine.train.position import Position
from engine.train.recording.choice import record_again
from engine.train.trainer import Trainer

__all__ = ["MOST_REPAIRS", "can_repair", "keep_good", "mend", "remedied"]

MOST_REPAIRS = 3
SLOWER = 3.0
CLIP = 1.0


def can_repair(trainer: Trainer) -> bool:
    """Whether the run may repair itself, has been good once, and has a repair left."""
    position = trainer.position
    allowed = trainer.pieces.recipe.self_repair and len(position.repairs) < MOST_REPAIRS
    return allowed and bool(position.good) and bool(trainer.good)


def keep_good(trainer: Trainer, *, steady: bool, anew: bool) -> None:
    """Takes the state at an epoch's end as the one to go back to, if it is good.

    That is when the loss is ``steady`` and all weights are numbers. Without ``anew`` a state that
    is kept already stays. It is a copy in the processor's memory: place and time do not depend on
    how often the disc is written to, so that the same run repairs itself in the same way.
    """
    position = trainer.position
    if (trainer.good and not anew) or not steady or not trainer.finite():
        return
    trainer.good = {k: v.detach().to("cpu", copy=True) for k, v in trainer.tensors().items()}
    position.good = copy.deepcopy(position.to_json() | {"good": {}})


def remedied(pieces: Pieces, repairs: int) -> Pieces:
    """The pieces with a recipe that ``repairs`` repairs have made more careful.

    Each divides the learning rate by 3, and clips gradients at 1 (Pascanu, Mikolov and Bengio, "On
    the difficulty of training recurrent neural networks", 2013) unless they are at less.
    """
    recipe = pieces.recipe
    for _ in range(repairs):
        recipe = _more_careful(recipe)
    return replace(pieces, recipe=recipe) if repairs else pieces


def mend(trainer: Trainer, error: NotFinite | Diverged) -> tuple[Trainer, Notice]:
    """A trainer at the last good state with the remedy applied, and what to tell about it.

    Raises ``error`` again where there is nothing to repair with. The repair is in the new
    position's ``repairs``; what the guards have said stays said.
    """
    if not can_repair(trainer):
        raise error
    old = trainer.position
    position = Position.from_json(copy.deepcopy(old.good))
    position.good, position.seconds = old.good, old.seconds
    position.guards["said"] = old.guards.get("said", {})
    position.guards.get("losses", {}).pop("bad", None)  # the remedy gets its full time
    trainer.let_go()
    recorded = trainer.update.recording is not None
    trainer.take(None)
    mended = Trainer(remedied(trainer.pieces, 1), position)
    recipe = mended.pieces.recipe
    record = {"step": error.step, "to": position.step, "why": str(error)}
    record |= {"lr": recipe.optimizer.peak, "clip_norm": recipe.clip_norm}
    position.repairs = [*old.repairs, record]
    mended.restore({name: value.clone() for name, value in trainer.good.items()})
    mended.good = trainer.good
    mended.feed.recorded = trainer.feed.recorded
    notes = record_again(mended) if recorded else ()
    return mended, _told(position, error, notes)


def _more_careful(recipe: Training) -> Training:
    optimizer = recipe.optimizer
    clip = CLIP if recipe.clip_norm is None else min(CLIP, recipe.clip_norm)
    slower = optimizer.with_(lr=optimizer.peak / SLOWER)
    return recipe.with_(optimizer=slower, clip_norm=clip)


def _told(position: Position, error: NotFinite | Diverged, notes: Sequence[str]) -> Notice:
    record = position.repairs[-1]
    place = f"the end of epoch {position.epoch}" if position.epoch else "its beginning"
    why = str(error)
    text = (
        f"{why[:1].upper()}{why[1:]}. The run repairs itself ({len(position.repairs)} of at most "
        f"{MOST_REPAIRS} times): it goes back to {place} (step {position.step}) and on with a "
        f"learning rate of {record['lr']:.2g} at its peak and gradients clipped at "
        f"{record['clip_norm']:g}."
    )
    return Notice(" ".join((text, *notes)), "warning", "training.optimizer.lr")
