"""The course that a dry run takes, part by part."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import torch

from engine.compile.demand import demand
from engine.compile.memory import available_memory
from engine.compute.device import choose_device, machine
from engine.errors import Cancelled, FoveaError
from engine.graph.analysis import analyse
from engine.project.document import Project
from engine.recipe import Training
from engine.runs.checkpoints import KEEP, read_checkpoint, write_checkpoint
from engine.train.failures import explain
from engine.train.pieces import Pieces
from engine.train.position import Position
from engine.train.tools.dry_run import PARTS, Check, DryRun
from engine.train.tools.estimate import Estimate, Spread, run_seconds
from engine.train.tools.step_watch import PARTS as STEP_PARTS
from engine.train.tools.step_watch import Heard, StepWatch, now
from engine.train.tools.words import duration, size
from engine.train.tools.workbench import Bench, Rehearsal, open_bench, release

__all__ = ["Course"]

SECONDS = 2.0  # for measuring the speed of steps
VAL_BATCH = 256
_KEPT = "No run was made; the project is unchanged."


class Course:
    """Goes through the parts in order; what one part measures the estimate at the end uses."""

    def __init__(
        self,
        project: Project,
        folder: Path,
        device: str | None,
        progress: Callable[[int, int, str], None] | None,
        on_check: Callable[[Check], None] | None,
    ) -> None:
        self._project, self._folder, self._wanted = project, folder, device
        self._progress, self._on_check = progress, on_check
        self._checks: list[Check] = []
        self._part = "prepare"
        self._bench: Bench[Rehearsal] | None = None
        self._free: int | None = None
        self._times: list[float] = []
        self._validation = 0.0  # seconds an image
        self._saved = 0  # bytes of a checkpoint
        self._saving = 0.0

    def run(self) -> DryRun:
        """All parts, to the end or to the first that fails."""
        begun = time.monotonic()
        error: FoveaError | None = None
        estimate: Estimate | None = None
        try:
            self._go()
            estimate = self._estimate()
        except Cancelled:
            raise
        except Exception as failure:  # whatever a training can fail with is what is looked for
            trainer = self._bench.trainer if self._bench is not None else None
            error = explain(failure, trainer, _KEPT)
            self._add(Check(self._part, "failed", text=error.why or error.what))
        for name in list(PARTS)[len(self._checks) :]:
            self._add(Check(name, "not reached"))
        notes = self._bench.prepared.notes if self._bench is not None else ()
        where = self._bench.prepared.device if self._bench is not None else ""
        return DryRun(tuple(self._checks), estimate, error, notes, time.monotonic() - begun, where)

    def _go(self) -> None:
        bench = self._prepare()
        self._step(bench)
        with self._timed("steps", bench.device) as say:
            bench.to_last_epoch()
            before = bench.trainer.position.step
            self._times = bench.step_times(SECONDS)
            each = Spread.of(self._times).middle
            count = bench.trainer.position.step - before
            say.append(f"{count:,} at {duration(each)} each")
        self._validate(bench)
        self._save(bench)

    def _prepare(self) -> Bench[Rehearsal]:
        device = torch.device("cpu")
        with self._timed("prepare", device) as say:
            device = choose_device(self._wanted or self._project.training.device)
            self._free = _begin_memory(device)
            bench = open_bench(
                self._project,
                self._folder,
                device=self._wanted,
                make=_heard,
                val_most=VAL_BATCH,
                progress=self._progress,
            )
            self._bench = bench
            count = len(bench.prepared.pieces.train_rows)
            say.append(f"{count:,} training images, {bench.prepared.parameters:,} parameters")
        return bench

    def _step(self, bench: Bench[Rehearsal]) -> None:
        """The first update, watched; its time includes what happens only once."""
        trainer = bench.trainer
        self._tell("batch")
        with StepWatch(trainer) as watch:
            try:
                loss = bench.step()
            except BaseException:
                for name in STEP_PARTS[: STEP_PARTS.index(watch.part)]:
                    self._add(Check(name, "ok", watch.seconds[name]))
                self._part = watch.part
                raise
        recipe = trainer.pieces.recipe
        most = min(recipe.batch_size, len(trainer.pieces.train_rows))
        texts = {
            "batch": f"{most:,} images",
            "forward": f"in {trainer.pieces.arithmetic.precision}",
            "loss": f"{loss:.4g}",
            "optimizer": type(recipe.optimizer).title,
        }
        for name in STEP_PARTS:
            self._add(Check(name, "ok", watch.seconds[name], texts.get(name, "")))

    def _validate(self, bench: Bench[Rehearsal]) -> None:
        trainer = bench.trainer
        count = len(trainer.pieces.val_rows)
        self._tell("validation")
        with StepWatch(trainer, validating=True) as watch:
            begun = now(bench.device)
            outcome = trainer.validate()
            whole = now(bench.device) - begun
        metrics = max(0.0, whole - watch.seconds["batch"] - watch.seconds["forward"])
        self._validation = (whole if whole > SECONDS else _again(bench)) / max(1, count)
        named = (("loss", outcome.loss), ("accuracy", outcome.accuracy), ("AUC", outcome.auc))
        found = [f"{name} {value:.3g}" for name, value in named if value is not None]
        text = f"{count:,} images" if count else "there are no validation images"
        self._add(Check("validation", "ok", whole - metrics, text))
        self._add(Check("metrics", "ok", metrics, ", ".join(found)))

    def _save(self, bench: Bench[Rehearsal]) -> None:
        with _temporary(self._folder) as place:
            tensors = bench.trainer.tensors()
            facts = {"position": bench.trainer.position.to_json()}
            with self._timed("write", bench.device) as say:
                write_checkpoint(place, "last", tensors, facts)
                self._saved = sum(path.stat().st_size for path in place.iterdir())
                say.append(size(self._saved))
            self._saving = self._checks[-1].seconds
            with self._timed("read", bench.device) as say:
                found = read_checkpoint(place, "last")
                if found is None or not _equal(found.tensors, tensors) or found.facts != facts:
                    raise _unequal(place)
                bench.trainer.restore(found.tensors)
                say.append("equal to what was written")

    def _estimate(self) -> Estimate:
        assert self._bench is not None
        bench, pieces = self._bench, self._bench.prepared.pieces
        recipe, steps = pieces.recipe, bench.trainer.total_steps
        step = Spread.of(self._times)
        area = _mean_area(recipe, self._project.data.size)
        validation = self._validation * len(pieces.val_rows)
        weights = sum(tensor.nbytes for tensor in bench.trainer.weights().values())
        states = 2 if recipe.self_repair else 1  # in a checkpoint, see Trainer.saved_tensors
        measured = bench.device.type == "cuda"
        return Estimate(
            seconds=run_seconds(step, steps * area, recipe.epochs, validation, self._saving),
            step_seconds=step.middle,
            images_per_second=len(pieces.train_rows) / pieces.steps_per_epoch / step.middle,
            steps=steps,
            memory=_peak(bench.device) if measured else _counted(self._project, bench.device),
            memory_measured=measured,
            memory_free=self._free,
            disc=KEEP * (states * self._saved + weights),
            disc_free=shutil.disk_usage(self._folder).free,
            ends_early=recipe.early_stopping is not None,
            device=bench.prepared.device,
        )

    @contextlib.contextmanager
    def _timed(self, name: str, device: torch.device) -> Iterator[list[str]]:
        """Times a part; what is appended to the list it gives becomes its text."""
        self._tell(name)
        words: list[str] = []
        begun = now(device)
        yield words
        self._add(Check(name, "ok", now(device) - begun, " ".join(words)))

    def _tell(self, name: str) -> None:
        self._part = name
        if self._progress is not None:
            self._progress(len(self._checks), len(PARTS), PARTS[name])

    def _add(self, check: Check) -> None:
        self._checks.append(check)
        if self._on_check is not None:
            self._on_check(check)


@contextlib.contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    """A folder on the project's own disc, where its checkpoints would lie; gone afterwards."""
    cache = folder / "cache"
    before = cache.is_dir()
    try:
        cache.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="dry-run-", dir=cache) as place:
            yield Path(place)
    except OSError as error:
        raise FoveaError(
            "FV-O001",
            "A checkpoint cannot be written into the project's folder.",
            where=str(folder),
            why=f"{error.strerror or error}.",
            kept=_KEPT,
            fix="Check that the project's folder is there and can be written to.",
        ) from error
    finally:
        if not before:
            with contextlib.suppress(OSError):
                cache.rmdir()


def _heard(pieces: Pieces, position: Position) -> Rehearsal:
    """A trainer whose forward can be listened to, whatever computes it."""
    forward = Heard(pieces.forward or pieces.arithmetic.place(pieces.model))
    return Rehearsal(replace(pieces, forward=forward), position)


def _mean_area(recipe: Training, side: int) -> float:
    """The mean area of the images of a run, 1 where they do not grow; time goes with it."""
    epochs = range(recipe.epochs)
    return sum((recipe.side_at(side, e, recipe.epochs) / side) ** 2 for e in epochs) / len(epochs)


def _again(bench: Bench[Rehearsal]) -> float:
    """Seconds of a validation that has nothing to load or choose any more."""
    begun = now(bench.device)
    bench.trainer.validate()
    return now(bench.device) - begun


def _equal(found: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor]) -> bool:
    return found.keys() == wanted.keys() and all(
        torch.equal(found[name], value.detach().cpu()) for name, value in wanted.items()
    )


def _unequal(place: Path) -> FoveaError:
    return FoveaError(
        "FV-T030",
        "A checkpoint does not hold what was written.",
        where=str(place),
        why="The tensors that were read back differ from those in memory.",
        kept=_KEPT,
        fix="Check the disc of the project's folder, or move the project to another one.",
    )


def _begin_memory(device: torch.device) -> int | None:
    """Bytes that a run could have now; starts the count of the peak on a card."""
    if device.type != "cuda":
        return available_memory()
    release(device)
    torch.cuda.reset_peak_memory_stats(device)
    return torch.cuda.mem_get_info(device)[0] + torch.cuda.memory_reserved(device)


def _peak(device: torch.device) -> int:
    """What torch took from the card at most, the room between its blocks included."""
    return torch.cuda.max_memory_reserved(device)


def _counted(project: Project, device: torch.device) -> int:
    """What the model and its batch take, by the rule of :mod:`engine.compile.demand`."""
    frame = project.frame()
    analysis = analyse(project.model, frame)
    return demand(project.model, frame, analysis, project.training, machine(device)).total
