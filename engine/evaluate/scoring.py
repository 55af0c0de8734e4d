"""Runs a run's best model over one split."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import FoveaError
from engine.evaluate.record import Evaluation, assess, save_evaluation
from engine.project.document import Project
from engine.runs.checkpoints import Checkpoint, read_checkpoint
from engine.runs.folder import RunFolder
from engine.runs.listing import find_run

if TYPE_CHECKING:
    from engine.compute.device import Arithmetic
    from engine.data.dataset import Dataset

__all__ = ["evaluate"]

Progress = Callable[[int, int, str], None]
SPLITS = {"train": 0, "val": 1, "test": 2}


def evaluate(
    project_dir: Path,
    run: str,
    split: str,
    *,
    device: str | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Scores the images of ``split`` (``val``, ``test`` or ``train``) with a run's best weights.

    Uses the settings, arithmetic and normalisation that the run was trained with, in inference
    mode, and keeps the result in the run's folder (``load_evaluation`` reads it back). ``run`` is
    an id, ``last`` or ``best``. Raises FoveaError FV-T001 (no such run), FV-T011 (no weights yet),
    FV-T012 (no images in the split), or what opening data and model raises.
    """
    project_dir = Path(project_dir)
    folder = RunFolder(find_run(project_dir, run).path)
    project = Project.from_json(folder.read_project())
    weights = _weights(folder)
    data = _open(project, project_dir)
    rows = (data.split == SPLITS[split]).nonzero()[0]
    if not len(rows):
        raise _empty(split)
    probabilities = _probabilities(project, folder, weights, data, rows, device, progress)
    result = assess(
        probabilities,
        data.labels[rows],
        classes=tuple(data.classes),
        rows=rows,
        paths=tuple(data.paths[row] for row in rows),
        run=folder.id,
        split=split,
        epoch=int(weights.facts["best"]["epoch"]),
        weights=weights.digest,
        notes=(*weights.notices, *(finding.message for finding in data.findings)),
    )
    save_evaluation(folder.path, result)
    return result


def _open(project: Project, project_dir: Path) -> Dataset:
    from engine.data.dataset import open_dataset
    from engine.data.manifest import load_manifest

    manifest = load_manifest(project_dir, project.data.manifest)
    return open_dataset(project.data, manifest, project_dir)


def _probabilities(
    project: Project,
    folder: RunFolder,
    weights: Checkpoint,
    data: Dataset,
    rows: Any,
    device: str | None,
    progress: Progress | None,
) -> Any:
    from engine.compile.module import compile_model
    from engine.compute.device import use_threads
    from engine.compute.images import Images, Normalisation, Normaliser
    from engine.compute.score import score

    use_threads(None)
    facts = folder.read()
    arithmetic = _arithmetic(project, facts, device)
    model = compile_model(project.model, project.frame())
    _load(model, weights, folder)
    scores = score(
        arithmetic.place(model),
        Images(data.images, data.labels, arithmetic.device),
        rows,
        scale=data.scale,
        normaliser=Normaliser(
            Normalisation.from_json(facts.get("normalisation")), arithmetic.device
        ),
        arithmetic=arithmetic,
        progress=progress,
    )
    return scores.double().softmax(1).float().cpu().numpy()


def _arithmetic(project: Project, facts: dict[str, Any], device: str | None) -> Arithmetic:
    from engine.compute.device import Arithmetic, choose, choose_device

    recorded = Arithmetic.from_json(facts.get("arithmetic", {}))
    if device is None and recorded is not None:
        return recorded
    wanted = choose_device(device or "auto")
    if recorded is not None and recorded.device == wanted:
        return recorded
    return choose(wanted, project.training.precision, 0)[0]


def _weights(folder: RunFolder) -> Checkpoint:
    found = read_checkpoint(folder.checkpoints, "best")
    if found is None:
        lost = bool(folder.read().get("best"))
        raise FoveaError(
            "FV-T011",
            f"The run “{folder.id}” has no weights to evaluate{'' if lost else ' yet'}.",
            where=str(folder.checkpoints),
            why="Its files are gone." if lost else "It has not finished its first epoch.",
            fix="Bring them back, or train again."
            if lost
            else "Let it train for at least one epoch.",
        )
    return found


def _load(model: Any, weights: Checkpoint, folder: RunFolder) -> None:
    names = {key.removeprefix("model."): value for key, value in weights.tensors.items()}
    try:
        model.load_state_dict(names, strict=True)
    except RuntimeError as error:
        raise FoveaError(
            "FV-T010",
            "The weights do not fit the model of this run.",
            where=str(folder.checkpoints),
            why=str(error).splitlines()[-1].strip()[:300],
            kept="The weights are unchanged.",
            fix="Choose another run, or train again.",
        ) from error


def _empty(split: str) -> FoveaError:
    return FoveaError(
        "FV-T012",
        f"There are no {split} images to evaluate.",
        where="data",
        why="The project's split leaves this part empty.",
        fix="Evaluate another part, or keep a share of the images for it on the Data page.",
    )
