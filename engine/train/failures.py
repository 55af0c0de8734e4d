"""What can end a run, told so that a person can act on it."""

from __future__ import annotations

from pathlib import Path

import torch

from engine.errors import FoveaError
from engine.train.guards.blame import find_origin
from engine.train.meter import NotFinite
from engine.train.trainer import Trainer

__all__ = ["explain"]

_LOST = ("CUDA error", "CUDA unknown error", "CUDA driver", "No CUDA GPUs are available")


def explain(
    error: Exception, trainer: Trainer | None, kept: str, checkpoints: Path | None = None
) -> FoveaError:
    """The FoveaError that a run ends with; ``kept`` says what is safe, and where.

    FV-T009 for a loss or gradients that are not finite, with the node where it began
    (``checkpoints`` as in :func:`engine.train.guards.blame.find_origin`), FV-T004 for memory,
    FV-T005 for a card that
    failed, FV-T000 for anything unexpected; a FoveaError stays what it is.
    """
    if isinstance(error, FoveaError):
        error.kept = error.kept or kept
        return error
    if isinstance(error, NotFinite) and trainer is not None:
        return _not_finite(error, trainer, kept, checkpoints)
    if _is_out_of_memory(error):
        return _out_of_memory(error, trainer, kept)
    if _is_lost_card(error):
        return FoveaError(
            "FV-T005",
            "The graphics card stopped working.",
            where="training.device",
            why=_first_line(error),
            kept=kept,
            fix="Resume the run. If it happens again, reload nvidia_uvm or reboot, or choose the "
            "device cpu.",
        )
    return FoveaError(
        "FV-T000",
        "The training ended unexpectedly.",
        why=f"{type(error).__name__}: {_first_line(error)}",
        kept=kept,
        fix="Resume the run. If it ends again, report it with the log.",
    )


def _not_finite(
    error: NotFinite, trainer: Trainer, kept: str, checkpoints: Path | None
) -> FoveaError:
    epoch = (error.step - 1) // trainer.pieces.steps_per_epoch + 1
    rate = trainer.rate(error.step - 1)
    origin = find_origin(trainer, error.step, checkpoints)
    began = f" {origin.sentence(error.step)}" if origin else ""
    lower = trainer.pieces.recipe.optimizer.peak / 3
    return FoveaError(
        "FV-T009",
        "The training diverged: its gradients are no longer numbers."
        if error.gradients
        else "The training diverged: the loss is no longer a number.",
        where="training.optimizer.lr",
        why=f"In epoch {epoch}, step {error.step}, at a learning rate of {rate:.2g}, "
        f"{_became(error)}.{began}",
        kept=kept,
        fix=f"Lower the learning rate, for instance to {lower:.1g}, or turn on gradient clipping "
        "(1 is usual), and train again.",
    )


def _became(error: NotFinite) -> str:
    if error.gradients:
        return f"a gradient became infinite or undefined at a loss of {error.value:.4g}"
    return f"the loss became {error.value}"


def _out_of_memory(error: Exception, trainer: Trainer | None, kept: str) -> FoveaError:
    batch = trainer.pieces.recipe.batch_size if trainer is not None else 0
    smaller = f" to {max(2, batch // 2)}" if batch else ""
    return FoveaError(
        "FV-T004",
        "The memory is not enough for this training.",
        where="training.batch_size",
        why=_first_line(error) or "The system refused to give more memory.",
        kept=kept,
        fix=f"Lower the batch size{smaller}, use smaller images, or choose a smaller model.",
    )


def _is_lost_card(error: Exception) -> bool:
    """Also what is raised where a card is asked for first, as after a sleep of the computer."""
    if isinstance(error, getattr(torch, "AcceleratorError", ())):
        return True
    return isinstance(error, RuntimeError) and str(error).startswith(_LOST)


def _is_out_of_memory(error: Exception) -> bool:
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and (
        "can't allocate memory" in text or "out of memory" in text
    )


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "")[:300]
