"""The guards of a run, as its loop calls them."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from engine.runs.events import EpochDone, Event, Notice
from engine.runs.glimpses import NormsRead
from engine.train.guards.base import Epoch, Facts, Finding, Guard, Look, Times
from engine.train.guards.learning import (
    BelowMajority,
    ConstantAnswer,
    NoLearning,
    Overfitting,
    Plateau,
)
from engine.train.guards.looking import judged, look, plan_of, probe_rows
from engine.train.guards.losses import Diverged, judge_losses
from engine.train.guards.rates import HighEnd, IdleRate
from engine.train.guards.repair import can_repair, keep_good
from engine.train.guards.signals import DeadUnits, Gradients, Saturation
from engine.train.guards.speed import LongValidation, SlowSaving, Starvation, tiny_batches
from engine.train.keeper import Keeper
from engine.train.trainer import Trainer

__all__ = ["JUDGES", "Guards"]

JUDGES: tuple[Guard, ...] = (
    NoLearning(),
    ConstantAnswer(),
    BelowMajority(),
    Overfitting(),
    Plateau(),
    Gradients(),
    DeadUnits(),
    Saturation(),
    IdleRate(),
    HighEnd(),
    Starvation(),
    LongValidation(),
    SlowSaving(),
)
"""All that is judged at the ends of epochs, causes before what may follow from them."""

EVERY = 200
"""Steps between two looks at least: one costs about a step, so all of them half a hundredth."""

_MOST_EPOCHS = 400
_MOST_LOOKS = 60
_MOST_SAID = 6
_MOST_TIMES = 2
_QUIET = 5


class Guards:
    """Watches one run. Order: :meth:`begin`, :meth:`take` after every report of losses,
    :meth:`take_norms` after an epoch's last update where a look is :attr:`due`, :meth:`end_epoch`
    after every validation; all but the norms yield what there is to say.

    What is remembered lies in ``trainer.position.guards`` as plain values, so a resumed run goes on
    as the uninterrupted one. Nothing changes a weight, a statistic or a draw. At most six things
    are said in a run; one of a kind is said again, once, when it was gone for five looks.
    """

    def __init__(self, trainer: Trainer) -> None:
        recipe = trainer.pieces.recipe
        self._trainer = trainer
        self._on = recipe.guards
        self._repairing = recipe.self_repair
        self._plan = plan_of(trainer) if self._on or self._repairing else None
        self._rows = probe_rows(trainer.pieces)
        self._times = Times()
        self._steps_before = (trainer.seconds_feeding, trainer.seconds_updating)

    @property
    def due(self) -> bool:
        """Whether there is a look at the end of the epoch in hand, to ask in its last step."""
        position = self._trainer.position
        last = position.epoch + 1 >= self._trainer.pieces.recipe.epochs
        end = (position.epoch + 1) * self._trainer.pieces.steps_per_epoch
        return self._on and (last or end - self._memory.get("looked", 0) >= EVERY)

    def begin(self) -> Iterator[Event]:
        """Before the first step of a run or of a resumed one."""
        if self._repairing:
            keep_good(self._trainer, steady=True, anew=False)
        if self._on and self._plan is not None and (finding := tiny_batches(self._plan)):
            yield from self._say("tiny_batches", finding)

    def take(self, losses: Sequence[float]) -> Iterator[Event]:
        """After a report: the losses of its steps, in order.

        Raises :class:`Diverged` where the run is to repair itself.
        """
        if self._plan is None:
            return
        position = self._trainer.position
        memory = self._memory.setdefault("losses", {})
        found = judge_losses(
            memory, losses, self._plan, step=position.step, epoch=position.epoch + 1
        )
        for kind, finding in found.items():
            yield from self._say(kind, finding)
        if "divergence" in found and can_repair(self._trainer):
            raise Diverged(position.step, losses[-1])

    def take_norms(self, norms: NormsRead) -> None:
        """The norms of an epoch's last update; they outlive a stop before its validation ends."""
        self._memory["norms"] = judged(norms)

    def end_epoch(self, done: EpochDone) -> Iterator[Event]:
        """After an epoch, whose numbers are ``done``."""
        due = self._on and self._due_after(done)
        if self._on:
            self._remember(done)
        if due:
            yield from self._judge(done)
        self._memory.pop("norms", None)
        if self._repairing:
            recipe = self._trainer.pieces.recipe
            steady = not self._memory.get("losses", {}).get("bad")
            best = done.best and done.val_accuracy is not None and recipe.keep != "last"
            keep_good(self._trainer, steady=steady or best, anew=True)

    @contextmanager
    def timing(self, what: Literal["blocked", "validate"]) -> Iterator[None]:
        """Counts the seconds within to ``what`` of :class:`Times`."""
        begun = time.perf_counter()
        yield
        passed = time.perf_counter() - begun
        setattr(self._times, what, getattr(self._times, what) + passed)

    def saving(self, keeper: Keeper) -> Iterator[Event]:
        """The events of a save, whose own time is taken; waiting for room is not part of it."""
        events, waited, spent = keeper.save(self._trainer), keeper.waited, 0.0
        while True:
            begun = time.perf_counter()
            event = next(events, None)
            spent += time.perf_counter() - begun
            if event is None:
                break
            yield event
        self._times.save = max(self._times.save, spent - (keeper.waited - waited))

    @property
    def _memory(self) -> dict[str, Any]:
        return self._trainer.position.guards

    def _due_after(self, done: EpochDone) -> bool:
        last = done.epoch >= self._trainer.pieces.recipe.epochs
        return last or done.step - self._memory.get("looked", 0) >= EVERY

    def _remember(self, done: EpochDone) -> None:
        epochs = self._memory.setdefault("epochs", [])
        numbers = (done.train_loss, done.train_accuracy, done.val_loss, done.val_accuracy)
        epochs.append([done.epoch, *numbers])
        del epochs[:-_MOST_EPOCHS]

    def _judge(self, done: EpochDone) -> Iterator[Event]:
        assert self._plan is not None
        memory, trainer = self._memory, self._trainer
        memory["looked"] = done.step
        looks = memory.setdefault("looks", [])
        looks.append(look(trainer, self._rows, memory.get("norms")).to_json())
        del looks[:-_MOST_LOOKS]
        feed, update = self._steps_before
        self._times.feed = trainer.seconds_feeding - feed
        self._times.update = trainer.seconds_updating - update
        facts = Facts(
            plan=self._plan,
            epochs=[Epoch(*numbers) for numbers in memory["epochs"]],
            looks=[Look(**copy.deepcopy(one)) for one in looks],
            times=self._times,
            lr=done.lr,
        )
        for guard in JUDGES:
            finding = guard.judge(facts)
            if finding is not None and not self._covered(guard.kind):
                yield from self._say(guard.kind, finding)
            elif finding is None and guard.kind in self._said:
                self._said[guard.kind][1] += 1

    @property
    def _said(self) -> dict[str, list[int]]:
        """By kind: how often it was said, and for how many looks it has been gone."""
        return self._memory.setdefault("said", {})

    def _covered(self, kind: str) -> bool:
        return any(kind in guard.covers for guard in JUDGES if guard.kind in self._said)

    def _say(self, kind: str, finding: Finding) -> Iterator[Event]:
        said = self._said
        times, gone = said.get(kind, (0, _QUIET))
        total = sum(count for count, _ in said.values())
        if kind in said:
            said[kind][1] = 0
        if self._on and times < _MOST_TIMES and gone >= _QUIET and total < _MOST_SAID:
            said[kind] = [times + 1, 0]
            yield Notice(finding.text, finding.severity, finding.where)
