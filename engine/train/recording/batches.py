"""Batches as a card makes them by itself: augmentation and mixing as one recording.

The images of an epoch are gathered as usual and copied to where the recording reads them, with
their numbers and the epoch; all that is drawn follows from those. What the recording gives must be
what is made without it, to the bit, or it is not used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import torch
from torch import Tensor

from engine.augment.mixing import Batch, Raw, change
from engine.compute.device import Arithmetic
from engine.train.graphs import record_work
from engine.train.pieces import Pieces
from engine.train.recording.sources import Sources
from engine.train.trainer import Trainer

__all__ = ["MOST", "WORTH", "BatchRecorder", "RecordedBatches", "batch_recorder", "record_batches"]

WORTH = 100
"""Updates of a run from which it pays: recording and proving take as long as a dozen batches."""

MOST = 0.1
"""How much of a card's memory a recording may keep. It works in memory of its own, which a training
near the limit would miss."""

_NOTE = "Batches: made by CUDA graphs, to the bit as without."
_EPOCHS = (0, 1, 7)  # of the batches that are compared

BatchRecorder = Callable[
    [Callable[[], Batch], torch.device],
    tuple[Callable[[], object], Batch],
]
"""Makes a recording of some work: :func:`engine.train.graphs.record_work`, or a test's stand-in."""


class RecordedBatches:
    """The making of a batch as a card repeats it, for batches of one shape."""

    def __init__(self, pieces: Pieces, example: Raw) -> None:
        device = pieces.arithmetic.device
        self._pieces = pieces
        self._raw = Raw(*(part.to(device, copy=True) for part in _parts(example)))
        self._epoch = torch.zeros((), dtype=torch.int64, device=device)
        self._held: tuple[Tensor, ...] = ()
        self._repeat: Callable[[], object] | None = None
        self._batch: Batch | None = None

    def make(self, recorder: BatchRecorder) -> None:
        """Records. Such a batch must have been made before, so that all constants are there.

        Raises what ``recorder`` raises, and RuntimeError for a card of the pipeline that reads what
        lies in the processor's memory.
        """
        with Sources() as sources:
            self._change()
        self._held = sources.held
        self._repeat, self._batch = recorder(self._change, self._pieces.arithmetic.device)

    def fits(self, raw: Raw) -> bool:
        """Whether a batch can be made of these images."""
        pairs = zip(_parts(self._raw), _parts(raw), strict=True)
        return all(own.shape == given.shape and own.dtype == given.dtype for own, given in pairs)

    def __call__(self, raw: Raw, epoch: int) -> Batch:
        """The batch of images that fit, in memory that the next call writes into."""
        repeat, batch = self._repeat, self._batch
        if repeat is None or batch is None:
            raise RuntimeError("nothing was recorded yet")
        for own, given in zip(_parts(self._raw), _parts(raw), strict=True):
            own.copy_(given, non_blocking=True)
        self._epoch.fill_(epoch)
        repeat()
        return batch

    def _change(self) -> Batch:
        pieces = self._pieces
        return change(
            pieces.pipeline,
            self._raw,
            seed=pieces.recipe.seed,
            epoch=self._epoch,
            scale=pieces.scale,
        )


def record_batches(trainer: Trainer) -> tuple[str, ...]:
    """Has a trainer's batches made by a recording where that can be; says so, or why not.

    On a card, where a card of the pipeline acts and the run is no shorter than :data:`WORTH`
    updates; not where the recipe switches CUDA graphs off or several processes train. Nothing that
    the run computes changes.
    """
    pieces = trainer.pieces
    recorder = batch_recorder(pieces.arithmetic)
    whole = pieces.recipe.batch_size <= len(pieces.train_rows)
    wanted = pieces.recipe.cuda_graphs != "off" and trainer.total_steps >= WORTH
    alone, acts = pieces.ranks.world == 1, bool(pieces.pipeline.active)
    if recorder is None or not (whole and wanted and alone and acts):
        return ()
    try:
        found = _proven(trainer, recorder)
    except Exception as error:  # whatever it is: the usual way still computes, or tells it better
        trouble = (str(error).splitlines() or [type(error).__name__])[0][:200].rstrip(".")
        return (f"CUDA graphs are not used to make batches: {trouble}.",)
    trainer.feed.recorded = found
    return (_NOTE,)


def batch_recorder(arithmetic: Arithmetic) -> BatchRecorder | None:
    """What records for a device; None for a processor, where there is nothing to gain."""
    return record_work if arithmetic.device.type == "cuda" else None


def _proven(trainer: Trainer, recorder: BatchRecorder) -> RecordedBatches:
    """A recording that was seen to make the batches that are made without it."""
    pieces, feed = trainer.pieces, trainer.feed
    device, first = pieces.arithmetic.device, pieces.steps_per_epoch
    whole = len(pieces.train_rows) // pieces.recipe.batch_size
    gathered = [feed.gathered(e, e * first + n % whole) for n, e in enumerate(_EPOCHS)]
    feed.changed(gathered[0], 0)
    before = _reserved(device)
    found = RecordedBatches(pieces, gathered[0])
    found.make(recorder)
    kept = _reserved(device) - before
    if kept > MOST * _memory(device):
        raise RuntimeError(f"they would keep {kept / 1e9:.1f} GB of the card's memory")
    for raw, epoch in zip(gathered, _EPOCHS, strict=True):
        if not found.fits(raw):
            raise RuntimeError("the batches have several shapes")
        if not _same(found(raw, epoch), feed.changed(raw, epoch)):
            raise RuntimeError("they make other batches")
    return found


def _same(one: Batch, other: Batch) -> bool:
    for field in fields(Batch):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if (mine is None) != (theirs is None):
            return False
        if mine is not None and not torch.equal(mine, theirs):
            return False
    return True


def _parts(raw: Raw) -> tuple[Tensor, Tensor, Tensor]:
    return raw.pixels, raw.samples, raw.labels


def _reserved(device: torch.device) -> int:
    return torch.cuda.memory_reserved(device) if device.type == "cuda" else 0


def _memory(device: torch.device) -> int:
    return torch.cuda.mem_get_info(device)[1] if device.type == "cuda" else 1
