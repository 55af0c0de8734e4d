"""A recording is used only where it leaves what usual updates leave."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import torch
from torch import Tensor

from engine.augment.mixing import Batch
from engine.train.meter import Meter
from engine.train.recording.recording import Recorder, Recording
from engine.train.recording.state import State, same_draws
from engine.train.trainer import Trainer

__all__ = ["proven", "trial_batches"]

_RATES = (0.1, 0.02, 0.06)
"""Learning rates of the trial updates, in the recipe's: they differ, so that one that stands still
is found, and none is so high that a step overflows."""

_SCALE = 64.0
"""Loss scale of the trial updates: a run's first one is too high, and such updates do nothing."""

_NEAR = 0.01
"""How much of the weights' change in one update may differ from that at a rate in Python's float64,
beside the weights' own last bits: a rate in float32 moves those only."""

_LAST_BIT = 2.0**-23

_SPREAD = 4.0
"""How many times further from a usual trial than another usual trial a recording may be, where a
card adds up in an order of its own and no two trials are equal. Else it is equal to the bit."""

_LAST_BITS = 16 * _LAST_BIT
"""What it may be off there beside, in what it leaves: usual trials can agree by chance."""

_TRIALS = 4
"""Usual trials that are compared with each other. An optimizer like Adam makes a whole step of a
gradient that is nothing but rounding, as of a bias before batch norm: two may agree by luck."""

_WORDS = {
    "weight.": "weights",
    "buffer.": "averages of batch norm",
    "optimizer.": "averages of the optimizer",
    "scale.": "loss scales",
    "told.": "losses, answers or gradients",
}


class _Refused(Exception):
    """A recording leaves something else than usual updates do; the message says what, in words."""


def proven(trainer: Trainer, recorder: Recorder) -> Recording | str:
    """A recording of the trainer's updates that was seen to do what they do, or why there is none.

    Three usual updates are made four times, once more after recording, and then repeated, each time
    from the trainer's present state, with different images, labels, learning rates and seeds:
    weights, buffers, the optimizer's averages, loss scale, gradients and metrics must agree to the
    bit, or, where usual trials differ, within four times what they do and some last bits. Before,
    an update at a rate in Python's numbers must move the weights as one at a rate in a tensor does,
    to a hundredth.

    Afterwards all is as it was to the bit, but that the optimizer has its averages already, at
    zero, where there is a recording. Raises what torch raises where that cannot be.
    """
    update, arithmetic = trainer.update, trainer.pieces.arithmetic
    passes, state = update.passes, State(update)
    trainer.set_training()
    found: Recording | str
    try:
        with same_draws(arithmetic):
            found = _proven(trainer, recorder, state)
    except _Refused as refused:
        found = str(refused)
    except Exception as error:  # whatever it is: the usual way still computes, or tells it better
        found = (str(error).splitlines() or [type(error).__name__])[0][:200].rstrip(".")
    update.recording, update.passes = None, passes
    if isinstance(found, str):
        state.forget_new()
    return found


def _proven(trainer: Trainer, recorder: Recorder, state: State) -> Recording:
    update = trainer.update
    batches = list(trial_batches(trainer))
    update.passes = update.model
    plain = _tried(trainer, state, batches[:1])
    recording = Recording(update, batches[0], trainer.pieces.arithmetic)
    recording.rates.rule(update.optimizer)
    update.recording, recording.resting = recording, True
    once, once_more = (_tried(trainer, state, batches[:1]) for _ in range(2))
    _compare_change(plain, once, once_more, state)
    usual = [_tried(trainer, state, batches) for _ in range(_TRIALS)]
    recording.make(update, recorder)
    state.put_back()
    after = _tried(trainer, state, batches)  # and whether memory is left for it
    _compare(after, usual, "a usual update after recording")
    recording.resting = False
    if not all(recording.fits(batch) for batch in batches):
        raise _Refused("it does not fit the batches that it was made for")
    repeated = _tried(trainer, state, batches)
    _compare(repeated, [*usual, after], "a repeated update")
    return recording


def _tried(trainer: Trainer, state: State, batches: Sequence[Batch]) -> dict[str, Tensor]:
    """What some updates leave, by the names of ``State.tensors`` and ``told.*``; puts all back."""
    update, meter = trainer.update, Meter()
    peak = trainer.pieces.recipe.optimizer.peak
    if update.guard.scale is not None:
        update.guard.scale.value.fill_(_SCALE)
    for number, batch in enumerate(batches):
        fresh = replace(batch, images=batch.images.clone())
        rate = peak * _RATES[number]
        update(fresh, meter, step=number, rate=rate, seed=number + 1)
    window = meter.read(len(batches))
    found = state.now()
    gradients = [w.grad.flatten() for w in update.model.parameters() if w.grad is not None]
    found["told.gradients"] = torch.cat(gradients).to("cpu", copy=True)
    found["told.norm"] = torch.tensor(update.gradient_norm() or 0.0)
    found["told.losses"] = torch.tensor(window.losses, dtype=torch.float64)
    found["told.right"] = torch.tensor(window.hits, dtype=torch.float64)
    state.put_back()
    return found


def trial_batches(trainer: Trainer) -> Iterator[Batch]:
    """As many whole batches as there are rates: no two have the same images, or labels in the same
    order, even where an epoch has only one."""
    pieces, epoch = trainer.pieces, trainer.position.epoch
    whole = len(pieces.train_rows) // pieces.recipe.batch_size
    first = epoch * pieces.steps_per_epoch
    for number in range(len(_RATES)):
        batch = trainer.batch_at(epoch, first + number % whole)
        images = 1.0 - batch.images if number % 2 else batch.images.clone()
        others, share = _rolled(batch.others, number), _rolled(batch.share, number)
        yield Batch(images, batch.labels.roll(number, 0), others, share)


def _rolled(values: Tensor | None, places: int) -> Tensor | None:
    return None if values is None else values.roll(places, 0)


def _compare(found: dict[str, Tensor], usual: Sequence[dict[str, Tensor]], what: str) -> None:
    """Raises _Refused where ``found``, left by ``what``, is not what the usual trials left."""
    first = usual[0]
    if any(found.keys() != each.keys() for each in usual):
        raise _Refused(f"{what} keeps other averages")
    kinds = {kind: [name for name in first if name.startswith(kind)] for kind in _WORDS}
    pairs = list(combinations(usual, 2))
    spreads = {k: max(_distance(*pair, names) for pair in pairs) for k, names in kinds.items()}
    exact = not any(spreads.values())
    for kind, names in kinds.items():
        off = min(_distance(found, each, names) for each in usual)
        bits = 0.0 if exact else _LAST_BITS * _length(first, names)
        if not off <= _SPREAD * spreads[kind] + bits:
            raise _Refused(f"{what} leaves other {_WORDS[kind]}")


def _length(values: Mapping[str, Tensor], names: list[str]) -> float:
    return math.sqrt(sum(float(values[name].double().square().sum()) for name in names))


def _distance(one: Mapping[str, Tensor], other: Mapping[str, Tensor], names: list[str]) -> float:
    """The length of the difference: 0 only where all are equal, NaN where one is no number."""
    squares = (float((one[n].double() - other[n].double()).square().sum()) for n in names)
    return math.sqrt(sum(squares))


def _compare_change(
    plain: dict[str, Tensor], once: dict[str, Tensor], again: dict[str, Tensor], state: State
) -> None:
    """Raises _Refused where a rate in a tensor does not move the weights as a number does."""
    names = [name for name in plain if name.startswith("weight.")]
    weights = {name: state.began(name) for name in names}
    change = _distance(plain, weights, names)
    if not 0.0 < change < math.inf:
        raise _Refused("the trial updates moved no weight")
    last_bits = _LAST_BIT * _length(weights, names)
    allowed = _NEAR * change + last_bits + _SPREAD * _distance(once, again, names)
    if not _distance(plain, once, names) <= allowed:
        raise _Refused("the optimizer does something else with a learning rate in a tensor")
