"""Runs a run's best model over one split."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.augment.pipeline import Pipeline
from engine.augment.test_time import MOST_VARIANTS, for_evaluation, variants_seed
from engine.errors import FoveaError
from engine.evaluate.keeping import save_evaluation
from engine.evaluate.record import Basis, assess
from engine.evaluate.several import AllEvaluations, assess_several
from engine.project.document import Project
from engine.runs.checkpoints import Checkpoint, read_checkpoint
from engine.runs.folder import RunFolder
from engine.runs.listing import find_run

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from engine.compute.device import Arithmetic
    from engine.compute.score import View
    from engine.data.dataset import Dataset
    from engine.losses.base import Link

__all__ = ["evaluate"]

Progress = Callable[[int, int, str], None]
SPLITS = {"train": 0, "val": 1, "test": 2}


def evaluate(
    project_dir: Path,
    run: str,
    split: str,
    *,
    variants: int = 0,
    device: str | None = None,
    progress: Progress | None = None,
) -> AllEvaluations:
    """Scores the images of ``split`` (``val``, ``test`` or ``train``) with a run's best weights.

    With ``variants`` (up to ``MOST_VARIANTS``) the probabilities are the mean over each image as it
    is and that many changed copies of it: test-time augmentation, by those of the run's own cards
    that ``engine.augment.test_time`` lets take part. The draws are those of the run's seed, so that
    the same evaluation has the same result.

    Uses the settings, arithmetic and normalisation that the run was trained with, in inference
    mode, and keeps the result in the run's folder (``load_evaluation`` reads it back). ``run`` is
    an id, ``last`` or ``best``. Raises FoveaError FV-T001 (no such run), FV-T011 (no weights yet),
    FV-T012 (no images in the split), FV-T014 (no card makes variants), FV-H001 (not so many
    variants), or what opening data and model raises.
    """
    project_dir = Path(project_dir)
    folder = RunFolder(find_run(project_dir, run).path)
    project = Project.from_json(folder.read_project())
    pipeline = _variants_of(project, variants)
    weights = _weights(folder)
    data = _open(project, project_dir)
    rows = (data.split == SPLITS[split]).nonzero()[0]
    if not len(rows):
        raise _empty(split)
    scorer = _Scorer(project, folder, weights, data, rows, device)
    basis = Basis(
        run=folder.id,
        split=split,
        epoch=int(weights.facts["best"]["epoch"]),
        classes=tuple(data.classes),
        probabilities=scorer.probabilities(pipeline, variants, progress),
        rows=rows,
        paths=tuple(data.paths[row] for row in rows),
        weights=weights.digest,
        notes=(
            *weights.notices,
            *_said(pipeline, variants),
            *(finding.message for finding in data.findings),
        ),
        variants=variants,
    )
    if data.present is not None:
        result = assess_several(basis, data.present[rows])
    else:
        result = assess(basis, data.labels[rows], targets=project.data.targets)
    save_evaluation(folder.path, result)
    return result


def _open(project: Project, project_dir: Path) -> Dataset:
    from engine.data.dataset import open_dataset
    from engine.data.manifest import load_manifest

    manifest = load_manifest(project_dir, project.data.manifest)
    return open_dataset(project.data, manifest, project_dir)


def _variants_of(project: Project, variants: int) -> Pipeline:
    """The cards that make the variants, none for no variants."""
    if not 0 <= variants <= MOST_VARIANTS:
        raise FoveaError(
            "FV-H001",
            f"An evaluation cannot average over {variants:,} variants.",
            where="variants",
            why=f"It takes from 0 to {MOST_VARIANTS}.",
            fix="Choose 0 for none; 8 to 16 are usual.",
        )
    return for_evaluation(project.augment) if variants else Pipeline()


def _said(pipeline: Pipeline, variants: int) -> tuple[str, ...]:
    """What the reader of an averaged result must know."""
    if not variants:
        return ()
    names = ", ".join(dict.fromkeys(card.transform.title for card in pipeline.cards))
    copies = "1 variant" if variants == 1 else f"{variants} variants"
    return (f"Averaged over each image and {copies} of it, made by: {names}.",)


class _Scorer:
    """A run's model, ready to look at the images of a split."""

    def __init__(
        self,
        project: Project,
        folder: RunFolder,
        weights: Checkpoint,
        data: Dataset,
        rows: Any,
        device: str | None,
    ) -> None:
        from engine.compile.module import compile_model
        from engine.compute.device import use_threads
        from engine.compute.images import Images, Normalisation, Normaliser

        use_threads(None)
        facts = folder.read()
        self.arithmetic = _arithmetic(project, facts, device)
        model = compile_model(project.model, project.frame())
        _load(model, weights, folder)
        self.model = self.arithmetic.place(model)
        self.images = Images(data.images, data.answers, self.arithmetic.device)
        self.several = data.present is not None
        normalisation = Normalisation.from_json(facts.get("normalisation"))
        self.normaliser = Normaliser(normalisation, self.arithmetic.device)
        self.rows, self.scale = rows, data.scale
        self.seed = variants_seed(project.training.seed)
        self.link: Link = project.training.loss.link

    def probabilities(
        self, pipeline: Pipeline, variants: int, progress: Progress | None
    ) -> np.ndarray:
        """Float32 ``[n, classes]``: the mean over the images as they are and their variants."""
        total = self._look(None, self._part(progress, 0, variants))
        for number in range(variants):
            part = self._part(progress, number + 1, variants)
            total += self._look(self._view(pipeline, number), part)
        return (total / (variants + 1)).float().cpu().numpy()

    def _look(self, view: View | None, progress: Progress | None) -> Tensor:
        from engine.compute.link import probabilities
        from engine.compute.score import score

        scores = score(
            self.model,
            self.images,
            self.rows,
            scale=self.scale,
            normaliser=self.normaliser,
            arithmetic=self.arithmetic,
            view=view,
            progress=progress,
        )
        return probabilities(scores.double(), self.link, several=self.several)

    def _view(self, pipeline: Pipeline, number: int) -> View:
        from engine.augment.engine import augment

        def changed(pixels: Tensor, rows: Tensor) -> Tensor:
            return augment(pipeline, pixels, rows, seed=self.seed, epoch=number, scale=self.scale)

        return changed

    def _part(self, progress: Progress | None, number: int, variants: int) -> Progress | None:
        """Progress over all looks, of which this is one."""
        if progress is None:
            return None
        count = len(self.rows)
        return lambda done, _total, text: progress(
            number * count + done, (variants + 1) * count, text
        )


def _arithmetic(project: Project, facts: dict[str, Any], device: str | None) -> Arithmetic:
    from engine.compute.choice import choose
    from engine.compute.device import Arithmetic, choose_device

    recorded = Arithmetic.from_json(facts.get("arithmetic", {}))
    if device is None and recorded is not None:
        return recorded
    wanted = choose_device(device or "auto")
    if recorded is not None and recorded.device == wanted:
        return recorded
    return choose(wanted, project.training, 0)[0]


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
