"""A stopwatch for arithmetics: a few steps of a copy of the model, remembered per machine."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
import math
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from torch import nn

from engine.compile.memory import available_memory
from engine.compute.device import Arithmetic
from engine.errors import FoveaError
from engine.files import strict_json
from engine.files.atomic import write_json
from engine.files.own_places import cache_folder
from engine.randomness import GENERATOR

__all__ = ["MARGIN", "WORTH_TRYING", "Work", "fastest", "kept_at", "remembered"]

MARGIN = 1.05
"""How many times as fast as the plain arithmetic another must be. Less is within what a busy
machine makes of two equal ones."""

WORTH_TRYING = 500_000_000_000
"""Multiply-adds of a whole run below which no trial is made: about 40 seconds on one core."""

_MACS = 1_600_000_000  # of a batch in the trial: about a seventh of a second for a step
_ROUNDS = 3
_SECONDS = 4.0  # after which no further round begins
_REMEMBERED = 500
_FREE_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Work:
    """What a trial computes: training steps of ``model`` with batches of noise.

    Attributes:
        model: never changed; a copy computes.
        shape: ``(C, H, W)`` of an image.
        classes: of the scores.
        batch: images per step of the run; the trial takes fewer of a large model.
        macs: multiply-adds of one image.
    """

    model: nn.Module
    shape: tuple[int, int, int]
    classes: int
    batch: int
    macs: int

    @property
    def images(self) -> int:
        """Images per step of the trial."""
        return max(min(self.batch, 4), min(self.batch, _MACS // max(1, self.macs)))

    def key(self) -> str:
        """Names what decides the outcome: machine, versions, threads and the shapes of the work.

        Numbers that change no shape, such as the rate of a dropout, are not in it: runs that are
        compared with each other should not differ in their arithmetic.
        """
        layers = [type(module).__name__ for module in self.model.modules()]
        shapes = [list(weight.shape) for weight in self.model.parameters()]
        work = [layers, shapes, list(self.shape), self.classes, self.images, self.macs]
        machine = [_processor(), torch.backends.cpu.get_cpu_capability(), torch.get_num_threads()]
        said = json.dumps([*machine, torch.__version__, *work])
        return hashlib.sha256(said.encode()).hexdigest()[:32]


def kept_at() -> Path:
    """The file with the outcomes of this user's trials on this machine; may always be deleted."""
    return cache_folder() / "arithmetic.json"


def fastest(
    work: Work,
    tried: Sequence[Arithmetic],
    *,
    place: Path | None = None,
    measure: Callable[[Work, Sequence[Arithmetic]], list[float]] | None = None,
) -> tuple[Arithmetic, str] | None:
    """The fastest of some arithmetics for this work on a processor, and a sentence with figures.

    The first one stands for the others unless one is ``MARGIN`` times as fast. The outcome is kept
    in ``place`` (else :func:`kept_at`) and used from then on: a stopwatch never says the same
    twice, but the same seed must give the same run. Of several processes that ask at once, one
    measures and the others wait for it. ``None`` where the outcome cannot be kept or the trial
    fails: then a rule must decide. ``measure`` is for tests.
    """
    free = available_memory()
    if free is not None and _FREE_SHARE * free < len(tried) * _memory(work.model):
        return None
    key = f"{work.key()} {' '.join(_name(each) for each in tried)}"
    found = remembered(key, len(tried), lambda: (measure or _measure)(work, tried), place)
    return None if found is None else _judge(tried, *found)


def remembered(
    key: str, count: int, measure: Callable[[], list[float]], place: Path | None = None
) -> tuple[list[float], bool] | None:
    """What ``measure`` gave for ``key`` when it was asked first, and whether that was earlier.

    ``count`` times in seconds, kept in ``place`` (else :func:`kept_at`). Where one is infinite, as
    of what could not be computed, they hold for this once: what was in the way may be gone the next
    time. ``None`` where they cannot be kept, or measuring fails as torch fails.
    """
    place = place or kept_at()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{place}.lock", timeout=60):
            known = _read(place)
            if _usable(known.get(key), count):
                return known[key], True
            seconds = measure()
            if not all(map(math.isfinite, seconds)):
                return seconds, False
            kept = dict(list(known.items())[-_REMEMBERED + 1 :])
            write_json(place, kept | {key: seconds})
    except (OSError, Timeout, FoveaError, RuntimeError, MemoryError):
        return None
    return seconds, False


def _judge(
    tried: Sequence[Arithmetic], seconds: list[float], again: bool
) -> tuple[Arithmetic, str]:
    best = min(range(len(tried)), key=lambda i: seconds[i] * (MARGIN if i else 1.0))
    took = ", ".join(
        f"{_name(each)} {1000 * taken:.3g} ms" for each, taken in zip(tried, seconds, strict=True)
    )
    how = "an earlier trial on this machine" if again else "a short trial"
    return tried[best], f"the fastest in {how} (a step: {took})"


def _measure(work: Work, tried: Sequence[Arithmetic]) -> list[float]:
    """Seconds of a step with each: the least of some rounds, in which all take turns."""
    with GENERATOR, torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        steps = [_step(work, each) for each in tried]
        for step in steps:
            step()
        least, begun = [float("inf")] * len(tried), time.perf_counter()
        for number in range(_ROUNDS):
            if number and time.perf_counter() - begun > _SECONDS:
                break
            least = [min(old, _time(step)) for old, step in zip(least, steps, strict=True)]
    return least


def _step(work: Work, arithmetic: Arithmetic) -> Callable[[], None]:
    model = arithmetic.place(copy.deepcopy(work.model)).train()
    inputs = arithmetic.lay_out(torch.randn(work.images, *work.shape))
    labels = torch.arange(work.images) % work.classes

    def step() -> None:
        for weight in model.parameters():
            weight.grad = None
        with arithmetic.autocast():
            scores = model(inputs)
        nn.functional.cross_entropy(scores.float(), labels).backward()

    return step


def _time(step: Callable[[], None]) -> float:
    """Seconds of one call; of this thread's own work where no other helps, so that other programs
    count little."""
    clock = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
    begun = clock()
    step()
    return max(1e-9, clock() - begun)


def _memory(model: nn.Module) -> int:
    """Bytes of a copy's weights and gradients."""
    return 8 * sum(weight.numel() for weight in model.parameters())


def _read(place: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, FoveaError, ValueError):
        value = strict_json.loads(place.read_bytes())
        return value if isinstance(value, dict) else {}
    return {}


def _usable(seconds: Any, count: int) -> bool:
    return (
        isinstance(seconds, list)
        and len(seconds) == count
        and all(isinstance(each, float) and each > 0 for each in seconds)
    )


def _name(arithmetic: Arithmetic) -> str:
    return arithmetic.precision + (" channels last" if arithmetic.channels_last else "")


def _processor() -> str:
    """The processor's name, as far as the system says it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
