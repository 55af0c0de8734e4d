"""A test training of ten seconds: does it work on the card, and how fast is it there and here."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.computer.drawn import drawn_project
from engine.computer.looking import look
from engine.computer.reasons import Reason, reason_of_error
from engine.errors import Cancelled, FoveaError
from engine.project.document import Project
from engine.runs.events import RunFailed, RunStarted, StepDone

__all__ = ["Speed", "Trial", "try_training"]

SECONDS = 10.0
_LEAST = 2.0
_PARTS = {"train": 64, "val": 4}
_SIDE = 64
_EPOCHS = 1000  # more than anything trains in the time

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a device trained.

    Attributes:
        device: in words.
        images_per_second: median over the second half of the time, when the device was warm.
    """

    device: str
    images_per_second: float


@dataclass(frozen=True, slots=True)
class Trial:
    """What a test training found.

    Attributes:
        speeds: one for each device that trained, the card first.
        trouble: why a card that there is could not train; ``None`` where all did.
    """

    speeds: tuple[Speed, ...]
    trouble: Reason | None = None


def try_training(progress: Progress | None = None, seconds: float = SECONDS) -> Trial:
    """Trains the default model on drawn cells, on each device for its share of ``seconds``.

    The training is the one that every run uses: images of 64x64 pixels, the recommended
    augmentation, the automatic choice of arithmetic. ``progress`` is told the tenths of seconds
    done, and may raise Cancelled, which is passed on at the next step. A card that fails is no
    error but :attr:`Trial.trouble`. Raises FoveaError when the processor cannot train either.
    """
    import torch

    from engine.compute.device import choose_device

    tell = progress or (lambda *_: None)
    card = choose_device("auto")
    names = ["cpu"] if card.type == "cpu" else [str(card), "cpu"]
    share = max(_LEAST, seconds / len(names))
    speeds: list[Speed] = []
    trouble = None
    tell(0, round(10 * share * len(names)), "Drawing images")
    with tempfile.TemporaryDirectory(prefix="fovea-test-", ignore_cleanup_errors=True) as place:
        project = drawn_project(Path(place) / "test", _PARTS, _SIDE)
        project = project.with_(training=project.training.with_(epochs=_EPOCHS))
        for number, name in enumerate(names):

            def advance(done: float, device: str, before: float = number * share) -> None:
                tell(round(10 * (before + done)), round(10 * share * len(names)), device)

            try:
                speeds.append(_train(project, Path(place) / "test", name, share, advance))
            except (FoveaError, torch.AcceleratorError, RuntimeError) as error:
                if name == "cpu":
                    raise
                trouble = reason_of_error(error, look().graphics)
    return Trial(tuple(speeds), trouble)


def _train(
    project: Project, folder: Path, name: str, seconds: float, advance: Callable[[float, str], None]
) -> Speed:
    from engine.train.control import Control
    from engine.train.loop import train

    control, began, device = Control(), 0.0, name
    rates: list[tuple[float, float]] = []
    events = train(project, folder, device=name, control=control)
    try:
        for event in events:
            now = time.monotonic()
            if isinstance(event, RunStarted):
                began, device = now, event.device
            elif isinstance(event, StepDone):
                rates.append((now - began, event.images_per_second))
            elif isinstance(event, RunFailed):
                raise event.error()
            if began and not control.stopping:
                advance(min(now - began, seconds), device)
                if now - began >= seconds:
                    control.stop()
    except Cancelled:
        control.stop()
        raise
    finally:
        events.close()
    warm = [rate for when, rate in rates if when > seconds / 2] or [rate for _, rate in rates]
    return Speed(device, statistics.median(warm) if warm else 0.0)
