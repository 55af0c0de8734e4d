"""A run from the project on disc to its last event."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import Cancelled, FoveaError
from engine.project.document import Project
from engine.runs.events import Event, Notice, RunFailed, RunFinished, RunStarted
from engine.runs.folder import RunFolder
from engine.runs.listing import find_run
from engine.runs.queue import RunQueue
from engine.train.changed import changed_since
from engine.train.control import Control
from engine.train.ranks.alone import ALONE, Ranks
from engine.train.ranks.lost import LOST_CODE

if TYPE_CHECKING:
    from engine.train.keeper import Keeper
    from engine.train.trainer import Trainer

__all__ = ["train"]

Progress = Callable[[int, int, str], None]


def train(
    project: Project | None,
    project_dir: Path,
    *,
    run_id: str | None = None,
    resume: str | None = None,
    device: str | None = None,
    control: Control | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    belongs: Mapping[str, Any] | None = None,
    queued: str = "",
    home: Path | None = None,
    ranks: Ranks = ALONE,
) -> Generator[Event, None, None]:
    """Trains a project's model and yields what happens; see :mod:`engine.runs.events`.

    Args:
        project: what to train; may be ``None`` with ``resume``, which uses the run's own settings.
        project_dir: the project's folder; the run goes to ``runs/ID`` in it.
        run_id: a name for the new run instead of ``DATE-NUMBER``.
        resume: the id (or ``last``, ``best``) of a run to go on with from its last checkpoint.
        device: overrides the recipe's device.
        control: switches for pause and stop.
        threads: processor threads to compute with; ``None``: see ``engine.compute.device``.
        progress: told how far the decoding of the images is, which the first run of a data set
            waits for before its first event; may raise Cancelled, as a stop does.
        belongs: facts for ``run.json`` about what a new run is a part of.
        queued: the entry of the project's queue that this run is; it leaves the queue when the run
            has its folder, and is given back when it never gets one.
        home: the folder whose ``runs`` the run is in, where that is not the project's: a study's.
        ranks: the processes that train together, of which this one is the first; see
            :mod:`engine.train.ranks`.

    What is wrong before the run has a folder (a project that is not ready, data that is gone, an
    unknown run) is raised as FoveaError at the first ``next()``. After ``RunStarted`` nothing is
    raised: the last event is RunFinished or RunFailed, and the folder says the same. A generator
    that is closed early leaves the run ``interrupted``; one that is stopped while its images are
    still being decoded ends without any event. All events are also in ``events.jsonl``.
    """
    from engine.compute.device import use_threads
    from engine.compute.heap import kept_heap

    use_threads(threads)
    about = {**(belongs or {}), **({"queued": queued} if queued else {})}
    place, home = Path(project_dir), Path(home or project_dir)
    asked = _Asked(place, home, run_id, resume, device, progress, about, queued, ranks)
    with kept_heap():
        yield from _trained(project, asked, control or Control())


@dataclass(frozen=True, slots=True)
class _Asked:
    """What :func:`train` was asked for."""

    folder: Path
    home: Path
    run_id: str | None
    resume: str | None
    device: str | None
    progress: Progress | None
    about: Mapping[str, Any]
    queued: str
    ranks: Ranks


def _trained(
    project: Project | None, asked: _Asked, control: Control
) -> Generator[Event, None, None]:
    """See :func:`train`; when it ends nothing holds the model any more."""
    from engine.train.failures import explain

    def tell(done: int, total: int, text: str) -> None:
        control.check()
        if asked.progress is not None:
            asked.progress(done, total, text)

    try:
        with _entry_of(asked.folder, asked.queued):
            if asked.resume is None:
                run = _open(project, asked, tell)
            else:
                run = _reopen(project, asked, asked.resume, tell)
    except Cancelled:
        return
    except (RuntimeError, MemoryError) as error:
        raise explain(error, None, "Nothing was changed.") from error
    if run.finished is not None:
        yield run.finished
        return
    status = "interrupted"
    try:
        for event in _events(run, control, asked.ranks):
            if isinstance(event, (RunFinished, RunFailed)):
                status = event.status
            trouble = run.folder.append(event)
            if status != "interrupted":
                trouble = _close(run, status) or trouble
            if trouble:
                yield Notice(f"The run's folder cannot be written to: {trouble}.", "warning")
            yield event
    finally:
        if status == "interrupted":
            with contextlib.suppress(FoveaError):  # a dead process reads as interrupted anyway
                run.folder.end(status)


@contextlib.contextmanager
def _entry_of(folder: Path, queued: str) -> Iterator[None]:
    """Takes the entry out of the queue when its run has begun, and else gives it back."""
    if not queued:
        yield
        return
    queue = RunQueue(folder)
    try:
        yield
    except BaseException as error:
        wrong = isinstance(error, Exception) and not isinstance(error, Cancelled)
        with contextlib.suppress(FoveaError):
            queue.give_back(queued, str(getattr(error, "what", error)) if wrong else "")
        raise
    with contextlib.suppress(FoveaError):  # the run's own facts name the entry as well
        queue.begun(queued)


@dataclass(slots=True)
class _Run:
    """A run that is about to start, or (``finished``) one that has nothing left to do."""

    folder: RunFolder
    start: tuple[Event, ...] = ()
    trainer: Trainer | None = None
    finished: RunFinished | None = None


def _open(project: Project | None, asked: _Asked, tell: Progress) -> _Run:
    if project is None:
        raise ValueError("train() needs a project or a run to resume")
    from engine.train.position import Position
    from engine.train.prepare import check_project, prepare, settled
    from engine.train.trainer import Trainer

    check_project(project)
    prepared = prepare(
        project,
        asked.folder,
        device=asked.device,
        known={},
        progress=tell,
        ranks=asked.ranks,
    )
    trainer = Trainer(prepared.pieces, Position())
    prepared = settled(prepared, trainer, {})
    folder = RunFolder.create(asked.home, asked.run_id)
    try:
        folder.write_project(project.to_json())
        folder.begin({**prepared.facts, **asked.about})
    except BaseException:
        folder.discard()
        raise
    return _Run(folder, (_started(folder, prepared, trainer),), trainer)


def _reopen(project: Project | None, asked: _Asked, resume: str, tell: Progress) -> _Run:
    from engine.runs.checkpoints import read_checkpoint
    from engine.train.guards.repair import remedied
    from engine.train.position import Position
    from engine.train.prepare import prepare, settled
    from engine.train.trainer import Trainer

    folder = RunFolder(find_run(asked.home, resume).path)
    facts, settings = folder.read(), folder.read_project()
    if folder.status() in ("done", "early"):
        return _Run(folder, finished=_finished(folder.id, str(facts["status"]), facts))
    own = Project.from_json(settings)
    checkpoint = read_checkpoint(folder.checkpoints, "last")
    prepared = prepare(
        own,
        asked.folder,
        device=asked.device,
        known=facts,
        restored=checkpoint is not None,
        progress=tell,
        ranks=asked.ranks,
    )
    position = Position.from_json(checkpoint.facts["position"]) if checkpoint else Position()
    trainer = Trainer(remedied(prepared.pieces, len(position.repairs)), position)
    notices = [Notice(text, "warning") for text in checkpoint.notices] if checkpoint else []
    if checkpoint is not None:
        _restore(trainer, checkpoint.tensors, folder)
    else:
        notices.append(Notice("No checkpoint was written yet; the run starts from the beginning."))
    prepared = settled(prepared, trainer, facts)
    if project is not None:
        notices += changed_since(own.to_json(), project.to_json())
    folder.begin(prepared.facts, since=facts)
    return _Run(folder, (_started(folder, prepared, trainer), *notices), trainer)


def _restore(trainer: Trainer, tensors: Any, folder: RunFolder) -> None:
    try:
        trainer.restore(tensors)
    except (RuntimeError, KeyError, IndexError, ValueError) as error:
        raise FoveaError(
            "FV-T010",
            "The checkpoint does not fit the model of this run.",
            where=str(folder.checkpoints),
            why=str(error).splitlines()[0][:300],
            kept="The checkpoint is unchanged.",
            fix="Start a new run.",
        ) from error


def _started(folder: RunFolder, prepared: Any, trainer: Trainer) -> RunStarted:
    pieces = prepared.pieces
    return RunStarted(
        run=folder.id,
        epochs=pieces.recipe.epochs,
        steps_per_epoch=pieces.steps_per_epoch,
        batch_size=pieces.recipe.batch_size,
        step=trainer.position.step,
        train_images=len(pieces.train_rows),
        val_images=len(pieces.val_rows),
        classes=prepared.classes,
        parameters=prepared.parameters,
        device=prepared.device,
        precision=pieces.arithmetic.precision,
        notes=prepared.notes,
        epochs_done=trainer.position.epoch,
    )


def _events(run: _Run, control: Control, ranks: Ranks) -> Generator[Event, None, None]:
    """The start, the loop, and the end, whatever it is."""
    from engine.train.keeper import Keeper

    assert run.trainer is not None
    yield from run.start
    keeper = Keeper(run.folder, control)
    try:
        status = yield from _fit(run, keeper, control)
    except Exception as error:
        yield from _failed(run, keeper, ranks.reason(error))
    else:
        yield _finished(run.folder.id, status, _outcome(run))


def _failed(run: _Run, keeper: Keeper, error: Exception) -> Iterator[Event]:
    """What is saved and told at last.

    Apart from where it was caught: a name for the error there would hold the frames that the error
    holds, and with them the model, until Python collects its garbage.
    """
    from engine.train.failures import explain
    from engine.train.memory_advice import advise

    assert run.trainer is not None
    try:
        yield from keeper.save_best()
    except Exception as second:  # a card that is lost does not give them back
        why = second.why if isinstance(second, FoveaError) else type(second).__name__
        yield Notice(f"The best weights could not be saved: {why}", "warning")
    kept = f"The best and the last checkpoint are in {run.folder.checkpoints}."
    failure = explain(error, run.trainer, kept, run.folder.checkpoints)
    if failure.code == "FV-T004":
        advise(failure, run.trainer, error)
    status = "interrupted" if failure.code == LOST_CODE else "failed"
    yield RunFailed(run=run.folder.id, **failure.fields(), status=status)


def _fit(run: _Run, keeper: Keeper, control: Control) -> Generator[Event, None, str]:
    """Trains to the end, with what the run may do to save itself on the way; gives the status."""
    from engine.train.fit import fit
    from engine.train.guards.losses import Diverged
    from engine.train.guards.repair import mend
    from engine.train.meter import NotFinite

    assert run.trainer is not None
    while True:
        try:
            return (yield from fit(run.trainer, keeper, control))
        except (NotFinite, Diverged) as error:
            best = run.trainer.position.best
            run.trainer, notice = mend(run.trainer, error)
        position = run.trainer.position
        if position.best and position.best != best:  # without validation every epoch is the best
            keeper.hold_best(run.trainer)
        started = next(event for event in run.start if isinstance(event, RunStarted))
        yield replace(started, step=position.step, epochs_done=position.epoch, notes=())
        yield notice
        yield from keeper.save(run.trainer)


def _close(run: _Run, status: str) -> str:
    try:
        run.folder.end(status, **_outcome(run))
    except FoveaError as error:  # the result stands in memory and on the screen all the same
        return error.why
    return ""


def _outcome(run: _Run) -> dict[str, Any]:
    assert run.trainer is not None
    position = run.trainer.position
    return {
        "epochs_done": position.epoch,
        "seconds": position.seconds,
        "best": position.best,
    } | ({"repairs": position.repairs} if position.repairs else {})


def _finished(run: str, status: str, facts: Any) -> RunFinished:
    best = dict(facts.get("best") or {})
    return RunFinished(
        run=run,
        status=status,
        best_epoch=int(best.pop("epoch", 0)),
        epochs_done=int(facts.get("epochs_done", 0)),
        seconds=float(facts.get("seconds", 0.0)),
        metrics=best,
    )
