"""What a training is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from engine.augment.mixing import batches_in_epoch
from engine.augment.pipeline import Pipeline
from engine.compute.device import Arithmetic
from engine.compute.images import Images, Normalisation
from engine.recipe import Training
from engine.train.places import Place

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
        forward: what computes a training batch's scores in the model's stead, None for the model.
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
    forward: Callable[[torch.Tensor], torch.Tensor] | None = None

    @property
    def steps_per_epoch(self) -> int:
        """Batches of an epoch; a last batch of one image is dropped, for batch norm needs two."""
        return batches_in_epoch(len(self.train_rows), self.recipe.batch_size)
