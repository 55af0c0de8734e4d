"""The inner loop, from top to bottom."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator

from engine.errors import Cancelled
from engine.runs.events import Event, StepDone
from engine.train.control import Control
from engine.train.guards.guards import Guards
from engine.train.keeper import Keeper
from engine.train.probe import NormProbe, read_maps
from engine.train.trainer import Trainer
from engine.train.validation import Validation
from engine.train.watch import Watch

__all__ = ["fit"]

REPORT_SECONDS = 0.25


def fit(trainer: Trainer, keeper: Keeper, control: Control) -> Generator[Event, None, str]:
    """Trains from the trainer's position to the end and yields what happens.

    Returns (as the generator's value) the status: ``"done"``, ``"early"`` or ``"stopped"``. The
    state is saved at the end in every case. Raises :class:`engine.train.meter.NotFinite`, what
    torch raises, FoveaError FV-O001 when it is stopped while the disc refuses checkpoints, and
    :class:`engine.train.guards.losses.Diverged` where the recipe lets the run repair itself.
    """
    recipe, position = trainer.pieces.recipe, trainer.position
    clock, guards = _Clock(position.seconds, keeper), Guards(trainer)
    status = "done"
    yield from keeper.check_room(trainer)
    trainer.set_training()
    yield from guards.begin()
    while position.epoch < recipe.epochs:
        if recipe.early_stopping is not None and position.waited >= recipe.early_stopping:
            status = "early"
            break
        finished = yield from _epoch(trainer, keeper, control, clock, guards)
        (stopping,) = trainer.pieces.ranks.agree(control.stopping_after_epoch)
        if not finished or (stopping and position.epoch < recipe.epochs):
            status = "stopped"
            break
    yield from keeper.save(trainer, final=True)
    return status


def _epoch(
    trainer: Trainer, keeper: Keeper, control: Control, clock: _Clock, guards: Guards
) -> Generator[Event, None, bool]:
    """The rest of one epoch and its validation; returns False when stopped in the middle."""
    position, ranks = trainer.position, trainer.pieces.ranks
    end = (position.epoch + 1) * trainer.pieces.steps_per_epoch
    while position.step < end:
        stopping, paused = ranks.agree(control.stopping, control.paused)
        if stopping:
            yield from _report(trainer, clock, guards)
            return False
        if paused:
            yield from _report(trainer, clock, guards)
            yield from guards.saving(keeper)
            clock.leave_out((yield from _hold(trainer, control)))
            continue
        yield from _step(trainer, control.watch, guards, last=position.step + 1 == end)
        late, due = clock.since_report() >= REPORT_SECONDS, keeper.due(after_epoch=False)
        report, save = ranks.agree(late, due)
        if report or save:
            yield from _report(trainer, clock, guards)
        if save:
            yield from guards.saving(keeper)
    yield from _report(trainer, clock, guards)
    try:
        with guards.timing("validate"):
            found = trainer.validate(control.check)
    except Cancelled:
        return False
    if not trainer.finite():  # cannot be saved, so it cannot be the best
        found = Validation(math.nan, math.nan)
    position.seconds = clock.seconds()
    recipe = trainer.pieces.recipe
    done = position.finish_epoch(
        found.loss,
        found.accuracy,
        auc=found.auc,
        error=found.error,
        keep=recipe.keep,
        monitor=recipe.monitor,
        lr=trainer.lr,
    )
    clock.restart_report()
    if done.best:
        keeper.hold_best(trainer)
    yield done
    yield from guards.end_epoch(done)
    if keeper.due(after_epoch=True) and position.epoch < recipe.epochs:
        yield from guards.saving(keeper)
    return True


def _step(trainer: Trainer, watch: Watch, guards: Guards, *, last: bool) -> Iterator[Event]:
    """One update, and what is asked of it."""
    shown, looking = watch.norms_due(last=last), last and guards.due
    if not shown and not looking:
        trainer.step()
    else:
        probe = NormProbe(trainer.model, trainer.pieces.places)
        trainer.step(probe)
        norms = probe.read(trainer.position.step, trainer.position.epoch + 1)
        if looking:
            guards.take_norms(norms)
        if shown:
            yield norms
    yield from _look(trainer, watch)


def _look(trainer: Trainer, watch: Watch) -> Iterator[Event]:
    ask = watch.maps_due()
    if ask is not None:
        yield read_maps(trainer, ask)


def _hold(trainer: Trainer, control: Control) -> Generator[Event, None, float]:
    """Waits while paused, and shows what is asked for; returns the seconds that it took."""
    begun = time.monotonic()
    while control.paused:
        if control.watch.waiting:
            yield from _look(trainer, control.watch)
        control.wait_while_paused()
    return time.monotonic() - begun


def _report(trainer: Trainer, clock: _Clock, guards: Guards) -> Iterator[Event]:
    """Reads the meter, adds to the epoch's sums in order, and yields the mean since the last."""
    position = trainer.position
    with guards.timing("blocked"):
        window = trainer.meter.read(position.step)
    position.seconds = clock.seconds()
    elapsed = max(1e-9, clock.restart_report())
    if not window.sizes:
        return
    norm = trainer.gradient_norm()
    total = 0.0
    for loss, hits, size in zip(window.losses, window.hits, window.sizes, strict=True):
        position.loss_sum += loss * size  # one by one: equal sums however the windows fall
        position.correct += hits
        total += loss * size
    images = sum(window.sizes)
    position.seen += images
    yield StepDone(
        step=position.step,
        epoch=position.epoch + 1,
        loss=total / images,
        accuracy=sum(window.hits) / images,
        lr=trainer.lr,
        images_per_second=images / elapsed,
        seconds=position.seconds,
        gradient_norm=norm,
    )
    yield from guards.take(window.losses)


class _Clock:
    """Active seconds of a run: pauses, earlier sessions and waiting for the disc accounted."""

    def __init__(self, before: float, keeper: Keeper) -> None:
        self._keeper = keeper
        self._zero = self._now() - before
        self._report = self._now()

    def _now(self) -> float:
        """By the monotonic clock, which no change of the time of day moves."""
        return time.monotonic() - self._keeper.waited

    def seconds(self) -> float:
        return self._now() - self._zero

    def since_report(self) -> float:
        return self._now() - self._report

    def restart_report(self) -> float:
        now = self._now()
        elapsed, self._report = now - self._report, now
        return elapsed

    def leave_out(self, seconds: float) -> None:
        self._zero += seconds
        self._report = self._now()
