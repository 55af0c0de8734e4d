"""A recorded update: made once, repeated with each batch that it fits."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.augment.mixing import Batch
from engine.compute.device import Arithmetic
from engine.train.modes import Modes
from engine.train.recording.still import Rates, StillBatch
from engine.train.update import Update

__all__ = ["Left", "Recorder", "Recording"]


@dataclass(frozen=True, slots=True)
class Left:
    """What a recorded update leaves in memory that the next one overwrites.

    Attributes:
        numbers: float32 ``[2]``: the batch's mean loss, and above 0 where the run has diverged.
        right: its right answers.
        norm: the length of the gradient before clipping; None where nothing is clipped.
    """

    numbers: Tensor
    right: Tensor
    norm: Tensor | None


Recorder = Callable[
    [Callable[[], Left], torch.device],
    tuple[Callable[[], object], Left],
]
"""Makes a recording of some work: :func:`engine.train.graphs.record_work`, or a test's stand-in."""


class Recording:
    """An update as a card repeats it.

    It holds no update, only memory that one works on: pass the same one to each :meth:`replay`. It
    is made for one shape of batch, for the weights and buffers where they lie, for the tensors of
    the optimizer as they are, and for the modes of the layers; :meth:`fits` looks at all but the
    optimizer's, which nothing replaces but :meth:`Trainer.restore`.

    Attributes:
        rates: the learning rates, which must be the optimizer's.
        resting: whether it fits nothing for now.
    """

    def __init__(self, update: Update, example: Batch, arithmetic: Arithmetic) -> None:
        self.rates = Rates(update.optimizer, arithmetic.device)
        self.resting = False
        self._arithmetic = arithmetic
        self._still = StillBatch(example)
        self._kept = (*update.model.parameters(), *update.model.buffers())
        self._weights = tuple(update.model.parameters())
        self._gradients: list[Tensor | None] = []
        self._places: list[int] = []
        self._modes = Modes(update.model)
        self._repeat: Callable[[], object] | None = None
        self._left: Left | None = None

    def make(self, update: Update, recorder: Recorder) -> None:
        """Records; moves weights, buffers and the optimizer's averages on by a few steps.

        The optimizer must have taken a step before, so that its averages are there. Raises what
        ``recorder`` raises.
        """
        batch, whole = self._still.batch, len(self._still.batch.labels)

        def work() -> Left:
            found = update.compute(batch, None, step=0, whole=whole)
            broken = torch.zeros_like(found.loss) if found.broken is None else found.broken
            return Left(torch.stack((found.loss, broken)), found.right, found.norm)

        for weight in self._weights:  # the recording's own gradients must be made within it
            weight.grad = None
        with self._arithmetic.drawing_from(0), _may_be_recorded(update.optimizer):
            self._repeat, self._left = recorder(work, self._arithmetic.device)
        self._gradients = [weight.grad for weight in self._weights]
        self._places = self._lie()

    def fits(self, batch: Batch) -> bool:
        """Whether this update can be repeated with ``batch`` now."""
        if self.resting or not self._still.fits(batch):
            return False
        return self._modes.same() and self._lie() == self._places

    def replay(
        self, update: Update, batch: Batch, *, rate: float, seed: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The update with a batch that fits; its mean loss, right answers, and whether it diverged.

        These three are the caller's to keep; the batch is left as it is.
        """
        repeat, left = self._repeat, self._left
        if repeat is None or left is None:
            raise RuntimeError("nothing was recorded yet")
        self._still.fill(batch)
        self.rates.fill(rate)
        with self._arithmetic.drawing_from(seed):
            repeat()
        update.replayed(self._gradients, left.norm)
        loss, broken = left.numbers.clone().unbind()
        return loss, left.right.clone(), broken

    def _lie(self) -> list[int]:
        """Where the model's tensors lie in memory."""
        return [tensor.data_ptr() for tensor in self._kept]


@contextlib.contextmanager
def _may_be_recorded(optimizer: torch.optim.Optimizer) -> Iterator[None]:
    """Within it torch's optimizers let themselves be recorded.

    They ask for ``capturable``, which for the fused ones means nothing else, and would warn that
    they also run unrecorded.
    """
    groups = [group for group in optimizer.param_groups if group.get("capturable") is False]
    warned = "_warned_capturable_if_run_uncaptured"
    before = getattr(optimizer, warned, False)
    setattr(optimizer, warned, True)
    for group in groups:
        group["capturable"] = True
    try:
        yield
    finally:
        setattr(optimizer, warned, before)
        for group in groups:
            group["capturable"] = False
