"""What training will see of one image, epoch by epoch."""

from __future__ import annotations

import numpy as np
import torch

from engine.augment.engine import augment
from engine.augment.pipeline import Pipeline

__all__ = ["variants"]


def variants(
    pipeline: Pipeline, image: np.ndarray, sample: int, *, seed: int, epochs: range, scale: float
) -> np.ndarray:
    """Float32 ``[len(epochs), C, H, W]``: the image in each epoch, bit for bit as in training.

    ``image`` is ``[C, H, W]`` uint8 or uint16 and times ``scale`` in 0..1; ``sample`` is its number
    in the data set; ``seed`` is the training's. Runs the training's own code.
    """
    wide = image.astype(np.int32) if image.dtype == np.uint16 else np.ascontiguousarray(image)
    count = len(epochs)
    images = torch.from_numpy(wide).expand(count, *wide.shape)
    numbers, drawn_in = torch.full((count,), sample), torch.tensor(list(epochs))
    return augment(pipeline, images, numbers, seed=seed, epoch=drawn_in, scale=scale).numpy()
