"""One model in training: takes a step, validates, and gives and takes its state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from engine.augment.mixing import Batch
from engine.compile.factors import set_training
from engine.compute.images import Normaliser
from engine.compute.score import score
from engine.randomness import derive
from engine.train.feed import Feed
from engine.train.meter import Meter
from engine.train.pieces import Pieces
from engine.train.position import Position
from engine.train.update import Update

if TYPE_CHECKING:
    from engine.train.probe import NormProbe

__all__ = ["Trainer"]

Progress = Callable[[int, int, str], None]


class Trainer:
    """The state of a run in memory. Batches, order, augmentation and dropout are pure functions of
    the recipe's seed and the step, so a restored state goes on exactly as the old one would have.
    """

    def __init__(self, pieces: Pieces, position: Position) -> None:
        self.pieces = pieces
        self.position = position
        self.model = pieces.arithmetic.place(pieces.model)
        self.meter = Meter()
        self._normaliser = Normaliser(pieces.normalisation, pieces.arithmetic.device)
        self._feed = Feed(pieces)
        self._update = Update(pieces, self._normaliser)
        self.optimizer = self._update.optimizer

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

        Raises what :class:`Update` raises. ``norms`` looks at the gradients and at the change, if
        it is given.
        """
        step = self.position.step
        self._update(
            self.next_batch(),
            self.meter,
            step=step,
            rate=self.rate(step),
            seed=derive(self.pieces.recipe.seed, step),
            norms=norms,
        )
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
        loss = float(self._update.loss(scores, labels).item())
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
        ordered = [(w, _counts_there(group)) for group in groups for w in group["params"]]
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
        """The images and labels of the next update; see :meth:`Feed.batch`."""
        return self._feed.batch(self.position.epoch, self.position.step)

    def rate(self, step: int) -> float:
        """The learning rate of update ``step`` (0-based)."""
        recipe = self.pieces.recipe
        before = self.position.history[: step // max(1, self.pieces.steps_per_epoch)]
        return recipe.optimizer.peak * recipe.schedule.factor(step, self.total_steps, before)


def _counts_there(group: Mapping[str, Any]) -> bool:
    """Whether the optimizer counts steps beside the weights: where it is fused or recordable."""
    return bool(group.get("fused") or group.get("capturable"))


def _alike(value: torch.Tensor, weight: torch.Tensor, *, fused: bool) -> torch.Tensor:
    """``value`` where and as the optimizer keeps it: averages laid out in memory like their weight.

    Counters of steps lie with the weight for a fused optimizer, else on the processor.
    """
    if value.shape != weight.shape:
        return value.clone() if value.ndim == 0 and not fused else value.to(weight.device)
    return torch.empty_like(weight, dtype=value.dtype).copy_(value)
