"""One update of the weights, from a batch to the metrics that it leaves on the device."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from engine.augment.mixing import Batch
from engine.compile.factors import factors
from engine.compute.hits import hits
from engine.compute.images import Normaliser
from engine.randomness import derive
from engine.train.finite import Guard, LossScale, prime
from engine.train.meter import Meter, NotFinite
from engine.train.penalties import add_l1, filter_weights, limit_norms
from engine.train.pieces import Pieces
from engine.train.sharpness import Sharpness, quiet_statistics

if TYPE_CHECKING:
    from engine.train.probe import NormProbe
    from engine.train.recording.recording import Recording

__all__ = ["Found", "Update"]


@dataclass(frozen=True, slots=True)
class Found:
    """What one update leaves beside its weights, still on the device.

    Attributes:
        loss, right: the mean loss and the right answers of the whole batch.
        broken: see :meth:`Guard.broken`; None where it is known that nothing is.
        norm: the length of the gradient before it was clipped; None where nothing is clipped.
    """

    loss: torch.Tensor
    right: torch.Tensor
    broken: torch.Tensor | None
    norm: torch.Tensor | None


class Update:
    """Forward, loss, backward, clipping, optimizer: everything that changes a weight is here.

    Attributes:
        model, optimizer, loss: what it works with; the model is the one of ``pieces``.
        guard: keeps gradients that are not numbers from the weights.
        passes: what computes a batch's scores: the model, or what stands for it.
        recording: what repeats a whole update on a card in place of :meth:`compute`, for the
            batches that it fits; None where there is none.
    """

    def __init__(self, pieces: Pieces, normaliser: Normaliser) -> None:
        self._pieces = pieces
        self._normaliser = normaliser
        self.model = pieces.model
        self.optimizer = pieces.recipe.optimizer.build(self.model, factors(self.model))
        self.passes: Callable[[torch.Tensor], torch.Tensor] = pieces.forward or self.model
        self.recording: Recording | None = None
        self._ranks = pieces.ranks
        self.loss = pieces.recipe.loss.build(pieces.class_counts)
        device = pieces.arithmetic.device
        self._exact = device.type == "cpu"  # reading a number costs nothing here
        scale = LossScale(device) if pieces.arithmetic.precision == "fp16" else None
        if pieces.recipe.freeze_epochs:
            prime(self.optimizer)
        self.guard = Guard(self.optimizer, exact=self._exact, scale=scale)
        recipe = pieces.recipe
        self._norm: torch.Tensor | None = None
        self._weights = list(self.model.parameters())
        self._sharpness = (
            None
            if recipe.sam is None
            else Sharpness(self._weights, recipe.sam, adaptive=recipe.sam_adaptive)
        )

    def __call__(
        self,
        batch: Batch,
        meter: Meter,
        *,
        step: int,
        rate: float,
        seed: int,
        norms: NormProbe | None = None,
    ) -> None:
        """Update ``step`` (0-based) with ``batch``, whose images are overwritten.

        ``rate`` is the learning rate, ``seed`` what dropout draws from; the metrics go to
        ``meter``. A loss or gradients that are not finite change nothing: on the processor they
        raise :class:`NotFinite` here, on a card the meter's next reading does. ``norms`` looks at
        the gradients and at the change, if it is given.
        """
        whole = len(batch.labels) if self._ranks.world == 1 else self._pieces.images_in(step)
        recording = self.recording
        if recording is None:
            for group in self.optimizer.param_groups:
                group["lr"] = rate * group.get("lr_factor", 1.0)
        elif norms is None and recording.fits(batch):
            loss, right, broken = recording.replay(self, batch, rate=rate, seed=seed)
            meter.add(loss, right, whole, broken)
            return
        else:
            recording.rates.fill(rate)
        found = self.compute(batch, seed, step=step, whole=whole, norms=norms)
        meter.add(found.loss, found.right, whole, found.broken)

    def compute(
        self,
        batch: Batch,
        seed: int | None,
        *,
        step: int,
        whole: int,
        norms: NormProbe | None = None,
    ) -> Found:
        """The update itself, at the rates that are in the optimizer; see :meth:`__call__`.

        ``batch`` is this process's share of one of ``whole`` images. ``seed`` is None where the
        generators are seeded already, as around a recording.
        """
        recipe, guard = self._pieces.recipe, self.guard
        loss, right = self._gradients(batch, seed, step, whole)
        if norms is not None:
            norms.before_update()
        if recipe.l1:
            add_l1(self._weights, recipe.l1)
        self._norm = None
        if recipe.clip_norm is not None:
            self._norm = torch.nn.utils.clip_grad_norm_(self._weights, recipe.clip_norm)
        guard.step()
        if recipe.max_norm is not None:
            limit_norms(filter_weights(self.model), recipe.max_norm)
        if norms is not None:
            norms.after_update()
        known = self._exact and guard.scale is None
        return Found(loss, right, None if known else guard.broken(), self._norm)

    def replayed(self, gradients: Sequence[torch.Tensor | None], norm: torch.Tensor | None) -> None:
        """Takes over where a recording leaves the gradients of each replay, and their length."""
        self._norm = norm
        first = next(i for i, gradient in enumerate(gradients) if gradient is not None)
        if self._weights[first].grad is not gradients[first]:
            for weight, gradient in zip(self._weights, gradients, strict=True):
                weight.grad = gradient

    def gradient_norm(self) -> float | None:
        """Length of the last update's gradient over all weights, before it was clipped.

        Computed from what the weights still hold, so that it costs nothing in steps that nobody
        asks about; waits for the device. None before the first update and where it is not finite,
        as in a step that fp16 skipped.
        """
        norm = self._norm
        if norm is None:
            gradients = [weight.grad for weight in self._weights if weight.grad is not None]
            norm = torch.nn.utils.get_total_norm(gradients) if gradients else torch.tensor(math.nan)
        value = float(norm.item())
        return value if math.isfinite(value) else None

    def tensors(self) -> dict[str, torch.Tensor]:
        """What changes by updates beside weights and optimizer, by name: the loss scale of fp16."""
        return {} if self.guard.scale is None else self.guard.scale.tensors()

    def restore(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Takes over what :meth:`tensors` gave, if it is there."""
        if self.guard.scale is not None:
            self.guard.scale.restore(tensors)

    def normalised(self, batch: Batch) -> Batch:
        """The batch as the model looks at it; overwrites its images."""
        return replace(batch, images=self._normaliser(batch.images))

    def forward(self, batch: Batch, seed: int | None) -> torch.Tensor:
        """The scores of a normalised batch in the mode that the model is in.

        ``seed`` is what dropout draws from, None where the generators are seeded already.
        """
        arithmetic = self._pieces.arithmetic
        inputs = arithmetic.lay_out(batch.images)
        if seed is None:
            drawing: contextlib.AbstractContextManager[None] = contextlib.nullcontext()
        else:
            drawing = arithmetic.drawing_from(self._ranks.seed(seed))
        with drawing, arithmetic.autocast():
            return self.passes(inputs)

    def _gradients(
        self, batch: Batch, seed: int | None, step: int, whole: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Puts the gradients to step by into the weights; mean loss and right answers of all of the
        batch of ``whole`` images that ``batch`` is this process's share of.

        With SAM they are those of a second pass, with the same dropout, from the worst place
        nearby; loss and answers, and what batch norm learns, are those of the first.
        """
        batch = self.normalised(batch)
        self.guard.begin()
        loss, right = self._ranks.total(*self._accumulate(batch, seed, whole), whole)
        if self._exact and not math.isfinite(loss.item()):
            raise NotFinite(step + 1, loss.item())
        self._check(step, loss)
        if self._sharpness is not None:
            with self._sharpness.uphill(), quiet_statistics(self.model):
                self._accumulate(batch, seed, whole)
            self._check(step, loss)
        self._ranks.mean_statistics(self.model)
        return loss, right

    def _check(self, step: int, loss: torch.Tensor) -> None:
        if self.guard.check() and self.guard.scale is None:
            raise NotFinite(step + 1, loss.item(), gradients=True)

    def _accumulate(
        self, batch: Batch, seed: int | None, whole: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The gradients of a normalised batch; its mean loss and right answers.

        Of a batch in parts each counts by its share of the images, so that the sum is the gradient
        of the mean over all.
        """
        for weight in self._weights:  # torch's zero_grad takes ten times as long for the same
            weight.grad = None
        ranks = self._ranks
        most = ranks.fewest(whole) // 2  # all processes must make the same number of parts
        parts = _parts(batch, min(self._pieces.recipe.accumulation, most))
        if len(parts) == 1:
            return self._backward(batch, seed, ranks.weight(len(batch.labels), whole))
        found = []
        for number, part in enumerate(parts, 1):
            share = ranks.weight(len(part.labels), whole)
            with ranks.exchanging(self.passes, last=number == len(parts)):
                drawn = None if seed is None else derive(seed, number - 1)
                found.append(self._backward(part, drawn, share))
        losses, right = zip(*found, strict=True)
        return torch.stack(losses).sum(), torch.stack(right).sum()

    def _backward(
        self, batch: Batch, seed: int | None, share: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Adds the gradient of ``share`` times the loss; that, and the right answers."""
        scores = self.forward(batch, seed)
        targets = batch.targets(scores.shape[1])
        loss = self.loss(scores, targets)
        loss = loss if share == 1.0 else loss * share
        self.guard.scaled(loss).backward()
        right = hits(scores.detach(), targets, several=batch.labels.ndim == 2)
        return loss.detach(), right


def _parts(batch: Batch, count: int) -> list[Batch]:
    """The batch in ``count`` parts of nearly the same size, fewer where one would hold one image.

    So the last batch of an epoch, which may be small, is whole as well.
    """
    whole = len(batch.labels)
    count = min(count, whole // 2)
    if count < 2:
        return [batch]
    ends = [whole * number // count for number in range(count + 1)]
    return [batch.part(begin, end) for begin, end in itertools.pairwise(ends)]
