"""Which images the meter looks at: never test images, all classes, in two halves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.data.dataset import open_dataset
from engine.data.manifest import Manifest, load_manifest
from engine.data.spec import DataSpec
from engine.data.split import TRAIN, VAL, split, unit_numbers
from engine.errors import FoveaError
from engine.project.document import Project
from engine.randomness import numpy_permutation

__all__ = ["MOST_IMAGES", "Pool", "open_pool"]

MOST_IMAGES = 2_000
"""More would sharpen the intervals (0.02 at this number) less than they would cost."""
FEWEST_OF_CLASS = 60


@dataclass(frozen=True, eq=False)
class Pool:
    """Labelled images in two halves; each half is judged by models trained on the other.

    So every image is judged by models that have not seen it, and none is lost to validation.

    Attributes:
        pixels: ``[N, C, H, W]`` uint8 or uint16, all images of the data set (a memory map).
        rows: int64 ``[n]``, which of them are in the pool; they are also the samples' numbers.
        labels, folds: int64 ``[n]`` each; a fold is 0 or 1.
        held: bool ``[n]``, the project's own validation images: no run of it has trained on them.
        classes: names by label.
        scale: what brings pixel values to 0..1.
        units: int64 ``[n]``, equal for images of one group and copies of an image.
    """

    pixels: np.ndarray
    rows: np.ndarray
    labels: np.ndarray
    folds: np.ndarray
    held: np.ndarray
    classes: tuple[str, ...]
    scale: float
    units: np.ndarray


def open_pool(
    project: Project,
    project_dir: Path,
    *,
    seed: int,
    progress: Callable[[int, int, str], None] | None = None,
) -> Pool:
    """About 2,000 training and validation images of the project, or all where there are fewer.

    Every class has its share, and a rare one keeps 60 images where it has them, which may make it a
    few more. Copies of an image and the images of a group
    stay in one half, as in the project's own split. Raises FoveaError as opening the data does, and
    FV-U003 where images can have several classes.
    """
    if project.data.targets == "multi":
        raise _several()
    manifest = load_manifest(project_dir, project.data.manifest)
    data = open_dataset(project.data, manifest, project_dir, progress=progress)
    usable = np.isin(data.split, (TRAIN, VAL)).nonzero()[0]
    rows = _stratified(data.labels, usable, len(data.classes), seed)
    folds = _halves(manifest, project.data, rows)
    return Pool(
        pixels=data.images,
        rows=rows,
        labels=data.labels[rows],
        folds=folds,
        held=data.split[rows] == VAL,
        classes=tuple(data.classes),
        scale=data.scale,
        units=unit_numbers(manifest, project.data)[rows],
    )


def _several() -> FoveaError:
    return FoveaError(
        "FV-U003",
        "The meter cannot measure where images can have several classes.",
        where="data.targets",
        why="Its small networks tell one class of each image.",
        kept="Nothing was changed.",
        fix="Compare two short trainings with and without the card.",
    )


def _stratified(labels: np.ndarray, usable: np.ndarray, classes: int, seed: int) -> np.ndarray:
    shuffled = usable[numpy_permutation(seed, 0, len(usable))]
    if len(usable) <= MOST_IMAGES:
        return np.sort(usable)
    floor = min(FEWEST_OF_CLASS, MOST_IMAGES // max(1, classes))
    share = MOST_IMAGES / len(usable)
    parts: list[np.ndarray] = []
    for label in range(classes):
        own = shuffled[labels[shuffled] == label]
        parts.append(own[: max(floor, round(share * len(own)))])
    return np.sort(np.concatenate(parts))


def _halves(manifest: Manifest, spec: DataSpec, rows: np.ndarray) -> np.ndarray:
    """A fold for each row, class by class, by the rules of the project's own split."""
    items = tuple(replace(manifest.items[row], split="") for row in rows.tolist())
    halved = spec.with_(validation=0.5, test=0.0)
    return split(replace(manifest, items=items), halved).astype(np.int64)
