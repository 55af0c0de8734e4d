"""The same question put to the person's own model: does it mind what the card does?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from engine.augment.engine import augment
from engine.augment.pipeline import Pipeline
from engine.compile.module import compile_model
from engine.compute.device import Arithmetic, choose_device
from engine.compute.images import Images, Normalisation, Normaliser
from engine.errors import FoveaError
from engine.graph.analysis import analyse
from engine.meter.bank import Tell, images_at_once
from engine.meter.fitting import fitting_run
from engine.meter.records import OwnModel
from engine.meter.statistics import ratio
from engine.meter.subset import Pool
from engine.project.document import Project
from engine.randomness import numpy_permutation
from engine.runs.checkpoints import read_checkpoint
from engine.runs.folder import RunFolder, runs_dir

__all__ = ["ask_own_model"]

DRAWS = 4
MOST_IMAGES = 1_000
FEWEST_IMAGES = 20
MOST_MACS = 4e11
"""About 20 s of one processor core."""


def ask_own_model(
    project: Project, project_dir: Path, card: str, pipeline: Pipeline, pool: Pool, tell: Tell
) -> OwnModel | None:
    """The affinity of a finished run's best weights, on the project's validation images.

    At the project's own size, with the settings and normalisation of the run. ``None`` where no run
    fits (:func:`fitting_run`), its weights cannot be read, or it would take more than about 20 s:
    the meter's own models answer the question then as always.
    """
    run = fitting_run(project, project_dir, card)
    if not run:
        return None
    folder = RunFolder(runs_dir(project_dir) / run)
    try:
        then, facts = Project.from_json(folder.read_project()), folder.read()
        weights = read_checkpoint(folder.checkpoints, "best")
        normalisation = Normalisation.from_json(facts.get("normalisation"))
    except FoveaError:
        return None
    macs = analyse(then.model, then.frame()).macs * (DRAWS + 1)
    held = pool.held.nonzero()[0]
    most = int(min(MOST_IMAGES, MOST_MACS // max(1, macs)))
    # Files lie class by class: the first of them would be of one class.
    rows = np.sort(held[numpy_permutation(0, 0, len(held))][:most])
    if weights is None or len(rows) < FEWEST_IMAGES:
        return None
    arithmetic = Arithmetic(choose_device(project.training.device), "fp32", channels_last=True)
    model = compile_model(then.model, then.frame())
    names = {key.removeprefix("model."): value for key, value in weights.tensors.items()}
    try:
        model.load_state_dict(names, strict=True)
    except RuntimeError:
        return None
    normaliser = Normaliser(normalisation, arithmetic.device)
    ask = _Asker(arithmetic.place(model).eval(), pool, rows, arithmetic, normaliser)
    clean = ask.hits(Pipeline(), 0, tell)
    changed = np.mean([ask.hits(pipeline, draw, tell) for draw in range(DRAWS)], axis=0)
    labels, one_model = pool.labels[rows], np.zeros(len(rows), np.int64)
    affinity = ratio(changed[None], clean[None], labels, one_model, pool.units[rows])
    return OwnModel(run, len(rows), float(clean.mean()), float(changed.mean()), affinity)


class _Asker:
    """Puts images to a model, batch by batch."""

    def __init__(
        self,
        model: torch.nn.Module,
        pool: Pool,
        rows: np.ndarray,
        arithmetic: Arithmetic,
        normaliser: Normaliser,
    ) -> None:
        self._model, self._arithmetic, self._normaliser = model, arithmetic, normaliser
        self._images = Images(pool.pixels, np.zeros(len(pool.pixels)), arithmetic.device)
        self._samples = self._images.order(pool.rows[rows])
        self._labels = self._images.order(pool.labels[rows])
        self._scale = pool.scale
        self._pixels_of_one = int(np.prod(pool.pixels.shape[1:]))

    def hits(self, pipeline: Pipeline, draw: int, tell: Tell) -> np.ndarray:
        """1 for each image that is recognised as ``pipeline`` changes it in epoch ``draw``."""
        found: list[np.ndarray] = []
        size = images_at_once(self._pixels_of_one, 64)
        parts = zip(self._samples.split(size), self._labels.split(size), strict=True)
        for samples, labels in parts:
            tell(0)
            pixels = self._images.batch(samples)
            moved = augment(pipeline, pixels, samples, seed=0, epoch=draw, scale=self._scale)
            with torch.inference_mode():
                scores = self._model(self._arithmetic.lay_out(self._normaliser(moved)))
            found.append((scores.argmax(1) == labels).double().cpu().numpy())
        return np.concatenate(found)
