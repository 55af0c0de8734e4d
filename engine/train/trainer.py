"""One model in training: takes a step, validates, and gives and takes its state."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from engine.augment.mixing import Batch
from engine.compute.images import Normaliser
from engine.compute.score import score
from engine.randomness import derive
from engine.train.averaging import Averages, averages, fresh_statistics, held_step
from engine.train.feed import Feed
from engine.train.meter import Meter
from engine.train.passes import Fitting
from engine.train.pieces import Pieces
from engine.train.position import Position
from engine.train.stages import Stages, resized
from engine.train.update import Update
from engine.train.validation import Validation, measure

if TYPE_CHECKING:
    from engine.train.probe import NormProbe
    from engine.train.recording.recording import Recording

__all__ = ["Trainer"]

Progress = Callable[[int, int, str], None]
GOOD = "good."

_STATISTICS = 10_000  # images for batch norm's averages; more do not change them visibly


class Trainer:
    """The state of a run in memory. Batches, order, augmentation and dropout are pure functions of
    the recipe's seed and the step, so a restored state goes on exactly as the old one would have.

    Attributes:
        update: what changes the weights.
        feed: what makes the batches.
        seconds_feeding, seconds_updating: the host's time in steps so far, getting the batches and
            all else.
        good: copied :meth:`tensors` that a run which repairs itself goes back to; empty elsewhere.
    """

    def __init__(self, pieces: Pieces, position: Position) -> None:
        self.pieces = pieces
        self.position = position
        self.model = pieces.arithmetic.place(pieces.model)
        self.meter = Meter()
        self._normaliser = Normaliser(pieces.normalisation, pieces.arithmetic.device)
        self.feed = Feed(pieces)
        self.update = Update(pieces, self._normaliser)
        self.optimizer = self.update.optimizer
        self._stages = Stages(self.model, pieces.recipe)
        steps = pieces.steps_per_epoch
        self._averages = averages(self.model, pieces.recipe, steps, position.step)
        self.loss = self.update.loss
        self.seconds_feeding = self.seconds_updating = 0.0
        self.good: dict[str, torch.Tensor] = {}

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
        step, begun = self.position.step, time.perf_counter()
        self._stages.enter(self.position.epoch)
        batch = self.next_batch()
        fed = time.perf_counter()
        self.update(
            batch,
            self.meter,
            step=step,
            rate=self.rate(step),
            seed=derive(self.pieces.recipe.seed, step),
            norms=norms,
        )
        self.position.step += 1
        if self._averages is not None:
            self._averages.after_step(self.position.step)
        self.seconds_feeding += fed - begun
        self.seconds_updating += time.perf_counter() - fed

    def gradient_norm(self) -> float | None:
        """The length of the last update's gradient; see :meth:`Update.gradient_norm`."""
        return self.update.gradient_norm()

    def set_training(self) -> None:
        """Brings the model into training mode, but for the batch norms of what does not learn."""
        self._stages.set_training()

    def seen(self, row: int) -> torch.Tensor:
        """Image ``row`` as the model looks at it in inference: ``[1, C, H, W]``, normalised."""
        images, arithmetic = self.pieces.images, self.pieces.arithmetic
        pixels = images.batch(images.order(np.array([row])))
        scaled = pixels.to(torch.float32).mul_(self.pieces.scale)
        return arithmetic.lay_out(self._normaliser(scaled))

    def validate(self, progress: Progress | None = None) -> Validation:
        """Loss, accuracy and area under ROC on the validation split; ``None`` where it is empty.

        It is the averaged weights that are validated, where the recipe averages: one validation
        costs what it cost before, and what is kept is what was measured.

        Of several classes an image, accuracy is the share of right answers to whether one is there,
        and the area is the mean over the classes.

        ``progress`` may raise Cancelled; the model is then in training mode again.
        """
        pieces = self.pieces
        self._stages.enter(self.position.epoch)  # no step has, where a run is resumed here
        scores = None
        try:
            with self._judged(progress):
                if len(pieces.val_rows):
                    compute = partial(self._scores, progress=progress)
                    scores = pieces.ranks.scored(pieces.val_rows, compute)
        finally:
            self.set_training()
        if scores is None:
            return Validation()
        labels = pieces.images.labels[pieces.images.order(pieces.val_rows)]
        recipe = pieces.recipe
        error_of = recipe.monitor if recipe.keep == "one_se" else None
        found = measure(scores, labels, self.update.loss, error_of, recipe.loss.link)
        return Validation(*pieces.ranks.told(astuple(found)))

    def _scores(self, rows: np.ndarray, progress: Progress | None) -> torch.Tensor:
        return score(
            self.model,
            self.pieces.images,
            rows,
            scale=self.pieces.scale,
            normaliser=self._normaliser,
            arithmetic=self.pieces.arithmetic,
            progress=progress,
        )

    def weights(self) -> dict[str, torch.Tensor]:
        """The parameters and buffers that :meth:`validate` judges, by name, not copied.

        Those of the model, or their average where the recipe averages and has begun to.
        """
        average = self._average
        kept = self.model.state_dict() if average is None else average.weights()
        return {f"model.{name}": value for name, value in kept.items()}

    def tensors(self) -> dict[str, torch.Tensor]:
        """All that changes by training: weights, their average, and the optimizer's averages."""
        found = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        found |= {} if self._averages is None else self._averages.tensors()
        for index, state in self.optimizer.state_dict()["state"].items():
            for name, value in state.items():
                if isinstance(value, torch.Tensor):
                    found[f"optimizer.{index}.{name}"] = value
        return found | self.update.tensors()

    def restore(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Takes over what :meth:`saved_tensors` gave; raises RuntimeError or KeyError if it cannot.

        Those to go back to are then in :attr:`good`.
        """
        prefix = "model."
        weights = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
        self.take(None)  # a recording would go on with the optimizer's old tensors
        self.model.load_state_dict(weights, strict=True)
        groups = self.optimizer.param_groups
        ordered = [(w, _counts_there(group)) for group in groups for w in group["params"]]
        for key, value in tensors.items():
            if key.startswith("optimizer."):
                _, index, name = key.split(".", 2)
                weight, fused = ordered[int(index)]
                self.optimizer.state[weight][name] = _alike(value, weight, fused=fused)
        self.update.restore(tensors)
        if self._averages is not None:
            self._averages.restore(tensors)
        self.good = {k.removeprefix(GOOD): v for k, v in tensors.items() if k.startswith(GOOD)}

    def saved_tensors(self) -> dict[str, torch.Tensor]:
        """What a checkpoint holds: :meth:`tensors`, and those to go back to where they differ."""
        found = self.tensors()
        if self.position.good.get("step") != self.position.step:
            found |= {GOOD + name: value for name, value in self.good.items()}
        return found

    def finite(self) -> bool:
        """Whether every weight and buffer is a number; nothing else is ever saved."""
        values = [*self.model.state_dict().values(), *self.weights().values()]
        floats = [value for value in values if value.is_floating_point()]
        return bool(torch.isfinite(torch.nn.utils.get_total_norm(floats)).item())

    def next_batch(self) -> Batch:
        """The images and labels of the next update; see :meth:`Feed.batch` and :func:`resized`."""
        return self.batch_at(self.position.epoch, self.position.step)

    def batch_at(self, epoch: int, step: int) -> Batch:
        """The images and labels of update ``step`` (0-based, of the run), which is in ``epoch``."""
        return resized(self.feed.batch(epoch, step), self.pieces.recipe, epoch)

    def take(self, recording: Recording | None) -> None:
        """From now on repeats whole updates by ``recording``, which is one of its own updates.

        The model computes itself what does not fit, and a recording of its passes is given up. None
        ends that.
        """
        update, forward = self.update, self.pieces.forward
        update.recording = recording
        if recording is None:
            return
        recording.rates.rule(self.optimizer)
        update.passes = self.model
        if isinstance(forward, Fitting):
            forward.let_go()

    def let_go(self) -> None:
        """Leaves the model with all weights learning that may, for another trainer to take over."""
        recipe = self.pieces.recipe
        self._stages.enter(max(recipe.epochs, recipe.freeze_epochs))

    def rows(self) -> list[int]:
        """Which images of the data set :meth:`next_batch` gives at this position, once it did."""
        return self.feed.rows(self.position.epoch, self.position.step)

    def rate(self, step: int) -> float:
        """The learning rate of update ``step`` (0-based); SWA holds it from its first epoch on."""
        recipe = self.pieces.recipe
        if recipe.averaging == "swa":
            step = min(step, held_step(recipe, self.pieces.steps_per_epoch))
        before = self.position.history[: step // max(1, self.pieces.steps_per_epoch)]
        return recipe.optimizer.peak * recipe.schedule.factor(step, self.total_steps, before)

    @property
    def _average(self) -> Averages | None:
        """The average, once there is one."""
        return self._averages if self._averages is not None and self._averages.begun else None

    @contextlib.contextmanager
    def _judged(self, progress: Progress | None) -> Iterator[None]:
        """Within it the model has the weights that the run is known by."""
        average = self._average
        if average is None:
            yield
            return
        with average.applied():
            if average.renews:
                ranks = self.pieces.ranks
                told = progress if ranks.world == 1 else None  # no process may leave the others
                fresh_statistics(self.model, self._passes(told))
                ranks.mean_statistics(self.model)
            yield

    def _passes(self, progress: Progress | None) -> Iterator[Callable[[], object]]:
        """Forward passes over the first batches of the epoch, as training sees them."""
        epoch, steps = self.position.epoch, self.pieces.steps_per_epoch
        count = min(steps, -(-_STATISTICS // self.pieces.recipe.batch_size))
        for number in range(count):
            if progress is not None:
                progress(number, count, "Renewing batch norm's averages")
            step = epoch * steps + number
            seed = derive(self.pieces.recipe.seed, step)
            batch = self.update.normalised(self.batch_at(epoch, step))
            yield partial(self.update.forward, batch, seed)


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
