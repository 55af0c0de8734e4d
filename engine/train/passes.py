"""How a batch goes through the network: as it is, replayed by a card, or translated."""

from __future__ import annotations

import contextlib
import copy
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.compile.factors import set_training
from engine.compute.device import Arithmetic
from engine.compute.trial import MARGIN, Work, remembered
from engine.recipe.computing import Computing
from engine.train.compiling import can_compile, compiled
from engine.train.graphs import record
from engine.train.modes import Modes

__all__ = ["Fitting", "Forward", "Passes", "agree", "choose_passes", "untouched"]

Forward = Callable[[Tensor], Tensor]
"""From a batch as the model looks at it to its scores."""

LONG_RUN = 5_000_000_000_000_000
"""Multiply-adds of a run from which compiling may pay: minutes of work for a large card."""

_TOLERANCE = 0.02
"""Relative, of scores and gradients: what two orders of adding up bf16 products differ by. A wrong
draw of dropout, or a statistic that stands still, differs by far more."""

_NEAR = 0.2
"""How far the model's bf16 may be from fp32 for that to be a measure: dropout that drew otherwise
there would be further off."""

_AS_NEAR = 1.5
"""How many times as far from fp32 another way may be as the model."""

_SEEDS = (1, 2)

_WAYS = {"graphs": "CUDA graphs", "compiled": "torch.compile"}
_STEPS = 20


@dataclass(frozen=True, slots=True)
class Passes:
    """How the training's forward is computed.

    Attributes:
        way: ``"plain"``, ``"graphs"`` or ``"compiled"``; kept with the run, so that a resume
            computes alike. Whole updates may be recorded beside it, see
            :mod:`engine.train.recording`.
        forward: what to call in the model's stead, None for the model itself.
        notes: what to say about it.
    """

    way: str = "plain"
    forward: Forward | None = None
    notes: tuple[str, ...] = ()


class Fitting:
    """A faster forward, used for those batches that it was made for; the model for all others.

    It was made for one shape, for which weights train, and for the modes that the layers were in:
    where any of that differs (a last batch, validation, a second pass with quiet statistics, a
    frozen stage) the model itself computes.
    """

    def __init__(self, model: nn.Module, faster: Forward, shape: torch.Size) -> None:
        self._model = model
        self._faster: Forward | None = faster
        self._shape = shape
        self._modes = Modes(model)

    def __call__(self, inputs: Tensor) -> Tensor:
        """The scores of a batch."""
        faster = self._faster
        if faster is not None and inputs.shape == self._shape and self._modes.same():
            return faster(inputs)
        return self._model(inputs)

    def let_go(self) -> None:
        """From now on the model computes every batch, and the memory of a recording is free."""
        self._faster = None


@dataclass(slots=True)
class _Attempt:
    """One model's ways to compute, made once each."""

    work: Work
    arithmetic: Arithmetic
    made: dict[str, Forward] = field(default_factory=dict)

    @property
    def shape(self) -> torch.Size:
        return torch.Size((self.work.batch, *self.work.shape))

    def forward(self, way: str) -> Forward:
        """The forward of a way; raises RuntimeError where it computes something else."""
        model = self.work.model
        if way == "plain":
            return model
        if way not in self.made:
            graphs = way == "graphs"
            faster = record(model, self.arithmetic, self.shape) if graphs else compiled(model)
            if not agree(model, faster, self.arithmetic, self.shape):
                raise RuntimeError("it computed something else than the network does")
            self.made[way] = faster
        return self.made[way]


def choose_passes(
    work: Work, arithmetic: Arithmetic, recipe: Computing, steps: int, known: Mapping[str, Any]
) -> Passes:
    """Decides how ``work.model`` computes in ``steps`` updates; places it on the device.

    What the recipe leaves to auto: on a processor the model as it is. On a card the fastest of
    the model, CUDA graphs of its passes, and, for a long run where a compiler is found,
    torch.compile, by a trial that is remembered as that of the arithmetic is. A way that fails, or
    whose scores or gradients differ, is left with a note. ``known`` are the facts of a resumed run,
    whose way is taken again. Weights, buffers and gradients are afterwards as they were.
    """
    card = arithmetic.device.type == "cuda"
    graphs = recipe.cuda_graphs if card else "off"
    graphs = "on" if graphs == "update" else graphs  # what is fallen back to
    wanted = [way for way, ask in (("graphs", graphs), ("compiled", recipe.compile)) if ask == "on"]
    if recipe.compile == "on" and not can_compile(arithmetic.device):
        why = "torch.compile was asked for but finds no C++ compiler here: it is not used."
        return Passes(notes=(why,))
    if "passes" in known:
        way = str(known["passes"])
        wanted = [way] if way == "compiled" or (way == "graphs" and card) else ["plain"]
    attempt = _Attempt(work, arithmetic)
    if wanted == ["plain"] or (not card and not wanted):
        return Passes()
    arithmetic.place(work.model)
    set_training(work.model)
    with untouched(work.model):
        if wanted:
            why = "as the run began" if "passes" in known else "as the recipe asks"
            return _take(attempt, wanted[-1], why)
        long = steps * work.batch * work.macs >= LONG_RUN and can_compile(arithmetic.device)
        tried = ["plain"]
        tried += ["graphs"] if graphs == "auto" else []
        tried += ["compiled"] if recipe.compile == "auto" and long else []
        return _try(attempt, tried) if tried[1:] else Passes()


def _take(attempt: _Attempt, way: str, why: str) -> Passes:
    """One way, or the model itself where that fails."""
    if way == "plain":
        return Passes()
    try:
        faster = attempt.forward(way)
    except Exception as error:  # torch's compilers raise anything; the model itself still computes
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        note = f"{_WAYS[way]} could not be used for this network, which trains without: {reason}."
        return Passes(notes=(note,))
    forward = Fitting(attempt.work.model, faster, attempt.shape)
    return Passes(way, forward, (f"Passes: {_WAYS[way]}, {why}.",))


def _try(attempt: _Attempt, tried: list[str]) -> Passes:
    """The fastest of some ways, the first one unless another is clearly faster."""
    failed: list[str] = []

    def measure() -> list[float]:
        seconds = []
        for way in tried:
            taken = _take(attempt, way, "")
            failed.extend(taken.notes if taken.way != way else ())
            seconds.append(_seconds(attempt, taken.forward) if taken.way == way else math.inf)
        return seconds

    name = torch.cuda.get_device_name(attempt.arithmetic.device)
    parts = (attempt.work.key(), attempt.work.batch, name, attempt.arithmetic.precision, *tried)
    key = " ".join(str(part) for part in parts)
    found = remembered(key, len(tried), measure)
    if found is None:
        return Passes(notes=tuple(failed))
    seconds, again = found
    best = min(range(len(tried)), key=lambda i: seconds[i] * (MARGIN if i else 1.0))
    gain = seconds[0] / seconds[best]
    how = "an earlier trial on this machine" if again else "a short trial"
    taken = _take(attempt, tried[best], f"{gain:.2f} times as fast as without in {how}")
    return Passes(taken.way, taken.forward, (*failed, *taken.notes))


def _seconds(attempt: _Attempt, forward: Forward | None) -> float:
    """Seconds of a pass forward and back, the least of three measurements."""
    run = forward or attempt.work.model
    inputs, labels = _example(attempt.arithmetic, attempt.shape, 0)
    taken = []
    for _ in range(4):
        _finish(attempt.arithmetic)
        begun = time.perf_counter()
        for _ in range(_STEPS):
            _pass(run, attempt.work.model, attempt.arithmetic, inputs, labels, 0)
        _finish(attempt.arithmetic)
        taken.append((time.perf_counter() - begun) / _STEPS)
    return max(1e-9, min(taken[1:]))


def agree(model: nn.Module, faster: Forward, arithmetic: Arithmetic, shape: torch.Size) -> bool:
    """Whether ``faster`` gives the model's scores, gradients and statistics, for two batches with
    different seeds of dropout; moves the model's buffers.

    Where it rounds elsewhere, as a compiler does that fuses layers, it may differ by more, but be
    no further from what fp32 gives than the model is.
    """
    reference, exact = copy.deepcopy(model), copy.deepcopy(model)
    pairs: list[tuple[list[Tensor], list[Tensor]]] = []
    for seed in _SEEDS:
        inputs, labels = _example(arithmetic, shape, seed)
        wanted = _pass(reference, reference, arithmetic, inputs, labels, seed)
        pairs.append((wanted, _pass(faster, model, arithmetic, inputs, labels, seed)))
    if all(_close(a, b) for pair in pairs for a, b in zip(*pair, strict=True)):
        return True
    other = replace(arithmetic, precision="fp32")
    for seed, (wanted, found) in zip(_SEEDS, pairs, strict=True):
        inputs, labels = _example(arithmetic, shape, seed)
        true = _pass(exact, exact, other, inputs, labels, seed)
        if not all(map(_as_near, wanted, found, true)):
            return False
    return True


def _pass(
    run: Forward,
    model: nn.Module,
    arithmetic: Arithmetic,
    inputs: Tensor,
    labels: Tensor,
    seed: int,
) -> list[Tensor]:
    """Scores, all gradients, and the buffers, after one pass forward and back."""
    for weight in model.parameters():
        weight.grad = None
    with arithmetic.drawing_from(seed), arithmetic.autocast():
        scores = run(inputs)
    functional.cross_entropy(scores.float(), labels).backward()
    # All gradients together: one by one, those that are rounding errors would never agree.
    gradients = [w.grad.flatten() for w in model.parameters() if w.grad is not None]
    buffers = (buffer.clone() for buffer in model.buffers())
    # Copies: a recording overwrites its scores, and a later pass moves the buffers.
    return [scores.detach().clone(), torch.cat(gradients), *buffers]


def _example(arithmetic: Arithmetic, shape: torch.Size, seed: int) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    inputs = torch.randn(shape, generator=draw).to(arithmetic.device)
    return arithmetic.lay_out(inputs), torch.zeros(len(inputs), dtype=torch.int64).to(inputs.device)


def _close(one: Tensor, other: Tensor) -> bool:
    a, b = one.double(), other.double()
    return bool((a - b).norm() <= _TOLERANCE * a.norm() + 1e-6)


def _as_near(wanted: Tensor, found: Tensor, true: Tensor) -> bool:
    """Whether ``found`` is as near to ``true`` as ``wanted`` is, and that is near."""
    wanted, found, true = wanted.double(), found.double(), true.double()
    off = (wanted - true).norm()
    near = off <= _NEAR * true.norm()
    return bool(near & ((found - true).norm() <= _AS_NEAR * off)) or _close(wanted, found)


def _finish(arithmetic: Arithmetic) -> None:
    if arithmetic.device.type == "cuda":
        torch.cuda.synchronize(arithmetic.device)


@contextlib.contextmanager
def untouched(model: nn.Module) -> Iterator[None]:
    """Puts buffers and gradients back at its end, whatever ran through the model meanwhile."""
    before = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, value in before:
                buffer.copy_(value)
        for weight in model.parameters():
            weight.grad = None
