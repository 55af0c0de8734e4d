"""One model in training: takes a step, validates, and gives and takes its state."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch

from engine.augment.mixing import Batch, Room, batches_in_epoch, epoch_order, make_batch
from engine.augment.pipeline import Pipeline
from engine.compile.factors import factors, set_training
from engine.compute.device import Arithmetic
from engine.compute.images import Images, Normalisation, Normaliser
from engine.compute.score import score
from engine.randomness import derive
from engine.recipe import Training
from engine.train.meter import Meter, NotFinite
from engine.train.places import Place
from engine.train.position import Position

if TYPE_CHECKING:
    from engine.train.probe import NormProbe

__all__ = ["Pieces", "Trainer"]

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Pieces:
    """What a training needs, ready to use; nothing here knows files or projects.

    Attributes:
        model: the network, images ``[B, C, H, W]`` to class scores ``[B, classes]``.
        images: the data set on the device; ``train_rows`` and ``val_rows`` are its two splits.
        scale: what brings pixel values to 0..1.
        normalisation, pipeline, recipe, arithmetic: how images and weights are treated.
        places: where each node is in the model, for those who watch.
    """

    model: torch.nn.Module
    images: Images
    train_rows: np.ndarray
    val_rows: np.ndarray
    scale: float
    normalisation: Normalisation
    pipeline: Pipeline
    recipe: Training
    arithmetic: Arithmetic
    places: Mapping[str, Place] = field(default_factory=dict)

    @property
    def steps_per_epoch(self) -> int:
        """Batches of an epoch; a last batch of one image is dropped, for batch norm needs two."""
        return batches_in_epoch(len(self.train_rows), self.recipe.batch_size)


class Trainer:
    """The state of a run in memory. Batches, order, augmentation and dropout are pure functions of
    the recipe's seed and the step, so a restored state goes on exactly as the old one would have.
    """

    def __init__(self, pieces: Pieces, position: Position) -> None:
        self.pieces = pieces
        self.position = position
        self.model = pieces.arithmetic.place(pieces.model)
        self.optimizer = pieces.recipe.optimizer.build(self.model, factors(self.model))
        self.meter = Meter()
        self._loss = pieces.recipe.loss.build()
        device = pieces.arithmetic.device
        self._normaliser = Normaliser(pieces.normalisation, device)
        self._exact = device.type == "cpu"  # reading a number costs nothing here
        self._room = Room() if self._exact else None  # a card's memory is kept by torch itself
        self._order: tuple[int, torch.Tensor] | None = None

    @property
    def total_steps(self) -> int:
        """Updates of the whole run."""
        return self.pieces.steps_per_epoch * self.pieces.recipe.epochs

    @property
    def lr(self) -> float:
        """The learning rate of the last update."""
        return self.rate(max(0, self.position.step - 1))

    def step(self, norms: NormProbe | None = None) -> None:
        """One update of the weights with the next batch; metrics go to the meter.

        On the processor a loss that is not finite raises :class:`NotFinite` before anything is
        changed; on a card the meter's next reading does, and no such state is ever saved. ``norms``
        looks at the gradients and at the change, if it is given.
        """
        recipe = self.pieces.recipe
        rate = self.rate(self.position.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group.get("lr_factor", 1.0)
        batch = self.next_batch()
        inputs = self.pieces.arithmetic.lay_out(self._normaliser(batch.images))
        arithmetic, seed = self.pieces.arithmetic, derive(recipe.seed, self.position.step)
        with arithmetic.drawing_from(seed), arithmetic.autocast():
            scores = self.model(inputs)
        targets = batch.targets(scores.shape[1])
        loss = self._loss(scores, targets)
        if self._exact and not math.isfinite(loss.item()):
            raise NotFinite(self.position.step + 1, loss.item())
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if norms is not None:
            norms.before_update()
        if recipe.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), recipe.clip_norm)
        self.optimizer.step()
        if norms is not None:
            norms.after_update()
        hits = _hits(scores.detach(), targets)
        self.meter.add(loss.detach(), hits, len(batch.labels))
        self.position.step += 1

    def seen(self, row: int) -> torch.Tensor:
        """Image ``row`` as the model looks at it in inference: ``[1, C, H, W]``, normalised."""
        images, arithmetic = self.pieces.images, self.pieces.arithmetic
        pixels = images.batch(images.order(np.array([row])))
        scaled = pixels.to(torch.float32).mul_(self.pieces.scale)
        return arithmetic.lay_out(self._normaliser(scaled))

    def validate(self, progress: Progress | None = None) -> tuple[float | None, float | None]:
        """Loss and accuracy on the validation split; ``None`` where it is empty.

        ``progress`` may raise Cancelled; the model is then in training mode again, as
        :func:`set_training` understands it.
        """
        pieces = self.pieces
        if not len(pieces.val_rows):
            return None, None
        try:
            scores = score(
                self.model,
                pieces.images,
                pieces.val_rows,
                scale=pieces.scale,
                normaliser=self._normaliser,
                arithmetic=pieces.arithmetic,
                progress=progress,
            )
        finally:
            set_training(self.model)
        labels = pieces.images.labels[pieces.images.order(pieces.val_rows)]
        loss = float(self._loss(scores, labels).item())
        return loss, int((scores.argmax(1) == labels).sum().item()) / len(labels)

    def weights(self) -> dict[str, torch.Tensor]:
        """The model's parameters and buffers, by name, as they are (not copied)."""
        return {f"model.{name}": value for name, value in self.model.state_dict().items()}

    def tensors(self) -> dict[str, torch.Tensor]:
        """All that changes by training: weights, and the optimizer's averages."""
        found = self.weights()
        for index, state in self.optimizer.state_dict()["state"].items():
            for name, value in state.items():
                if isinstance(value, torch.Tensor):
                    found[f"optimizer.{index}.{name}"] = value
        return found

    def restore(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Takes over what :meth:`tensors` gave; raises RuntimeError or KeyError on a misfit."""
        prefix = "model."
        weights = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
        self.model.load_state_dict(weights, strict=True)
        groups = self.optimizer.param_groups
        ordered = [(w, bool(group.get("fused"))) for group in groups for w in group["params"]]
        for key, value in tensors.items():
            if key.startswith("optimizer."):
                _, index, name = key.split(".", 2)
                weight, fused = ordered[int(index)]
                self.optimizer.state[weight][name] = _alike(value, weight, fused=fused)

    def finite(self) -> bool:
        """Whether every weight and buffer is a number; nothing else is ever saved."""
        floats = [v for v in self.model.state_dict().values() if v.is_floating_point()]
        return bool(torch.isfinite(torch.nn.utils.get_total_norm(floats)).item())

    def next_batch(self) -> Batch:
        """The images and labels of the next update, augmented and mixed, not yet normalised.

        On the processor the images lie in memory that the next call writes into.
        """
        pieces, epoch = self.pieces, self.position.epoch
        seed, size = pieces.recipe.seed, pieces.recipe.batch_size
        if self._order is None or self._order[0] != epoch:
            rows = epoch_order(seed, epoch, pieces.train_rows)
            self._order = (epoch, pieces.images.order(rows))
        index = self.position.step - epoch * pieces.steps_per_epoch
        return make_batch(
            pieces.pipeline,
            self._order[1],
            slice(index * size, (index + 1) * size),
            pixels=pieces.images.batch,
            labels=pieces.images.labels,
            seed=seed,
            epoch=epoch,
            scale=pieces.scale,
            room=self._room,
        )

    def rate(self, step: int) -> float:
        """The learning rate of update ``step`` (0-based)."""
        recipe = self.pieces.recipe
        return recipe.optimizer.peak * recipe.schedule.factor(step, self.total_steps)


def _hits(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Right answers of a batch; where labels are mixed, the shares of the targets that are hit."""
    best = scores.argmax(1)
    if targets.ndim == 1:
        return (best == targets).sum()
    return targets.gather(1, best[:, None]).sum()


def _alike(value: torch.Tensor, weight: torch.Tensor, *, fused: bool) -> torch.Tensor:
    """``value`` where and as the optimizer keeps it: averages laid out in memory like their weight.

    Counters of steps lie with the weight for a fused optimizer, else on the processor.
    """
    if value.shape != weight.shape:
        return value.clone() if value.ndim == 0 and not fused else value.to(weight.device)
    return torch.empty_like(weight, dtype=value.dtype).copy_(value)
