"""The batch size finder: which size fits, and which is fast."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from engine.project.document import Project
from engine.train.tools.batch_sizes import BatchSizes, Trial, choose_size, with_size

__all__ = ["find_batch_size", "fits", "suggest_batch_size"]

Progress = Callable[[int, int, str], None]

SMALLEST, LARGEST = 2, 65_536
FIRST = 8  # smaller ones are only tried where this does not fit
SECONDS = 0.5  # for measuring a size
LONGEST_STEP = 10.0  # seconds on a processor: nobody wants larger ones
_NO_GAIN, _GIVE_UP = 1.03, 2
_FINE = 8  # on a card the largest batch is found to an eighth


def find_batch_size(
    project: Project,
    folder: Path,
    *,
    device: str | None = None,
    progress: Progress | None = None,
    on_trial: Callable[[Trial], None] | None = None,
) -> BatchSizes:
    """Trains some steps with batches of 8, 16, 32, … images and says which size to choose.

    On a card sizes double until the memory is not enough, and the limit is then closed in on; on a
    processor the memory estimate is the limit (a system that runs out of memory ends programs
    rather than refuse), and sizes end where they no longer gain speed. Each is tried with a real
    training of its own, in one part, whatever ``training.accumulation`` says; nothing is written.

    ``progress`` may raise Cancelled; ``on_trial`` is told each size. Raises FoveaError for a
    project that cannot be trained, and what a step fails with other than memory.
    """
    from engine.train.tools.batch_probe import Probe

    begun = time.monotonic()
    probe = Probe(project, Path(folder), device, progress)
    trials: dict[int, Trial] = {}

    def attempt(size: int) -> Trial:
        probe.tell(len(trials), f"Batch size {size:,}")
        trials[size] = probe.attempt(size, SECONDS)
        if on_trial is not None:
            on_trial(trials[size])
        return trials[size]

    limit = min(LARGEST, probe.images, LARGEST if probe.limit is None else probe.limit)
    _climb(attempt, limit, card=probe.card)
    if project.training.batch_size not in trials and project.training.batch_size <= limit:
        attempt(project.training.batch_size)
    if probe.card:
        _close_in(attempt, trials)
    fitting = [size for size, trial in trials.items() if trial.fits]
    refused = any(not trial.fits for trial in trials.values())
    measured = probe.card or refused or probe.limit is None
    largest = max(fitting, default=None) if measured else max(limit, max(fitting, default=0))
    found = choose_size(
        list(trials.values()),
        images=probe.images,
        epochs=project.training.epochs,
        current=project.training.batch_size,
        largest=largest,
        largest_measured=measured,
    )
    return replace(found, seconds=time.monotonic() - begun, device=probe.name)


def fits(
    project: Project,
    folder: Path,
    *,
    device: str | None = None,
    progress: Progress | None = None,
) -> bool:
    """Whether the memory is enough for a step of ``project`` as it stands, tried with a real one.

    On a processor the memory estimate is asked first. Raises as :func:`find_batch_size`.
    """
    from engine.train.tools.batch_probe import Probe

    return Probe(project, Path(folder), device, progress).fits()


def suggest_batch_size(
    project: Project,
    folder: Path,
    *,
    device: str | None = None,
    progress: Progress | None = None,
) -> int | None:
    """The largest half, quarter, … of the project's batch size that the memory is enough for.

    For the offer after a run that ran out of memory: each is tried with a real step. ``None`` when
    not even two images fit. Raises as :func:`find_batch_size`.
    """
    size = project.training.batch_size // 2
    while size >= SMALLEST:
        if fits(with_size(project, size), folder, device=device, progress=progress):
            return size
        size //= 2
    return None


def _climb(attempt: Callable[[int], Trial], limit: int, *, card: bool) -> None:
    """Doubles the size up to ``limit``, to what does not fit, or (processor) to what is no gain."""
    best, without = 0.0, 0
    for size in _doubling(min(FIRST, limit), limit):
        trial = attempt(size)
        if not trial.fits:
            if size == FIRST:
                _descend(attempt)
            return
        without = 0 if trial.images_per_second > _NO_GAIN * best else without + 1
        best = max(best, trial.images_per_second)
        if not card and (without >= _GIVE_UP or trial.step_seconds > LONGEST_STEP):
            return


def _descend(attempt: Callable[[int], Trial]) -> None:
    size = FIRST // 2
    while size >= SMALLEST and not attempt(size).fits:
        size //= 2


def _close_in(attempt: Callable[[int], Trial], trials: dict[int, Trial]) -> None:
    """Halves the gap between the largest size that fits and the smallest that does not."""
    while True:
        low = max((size for size, trial in trials.items() if trial.fits), default=0)
        high = min((size for size, trial in trials.items() if not trial.fits), default=0)
        middle = (low + high) // 2
        if not low or not high or (high - low) * _FINE <= low or middle in (low, high):
            return
        attempt(middle)


def _doubling(first: int, limit: int) -> Iterator[int]:
    size = max(SMALLEST, first)
    while size <= limit:
        yield size
        size *= 2
