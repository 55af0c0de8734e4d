"""What changes with the epoch: which layers learn, and how large the images are."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from engine.augment.mixing import Batch
from engine.compile.factors import set_training
from engine.recipe import Training

__all__ = ["Stages", "resized"]


class Stages:
    """Lets the head of a model learn alone for the first epochs, then all that is not frozen.

    The head is the last of the model's own parts that has weights to train. What holds in an epoch
    follows from its number only, so that a resume goes on exactly. The optimizer must be built
    before, with all weights.
    """

    def __init__(self, model: nn.Module, recipe: Training) -> None:
        self._model = model
        self._epochs = recipe.freeze_epochs
        self._waiting = _before_head(model) if self._epochs else []
        self._weights = [w for part in self._waiting for w in part.parameters() if w.requires_grad]
        self._frozen = False

    def enter(self, epoch: int) -> None:
        """Before the first update of ``epoch`` (from 0); costs nothing where nothing changes."""
        frozen = epoch < self._epochs
        if frozen != self._frozen:
            self._frozen = frozen
            for weight in self._weights:
                weight.requires_grad_(not frozen)
                weight.grad = None
            self.set_training()

    def set_training(self) -> None:
        """Training mode, but for the batch norms of what does not learn."""
        set_training(self._model)
        waiting = self._waiting if self._frozen else []
        for module in (inner for part in waiting for inner in part.modules()):
            if isinstance(module, _BatchNorm):
                module.eval()


def _before_head(model: nn.Module) -> list[nn.Module]:
    """The model's parts before its head, in their order."""
    parts = list(model.children())
    learning = [
        i for i, part in enumerate(parts) if any(w.requires_grad for w in part.parameters())
    ]
    return parts[: learning[-1]] if learning else []


def resized(batch: Batch, recipe: Training, epoch: int) -> Batch:
    """The batch with the images as large as the recipe has them in ``epoch``.

    Bilinear with a filter that is as wide as the reduction, so that fine patterns do not turn into
    coarse ones (torch's ``antialias``).
    """
    if recipe.resize_from is None:
        return batch
    height, width = (recipe.side_at(side, epoch, recipe.epochs) for side in batch.images.shape[2:])
    if (height, width) == tuple(batch.images.shape[2:]):
        return batch
    smaller = torch.nn.functional.interpolate(
        batch.images, size=(height, width), mode="bilinear", antialias=True
    )
    return replace(batch, images=smaller)
