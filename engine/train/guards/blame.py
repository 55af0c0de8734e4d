"""Where a number that is not finite began."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.augment.mixing import Batch
from engine.compute.images import Normaliser
from engine.errors import FoveaError
from engine.randomness import derive
from engine.runs.checkpoints import read_checkpoint
from engine.train.trainer import Trainer

__all__ = ["Origin", "find_origin"]

_MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class Origin:
    """What one more run of the failing batch shows.

    Attributes:
        node: the path of the first node that is not finite, in the order of computation: forwards,
            then backwards; empty where all are finite.
        part: ``"weights"``, ``"output"``, ``"loss"`` or ``"gradient"``; empty likewise.
        step: the updates that the weights had had.
        files: what the batch held, as a person reads it.
    """

    node: str
    part: str
    step: int
    files: tuple[str, ...] = ()

    def sentence(self, failed: int) -> str:
        """What a failure at step ``failed`` says about it; two sentences."""
        where = f"The {self.part} of “{self.node}” {_VERBS.get(self.part, 'is')} the first"
        if not self.part:
            weights = f"with the weights after step {self.step}"
            told = f"Run once more, {weights}, its batch gives finite numbers only."
        elif not self.node:
            told = "All nodes give finite numbers; only the loss itself does not."
        else:
            told = f"{where} that is no finite number."
        shown, more = self.files[:_MOST_NAMES], len(self.files) - _MOST_NAMES
        names = ", ".join(shown) + (f" and {more} more" if more > 0 else "")
        return f"{told} The batch of step {failed} holds {names}." if shown else told


_VERBS = {"weights": "are"}


def find_origin(trainer: Trainer, failed: int, checkpoints: Path | None = None) -> Origin | None:
    """Runs the batch of update ``failed`` (from 1) once more and says where it breaks.

    With the weights at hand where they are finite, as they are on the processor, where a step fails
    before it changes anything; else with those of the last checkpoint in ``checkpoints``, which
    then replace them. Weights that were not finite and cannot be replaced are themselves the
    answer. The model is in training mode, and the averages of batch norms, which the failed step
    may have spoilt, do not matter in it; they are left as they were. None when the batch cannot be
    run, or where only a share of it is here: several processes train together.
    """
    if trainer.pieces.ranks.world > 1:
        return None
    try:
        return _origin(trainer, failed, checkpoints)
    except (RuntimeError, MemoryError, OSError, FoveaError, LookupError, ValueError):
        return None  # the failure itself is told all the same


def _origin(trainer: Trainer, failed: int, checkpoints: Path | None) -> Origin:
    pieces, step = trainer.pieces, trainer.position.step
    broken = _first_weights(trainer)
    if broken and checkpoints is not None and (saved := read_checkpoint(checkpoints, "last")):
        trainer.model.load_state_dict(
            {k[6:]: v for k, v in saved.tensors.items() if k.startswith("model.")}
        )
        broken, step = "", int(saved.facts["position"]["step"])
    batch, files = _batch(trainer, failed - 1)
    if broken:
        return Origin(broken, "weights", step, files)
    normaliser = Normaliser(pieces.normalisation, pieces.arithmetic.device)
    inputs = pieces.arithmetic.lay_out(normaliser(batch.images))
    record = _Record()
    with _untouched(trainer.model), _hooked(trainer, record):
        seed = derive(pieces.recipe.seed, failed - 1)
        with pieces.arithmetic.drawing_from(seed), pieces.arithmetic.autocast():
            scores = trainer.model(inputs)
        loss = trainer.loss(scores, batch.targets(scores.shape[1]))
        trainer.model.zero_grad(set_to_none=True)
        loss.backward()
    gradients = _backwards(trainer, record)
    trainer.model.zero_grad(set_to_none=True)
    if output := _first(record.outputs):
        return Origin(output, "output", step, files)
    if not bool(torch.isfinite(loss).item()):
        return Origin("", "loss", step, files)
    gradient = _first(gradients)
    return Origin(gradient, "gradient" if gradient else "", step, files)


@dataclass(slots=True)
class _Record:
    """Whether a node's output and the gradient at it are finite, on the device, in order."""

    outputs: dict[str, Tensor] = field(default_factory=dict)
    gradients: dict[str, Tensor] = field(default_factory=dict)


@contextlib.contextmanager
def _hooked(trainer: Trainer, record: _Record) -> Iterator[None]:
    """Within it the nodes of the model tell ``record`` what passes through them."""
    with contextlib.ExitStack() as stack:
        for path, place in trainer.pieces.places.items():
            if place.argument is None:
                module = trainer.model.get_submodule(place.module)
                handle = module.register_forward_hook(partial(_note, record, path))
                stack.callback(handle.remove)
        yield


def _note(record: _Record, path: str, _: nn.Module, __: Any, output: Tensor) -> None:
    record.outputs[path] = torch.isfinite(output.detach()).all()
    if output.requires_grad:
        output.register_hook(partial(_note_gradient, record, path))


def _note_gradient(record: _Record, path: str, gradient: Tensor) -> None:
    record.gradients[path] = torch.isfinite(gradient).all()


@contextlib.contextmanager
def _untouched(model: nn.Module) -> Iterator[None]:
    """Buffers (the averages of batch norms) are afterwards what they were."""
    before = [(value, value.clone()) for value in model.buffers()]
    try:
        yield
    finally:
        for value, kept in before:
            value.copy_(kept)


def _first(finite: Mapping[str, Tensor]) -> str:
    """The first path whose flag is false, or what is within it and false too."""
    flags = torch.stack(list(finite.values())).tolist() if finite else []
    found = ""
    for path, ok in zip(finite, flags, strict=True):
        if not ok and (not found or path.startswith(f"{found}.")):
            found = path
    return found


def _backwards(trainer: Trainer, record: _Record) -> dict[str, Tensor]:
    """Whether the gradients at a node's output and of its weights are finite; last node first."""
    found: dict[str, Tensor] = {}
    for path, place in reversed(list(trainer.pieces.places.items())):
        module = trainer.model.get_submodule(place.module)
        flags = [record.gradients[path]] if path in record.gradients else []
        if place.argument is None:
            grads = [w.grad for w in module.parameters() if w.grad is not None]
            flags += [torch.isfinite(grad).all() for grad in grads]
        if flags:
            found[path] = torch.stack(flags).all()
    return found


def _first_weights(trainer: Trainer) -> str:
    """The first node with weights that are not finite."""
    finite: dict[str, Tensor] = {}
    for path, place in trainer.pieces.places.items():
        module = trainer.model.get_submodule(place.module)
        flags = [torch.isfinite(weight).all() for weight in module.parameters()]
        if place.argument is None and flags:
            finite[path] = torch.stack(flags).all()
    return _first(finite)


def _batch(trainer: Trainer, step: int) -> tuple[Batch, tuple[str, ...]]:
    """The batch of an update, and its images by name; what is mixed into them is not told."""
    position, pieces = trainer.position, trainer.pieces
    here = position.epoch, position.step
    position.epoch, position.step = step // pieces.steps_per_epoch, step
    try:
        batch, rows = trainer.next_batch(), trainer.rows()
    finally:
        position.epoch, position.step = here
    return batch, tuple(pieces.names[row] for row in rows) if pieces.names else ()
