"""From a project on disc to the pieces that the loop needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from engine.augment.mixing import batches_in_epoch
from engine.blocks.dropping import as_trained
from engine.compile.module import compile_model
from engine.compute.choice import choose
from engine.compute.device import Arithmetic, choose_device, describe, fingerprint
from engine.compute.images import Images, Normalisation, measure
from engine.compute.trial import WORTH_TRYING, Work, fastest
from engine.data.dataset import Dataset, open_dataset
from engine.data.manifest import load_manifest
from engine.errors import FoveaError
from engine.files.hashing import sha256_bytes
from engine.graph.analysis import analyse
from engine.project.document import Project
from engine.recipe import Training
from engine.train.beginning import beginning
from engine.train.passes import Passes, choose_passes
from engine.train.pieces import Pieces
from engine.train.places import node_places
from engine.train.ranks.alone import ALONE, Ranks
from engine.train.recording.batches import record_batches
from engine.train.recording.choice import choose_update
from engine.train.remarks import remarks
from engine.train.trainer import Trainer

__all__ = ["Prepared", "check_project", "prepare", "settled"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """The pieces, with what the run's folder and its first event say about them."""

    pieces: Pieces
    facts: Mapping[str, Any]
    notes: tuple[str, ...]
    classes: tuple[str, ...]
    device: str
    parameters: int


def check_project(project: Project) -> None:
    """Raises FoveaError FV-T007, listing what is wrong, when the project cannot be trained."""
    wrong = project.errors()
    if not wrong:
        return
    first = wrong[0]
    others = f" ({len(wrong) - 1} more problems: fovea check lists them)" if wrong[1:] else ""
    raise FoveaError(
        "FV-T007",
        "The project is not ready to be trained.",
        where=first.where,
        why=first.message + others,
        kept="Nothing was changed.",
        fix=first.fix,
    )


def prepare(
    project: Project,
    project_dir: Path,
    *,
    device: str | None,
    known: Mapping[str, Any],
    restored: bool = False,
    progress: Callable[[int, int, str], None] | None = None,
    ranks: Ranks = ALONE,
) -> Prepared:
    """Opens the data, builds the model and chooses the arithmetic.

    ``known`` is what ``run.json`` of a resumed run says (else empty): its arithmetic and its
    normalisation are used again, so that the run goes on as it began, and its images must be the
    same (FV-T013). ``restored`` says that all weights will come from a checkpoint, so that starting
    weights are not looked for. ``progress`` may raise Cancelled while images are decoded. ``ranks``
    are the processes that train together. Raises FoveaError.
    """
    recipe = project.training
    ranks.check(recipe.batch_size)
    place = ranks.place(device or recipe.device)
    manifest = load_manifest(project_dir, project.data.manifest)
    data = open_dataset(project.data, manifest, project_dir, progress=progress)
    train_rows, val_rows = (data.split == 0).nonzero()[0], (data.split == 1).nonzero()[0]
    if len(train_rows) < 2:
        raise _too_few(len(train_rows))
    seen = _fingerprint_of(train_rows, val_rows)
    if known.get("images", seen) != seen:
        raise _other_images(data)
    frame, notes = project.frame(), _adjustments(recipe.batch_size, len(train_rows), len(val_rows))
    analysis = analyse(project.model, frame)
    graph = as_trained(project.model, recipe)
    model = compile_model(graph, frame, seed=recipe.seed)
    shape = (frame.channels, frame.height, frame.width)
    work = Work(model, shape, frame.classes, recipe.batch_size, analysis.macs)
    arithmetic, why = _arithmetic(recipe, work, len(train_rows), place, known)
    weights = beginning(project, project_dir, model, restored=restored)
    steps = recipe.epochs * batches_in_epoch(len(train_rows), recipe.batch_size)
    alone, whole = ranks.world == 1, recipe.batch_size <= len(train_rows)
    whole = alone and recipe.accumulation == 1 and whole
    passes = choose_passes(work, arithmetic, recipe, steps, known) if whole else Passes()
    normalisation = _normalisation(data, train_rows, known)
    pieces = Pieces(
        model=model,
        images=Images(data.images, data.answers, arithmetic.device),
        train_rows=train_rows,
        val_rows=val_rows,
        scale=data.scale,
        normalisation=normalisation,
        pipeline=project.augment,
        recipe=recipe,
        arithmetic=arithmetic,
        places=node_places(graph, analysis.nodes),
        names=data.paths,
        forward=passes.forward if alone else ranks.forward(model, arithmetic.device),
        ranks=ranks,
    )
    facts = _facts(pieces, seen, passes.way)
    changed = _machine_changes(known.get("fingerprint"), facts["fingerprint"])
    changed += _other_processes(known, ranks.world)
    found = [finding.message for finding in data.findings]
    return Prepared(
        pieces=pieces,
        facts=facts,
        notes=(
            *weights,
            *notes,
            *remarks(recipe, graph, frame),
            *found,
            why,
            *passes.notes,
            *ranks.notes(model),
            pieces.images.where,
            *changed,
        ),
        classes=tuple(data.classes),
        device=describe(arithmetic.device),
        parameters=sum(weight.numel() for weight in model.parameters()),
    )


def settled(prepared: Prepared, trainer: Trainer, known: Mapping[str, Any]) -> Prepared:
    """What was prepared for ``trainer``, after deciding what of its work a card repeats by itself.

    To be called when it has its weights; ``known`` as in :func:`prepare`.
    """
    batches = record_batches(trainer)
    choice = choose_update(trainer, str(prepared.facts["passes"]), known)
    facts = {**prepared.facts, "passes": choice.way}
    return replace(prepared, facts=facts, notes=(*prepared.notes, *batches, *choice.notes))


def _facts(pieces: Pieces, images: str, way: str) -> dict[str, Any]:
    """What a resume needs to go on as the run began."""
    return {
        "arithmetic": pieces.arithmetic.to_json(),
        "passes": way,
        "normalisation": pieces.normalisation.to_json(),
        "fingerprint": fingerprint(pieces.arithmetic.device),
        "epochs": pieces.recipe.epochs,
        "images": images,
        "processes": pieces.ranks.world,
    }


def _fingerprint_of(train_rows: np.ndarray, val_rows: np.ndarray) -> str:
    """Which images train and which validate; a run can only go on with the same ones."""
    return sha256_bytes(b"".join(rows.astype("<i8").tobytes() for rows in (train_rows, val_rows)))


def _arithmetic(
    recipe: Training, work: Work, images: int, device: str, known: Mapping[str, Any]
) -> tuple[Arithmetic, str]:
    recorded = Arithmetic.from_json(known["arithmetic"]) if "arithmetic" in known else None
    wanted = choose_device(device)
    if recorded is not None and recorded.device == wanted:
        return recorded, f"Arithmetic: {recorded.precision}, as the run began."
    worth = recipe.epochs * images * work.macs >= WORTH_TRYING
    trial = partial(fastest, work) if worth else None
    return choose(wanted, recipe, work.macs * recipe.batch_size, trial)


def _normalisation(data: Dataset, train_rows: Any, known: Mapping[str, Any]) -> Normalisation:
    if "normalisation" in known:
        return Normalisation.from_json(known["normalisation"])
    return measure(data.images, train_rows, data.scale)


def _adjustments(batch: int, train: int, val: int) -> tuple[str, ...]:
    notes: list[str] = []
    if batch > train:
        notes.append(
            f"The batch size of {batch} is more than the {train} training images; all of them "
            "make one batch."
        )
    elif train % batch == 1:
        notes.append("The last batch of each epoch would hold one image and is left out.")
    if not val:
        notes.append("There are no validation images: the last epoch counts as the best.")
    return tuple(notes)


def _machine_changes(before: Any, now: Mapping[str, Any]) -> tuple[str, ...]:
    if not isinstance(before, Mapping):
        return ()
    changed = [f"{k} was {before.get(k)}, is {v}" for k, v in now.items() if before.get(k) != v]
    if not changed:
        return ()
    return (
        f"Resumed on a different machine set-up ({'; '.join(changed)}): the last digits may "
        "differ from an uninterrupted run.",
    )


def _other_processes(known: Mapping[str, Any], now: int) -> tuple[str, ...]:
    """A run of before there could be several processes does not say that it had one."""
    before = known.get("processes", 1) if known else now
    if before == now or not isinstance(before, int):
        return ()
    count = "1 process" if now == 1 else f"{now} processes"
    return (
        f"Resumed by {count} where there {'was' if before == 1 else 'were'} {before}: dropout and "
        "batch norm see other shares of a batch, so the run differs from an uninterrupted one.",
    )


def _other_images(data: Dataset) -> FoveaError:
    lost = " ".join(finding.message for finding in data.findings)
    return FoveaError(
        "FV-T013",
        "The run cannot go on: its images are not those that it began with.",
        where="data",
        why=lost or "Images that were missing when the run began are there again.",
        kept="The run and its checkpoints are unchanged.",
        fix="Bring the images back as they were, or start a new run.",
    )


def _too_few(count: int) -> FoveaError:
    return FoveaError(
        "FV-T008",
        "There are too few training images.",
        where="data",
        why=f"The training split holds {count or 'no'} image{'' if count == 1 else 's'}.",
        fix="Add images, or lower the parts for validation and test.",
    )
