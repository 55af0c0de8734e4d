"""One update of the weights, from a batch to the metrics that it leaves on the device."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from engine.augment.mixing import Batch
from engine.compile.factors import factors
from engine.compute.hits import hits
from engine.compute.images import Normaliser
from engine.train.meter import Meter, NotFinite
from engine.train.pieces import Pieces

if TYPE_CHECKING:
    from engine.train.probe import NormProbe

__all__ = ["Update"]


class Update:
    """Forward, loss, backward, clipping, optimizer: everything that changes a weight is here.

    Attributes:
        model, optimizer, loss: what it works with; the model is the one of ``pieces``.
    """

    def __init__(self, pieces: Pieces, normaliser: Normaliser) -> None:
        self._pieces = pieces
        self._normaliser = normaliser
        self.model = pieces.model
        self.optimizer = pieces.recipe.optimizer.build(self.model, factors(self.model))
        self.loss = pieces.recipe.loss.build(pieces.class_counts)
        self._exact = pieces.arithmetic.device.type == "cpu"  # reading a number costs nothing here

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
        ``meter``. On the processor a loss that is not finite raises :class:`NotFinite` before
        anything is changed; on a card the meter's next reading does, and no such state is ever
        saved. ``norms`` looks at the gradients and at the change, if it is given.
        """
        recipe, arithmetic = self._pieces.recipe, self._pieces.arithmetic
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group.get("lr_factor", 1.0)
        inputs = arithmetic.lay_out(self._normaliser(batch.images))
        with arithmetic.drawing_from(seed), arithmetic.autocast():
            scores = self.model(inputs)
        targets = batch.targets(scores.shape[1])
        loss = self.loss(scores, targets)
        if self._exact and not math.isfinite(loss.item()):
            raise NotFinite(step + 1, loss.item())
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if norms is not None:
            norms.before_update()
        if recipe.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), recipe.clip_norm)
        self.optimizer.step()
        if norms is not None:
            norms.after_update()
        right = hits(scores.detach(), targets, several=batch.labels.ndim == 2)
        meter.add(loss.detach(), right, len(batch.labels))
