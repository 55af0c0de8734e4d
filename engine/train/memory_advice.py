"""What to do when memory ran out: a batch size that was tried, not guessed."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import torch

from engine.compile.memory import available_memory
from engine.errors import FoveaError

if TYPE_CHECKING:
    from engine.train.trainer import Trainer

__all__ = ["advise", "batch_that_fits"]

_SMALLEST = 2  # batch norm needs two


def advise(failure: FoveaError, trainer: Trainer, error: BaseException) -> None:
    """Puts into a failure FV-T004 how much memory there is, and what fits.

    Nothing is changed by itself: the batch size is part of the recipe. The trainer's run must be
    over, for a pass through the model moves its running statistics.
    """
    device = trainer.pieces.arithmetic.device
    _free(error)
    left = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else available_memory()
    if left is not None:
        failure.why = f"{failure.why.rstrip('.')}. {left / 1e9:.1f} GB of memory are available."
    if trainer.pieces.ranks.world > 1:  # a pass would wait for the other processes
        return
    size, batch = batch_that_fits(trainer), trainer.pieces.recipe.batch_size
    if size is not None:
        failure.fix = (
            f"Choose a batch size of {size}: one such batch was tried just now and fits. Or keep "
            f"{batch} and choose a gradient accumulation of {-(-batch // size)}, which computes "
            "the batch in smaller parts."
        )


def batch_that_fits(trainer: Trainer) -> int | None:
    """The largest half, quarter, … of a part of a batch that goes through the network and fits.

    ``None`` when not even two images do, or when the device cannot be used any more.
    """
    recipe = trainer.pieces.recipe
    size = recipe.batch_size // recipe.accumulation // 2
    while size >= _SMALLEST:
        try:
            _pass(trainer, size)
        except (RuntimeError, MemoryError) as error:
            _free(error)
            size //= 2
        else:
            return size
        finally:
            trainer.optimizer.zero_grad(set_to_none=True)
    return None


def _pass(trainer: Trainer, size: int) -> None:
    image = trainer.seen(int(trainer.pieces.train_rows[0]))
    images = trainer.pieces.arithmetic.lay_out(image.repeat(size, 1, 1, 1))
    with trainer.pieces.arithmetic.autocast():
        scores = trainer.model(images)
    scores.float().square().mean().backward()


def _free(error: BaseException) -> None:
    """Lets go of what the failed computation still holds.

    By its frames, not by the garbage collector, which may only run on a window's own thread.
    """
    traceback.clear_frames(error.__traceback__)
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
