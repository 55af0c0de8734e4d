"""What a training is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from engine.augment.mixing import batches_in_epoch
from engine.augment.pipeline import Pipeline
from engine.augment.sampling import quotas
from engine.compute.device import Arithmetic
from engine.compute.images import Images, Normalisation
from engine.recipe import Training
from engine.train.places import Place
from engine.train.ranks.alone import ALONE, Ranks

__all__ = ["Pieces"]


@dataclass(frozen=True, slots=True)
class Pieces:
    """What a training needs, ready to use; nothing here knows files or projects.

    Attributes:
        model: the network, images ``[B, C, H, W]`` to class scores ``[B, classes]``.
        images: the data set on the device; ``train_rows`` and ``val_rows`` are its two splits.
        scale: what brings pixel values to 0..1.
        normalisation, pipeline, recipe, arithmetic: how images and weights are treated.
        places: where each node is in the model, for those who watch.
        names: what a person reads for each image of the data set, to tell which ones were at hand.
        forward: what computes a training batch's scores in the model's stead, None for the model.
        ranks: the processes that train it together.
    """

    model: torch.nn.Module
    images: Images
    train_rows: np.ndarray
    val_rows: np.ndarray
    scale: float
    normalisation: Normalisation
    pipeline: Pipeline
    recipe: Training
    arithmetic: Arithmetic
    places: Mapping[str, Place] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    forward: Callable[[torch.Tensor], torch.Tensor] | None = None
    ranks: Ranks = ALONE

    @property
    def train_labels(self) -> np.ndarray:
        """The labels of the training images, in the order of ``train_rows``; as ``images`` has."""
        return self.images.labels.cpu().numpy()[self.train_rows]

    @property
    def class_counts(self) -> tuple[float, ...]:
        """How many images of each class an epoch shows; what losses weigh classes by."""
        if self.images.labels.ndim == 2:
            return tuple(float(n) for n in self.train_labels.sum(axis=0, dtype=np.int64))
        classes = int(self.images.labels.max()) + 1  # every class has an image, or nothing trains
        counts = np.bincount(self.train_labels, minlength=classes)
        return tuple(float(n) for n in quotas(counts, self.recipe.sampling))

    @property
    def steps_per_epoch(self) -> int:
        """Batches of an epoch; a last batch of one image is dropped, for batch norm needs two."""
        return batches_in_epoch(len(self.train_rows), self.recipe.batch_size)

    def images_in(self, step: int) -> int:
        """How many images the whole batch of update ``step`` (0-based, of the run) has."""
        size = self.recipe.batch_size
        return min(size, len(self.train_rows) - step % self.steps_per_epoch * size)
