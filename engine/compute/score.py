"""Class scores of many images, in inference mode."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from engine.compute.device import Arithmetic
from engine.compute.images import Images, Normaliser
from engine.compute.walk import Walk

__all__ = ["View", "score"]

BATCH = 256

View = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""From the integers of images and their rows to what the model is to look at, float32 in 0..1.

The integers are overwritten after the scores of their batch are there."""


def score(
    model: torch.nn.Module,
    images: Images,
    rows: np.ndarray,
    *,
    scale: float,
    normaliser: Normaliser,
    arithmetic: Arithmetic,
    view: View | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> torch.Tensor:
    """The scores ``[len(rows), classes]`` (float32, on the device) of ``rows`` in their order.

    Puts the model in inference mode and leaves it there. ``scale`` brings pixels to 0..1; with
    ``view`` the model looks at what that makes of the images instead. ``progress`` may raise
    Cancelled.
    """
    model.eval()
    parts: list[torch.Tensor] = []
    walk, order = Walk(images).along(rows), images.order(rows)
    with torch.inference_mode():
        for begin in range(0, len(rows), BATCH):
            some = slice(begin, begin + BATCH)
            pixels = walk(some)
            seen = view(pixels, order[some]) if view else pixels.to(torch.float32).mul_(scale)
            inputs = arithmetic.lay_out(normaliser(seen))
            with arithmetic.autocast():
                parts.append(model(inputs).float())
            if progress is not None:
                done = min(begin + BATCH, len(rows))
                progress(done, len(rows), "Scoring images")
    return torch.cat(parts)
