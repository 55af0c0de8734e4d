"""``train``: a run, watched from a shell."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.dry_run import run_dry
from engine.cli.norms import judged, norms_table
from engine.cli.opening import folder_argument, open_project
from engine.cli.output import Output, json_option, pass_output
from engine.cli.queue_adding import add_to_queue
from engine.cli.sets import set_lines
from engine.errors import FoveaError
from engine.numbers import percent
from engine.project.address import put_text
from engine.project.document import Project
from engine.project.store import locate
from engine.runs.events import (
    EpochDone,
    Event,
    Notice,
    RunFailed,
    RunFinished,
    RunStarted,
    StepDone,
)
from engine.runs.glimpses import NormsRead
from engine.runs.sets import SetFinished, is_set
from engine.train.ranks.launch import Launch, launched

if TYPE_CHECKING:
    from engine.train.control import Control

__all__ = ["RunTeller", "show_run", "stopping_on_signals", "train"]


@click.command(
    short_help="Train a project.",
    epilog="Example: python -m engine train cells --set training.epochs=20 --set "
    "augment.flip.on=false --seed 1; on two cards: torchrun --nproc-per-node 2 -m engine train "
    "cells",
)
@folder_argument
@click.option(
    "--set",
    "settings",
    metavar="ADDRESS=VALUE",
    multiple=True,
    help="Change a setting for this run, such as training.optimizer.lr=0.001; may be repeated.",
)
@click.option("--seed", metavar="N", type=int, help="Start of all randomness; sets training.seed.")
@click.option("--device", metavar="auto|cpu|cuda:N", help="Where to compute.")
@click.option("--resume", metavar="RUN", help="Go on with a run (its id, last or best) or a set.")
@click.option(
    "--folds",
    metavar="K",
    type=click.IntRange(2, 20),
    help="Cross-validation: K runs, each validating on another K-th of training and validation.",
)
@click.option(
    "--seeds",
    metavar="N",
    type=click.IntRange(2, 100),
    help="N runs with different seeds on the same split.",
)
@click.option(
    "--watch",
    "watched",
    type=click.Choice(["norms"]),
    help="Show the norms of weights, gradients and updates per node after each epoch; with --json "
    "as norms_read events. Changes nothing in the run.",
)
@click.option(
    "--isolated",
    is_flag=True,
    help="Train in a process of its own: what kills it leaves this one, and the run to be resumed.",
)
@click.option(
    "--queue",
    "queueing",
    is_flag=True,
    help="Add the run to the project's queue instead of starting it; see python -m engine queue.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Send one batch through everything, in seconds: decode, augment, train, validate, save; "
    "then estimate the time and memory of the run. Makes no run.",
)
@json_option
@pass_output
@click.pass_context
def train(
    context: click.Context,
    out: Output,
    folder: Path,
    settings: tuple[str, ...],
    seed: int | None,
    device: str | None,
    resume: str | None,
    folds: int | None,
    seeds: int | None,
    watched: str | None,
    isolated: bool,
    queueing: bool,
    dry_run: bool,
) -> None:
    """Train the project DIR; the saved project is not changed.

    With --folds or --seeds a set of runs is trained, one after another, and mean, standard
    deviation and 95 % interval of the best epochs' metrics are printed at last.

    Ctrl-C stops after the step in hand with a checkpoint, so that --resume last can go on; a second
    Ctrl-C ends at once. A stopped run has status "stopped" and exit code 0.

    Started by torchrun, several processes of this machine share every batch, on a card each or on
    the processor; --resume goes on with any number of them. The exit code is then torchrun's.
    """
    if resume and (settings or seed is not None):
        raise click.UsageError("--resume keeps the run's own settings: leave out --set and --seed.")
    if sum(choice is not None for choice in (resume, folds, seeds)) > 1:
        raise click.UsageError("Give one of --resume, --folds and --seeds.")
    if queueing and resume:
        raise click.UsageError("--queue adds a new run: leave out --resume.")
    several = bool(folds or seeds or (resume and is_set(resume)))
    if several and (isolated or queueing):
        raise click.UsageError("--isolated and --queue are for single runs: leave them out.")
    if dry_run and (resume or several or queueing):
        raise click.UsageError(
            "--dry-run tries a single new run: leave out --resume, --folds, --seeds and --queue."
        )
    launch = launched()
    one_process = isolated or queueing or dry_run
    if launch is not None and launch.rank:
        if not _follow(launch, folder, device, one_process=one_process):
            context.exit(1)
        return
    if launch is not None:
        launch.check(one_process=one_process)
    project, folder = open_project(folder, out)
    project = _changed(project, settings, seed)
    if dry_run:
        if not run_dry(project, folder, device, out):
            context.exit(1)
        return
    if queueing:
        add_to_queue(project, folder, device, out)
        return

    from engine.train.awake import awake
    from engine.train.control import Control
    from engine.train.drive import drive
    from engine.train.loop import train as run
    from engine.train.ranks.lead import joined, lead
    from engine.train.several import train_several

    control = Control()
    control.watch.norms = watched == "norms"
    told: dict[str, Any] = {"resume": resume, "device": device}
    told |= {"control": control, "progress": out.progress}
    with joined(launch) as ranks:
        if several:
            members = train_several(project, folder, folds=folds, seeds=seeds, ranks=ranks, **told)
            events = lead(ranks, members)
        elif launch is not None:
            events = lead(ranks, awake(run(project, folder, ranks=ranks, **told), control))
        else:
            events = drive(project, folder, apart=isolated, **told)
        failed = show_run(events, control, out)
    if failed:
        context.exit(1)


def _follow(launch: Launch, folder: Path, device: str | None, *, one_process: bool) -> bool:
    """Trains along with the first process, which tells everything; whether all went well."""
    from engine.train.control import Control
    from engine.train.ranks.follow import follow
    from engine.train.ranks.group import open_group

    try:
        launch.check(one_process=one_process)
    except FoveaError:
        return False
    control = Control()
    with open_group(launch) as ranks, stopping_on_signals(control):
        return follow(ranks, locate(folder).absolute(), device, control)


def _changed(project: Project, settings: Iterable[str], seed: int | None) -> Project:
    pairs = [setting.partition("=") for setting in settings]
    if seed is not None:
        pairs.append(("training.seed", "=", str(seed)))
    for address, sign, text in pairs:
        if not sign:
            raise click.BadParameter(f"“{address}” is not ADDRESS=VALUE.", param_hint="--set")
        project = put_text(project, address.strip(), text)
    return project


def show_run(events: Iterable[Event], control: Control, out: Output) -> bool:
    """Shows a run; says whether it failed. The event that tells its end is always the last line."""
    told = False
    end: Event | None = None
    teller = RunTeller(out)
    with stopping_on_signals(control):
        for event in events:
            if end is not None:  # a set goes on with its next run
                _tell_end(end, out, teller)
                end = None
            if isinstance(event, (RunFinished, RunFailed, SetFinished)):
                end = event
                continue
            out.result(judged(event) if isinstance(event, NormsRead) else event.to_json())
            teller.tell(event)
            if control.stopping and not told:
                told = True
                out.say("Stopping. Press Ctrl-C again to end at once.")
    if end is None:
        out.say("Stopped before the run began: nothing was written.")
        out.result(RunFinished("", "stopped", 0, 0, 0.0).to_json())
    else:
        _tell_end(end, out, teller)
    ill = isinstance(end, SetFinished) and end.status in ("failed", "interrupted")
    return ill or isinstance(end, RunFailed)


def _tell_end(end: Event, out: Output, teller: RunTeller) -> None:
    out.result(end.to_json())
    teller.tell(end)


@contextlib.contextmanager
def stopping_on_signals(control: Control) -> Iterator[None]:
    """The first Ctrl-C, SIGTERM or SIGHUP asks the run to stop, the second one ends the program."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
    known = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in known}

    def stop(number: int, _: object) -> None:
        control.stop()
        usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        signal.signal(number, usual)

    for number in known:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class RunTeller:
    """Turns the events of a run into lines for people; ``brief`` leaves its frame out."""

    def __init__(self, out: Output, *, brief: bool = False) -> None:
        self._out = out
        self._brief = brief
        self._epochs = 0
        self._steps = 0
        self._norms: NormsRead | None = None

    def tell(self, event: Event) -> None:
        """Shows one event, or nothing when it is of no interest in a shell."""
        if isinstance(event, RunStarted):
            self._started(event)
        elif isinstance(event, StepDone):
            self._step(event)
        elif isinstance(event, NormsRead):
            self._norms = event
        elif isinstance(event, EpochDone):
            self._epoch(event)
        elif isinstance(event, Notice):
            self._out.say(f"{event.severity}: {event.text}")
            for line in event.details:
                self._out.say(f"  {line}")
        elif isinstance(event, RunFailed):
            self._out.say(str(event.error()))
        elif isinstance(event, RunFinished):
            self._finished(event)
        else:
            for line in set_lines(event):
                self._out.say(line)

    def _started(self, event: RunStarted) -> None:
        self._epochs, self._steps = event.epochs, event.epochs * event.steps_per_epoch
        if self._brief:
            return
        self._out.say(
            f"Run {event.run}: {event.epochs} epochs of {event.steps_per_epoch:,} steps, "
            f"{event.train_images:,} training and {event.val_images:,} validation images, "
            f"{event.parameters:,} parameters, on {event.device} ({event.precision})."
        )
        for note in event.notes:
            self._out.say(f"note: {note}")

    def _step(self, event: StepDone) -> None:
        left = max(0, self._steps - event.step)
        pace = event.seconds / event.step if event.step else 0.0
        self._out.status(
            f"epoch {event.epoch}/{self._epochs}  loss {event.loss:.4f}  accuracy "
            f"{percent(event.accuracy)}  {event.images_per_second:,.0f} images/s  "
            f"{_duration(left * pace)} left"
        )

    def _epoch(self, event: EpochDone) -> None:
        line = (
            f"epoch {event.epoch}/{self._epochs}  training: loss {event.train_loss:.4f}, accuracy "
            f"{percent(event.train_accuracy)}"
        )
        if event.val_loss is not None and event.val_accuracy is not None:
            accuracy = percent(event.val_accuracy)
            line += f"  validation: loss {event.val_loss:.4f}, accuracy {accuracy}"
        self._out.say(line + ("  (kept)" if event.best else ""))
        if self._norms is not None:
            for row in norms_table(self._norms):
                self._out.say(row)
        self._norms = None

    def _finished(self, event: RunFinished) -> None:
        if self._brief:
            return
        words = {"done": "Done", "early": "Stopped early, no further gain", "stopped": "Stopped"}
        line = f"{words.get(event.status, event.status)} after {_duration(event.seconds)}."
        if "val_accuracy" in event.metrics:
            accuracy = percent(event.metrics["val_accuracy"])
            line += f" Best epoch {event.best_epoch}: validation accuracy {accuracy}."
        self._out.say(f"{line} Run {event.run}.")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
