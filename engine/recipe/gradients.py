"""What happens to gradients between the backward pass and the update."""

from __future__ import annotations

from typing import ClassVar

from engine.spec import Spec, param

__all__ = ["Gradients"]


class Gradients(Spec):
    """Settings that change the gradient before the optimizer sees it."""

    section: ClassVar[str] = "Gradients"

    accumulation: int = param(
        1,
        label="Gradient accumulation",
        unit="parts",
        ge=1,
        le=4_096,
        scale="log",
        advanced=True,
        help="Sends a batch through the network in so many parts, one after the other, and adds "
        "their gradients up before the update (gradient accumulation). The batch size stays the "
        "number of images per update, so that learning rate and schedule need no change: only "
        "memory is saved, at some cost in speed. The result is that of the whole batch, but for "
        "batch norm, which compares the images of a part. 1 by default: raise it when the memory "
        "is not enough.",
    )
    clip_norm: float | None = param(
        None,
        label="Gradient clipping",
        gt=0,
        le=1e6,
        scale="log",
        advanced=True,
        help="Longest gradient that is let through, as a norm over all weights; longer ones are "
        "scaled down. Off by default: AdamW scales its steps already.",
    )
    sam: float | None = param(
        None,
        label="SAM radius",
        gt=0,
        le=10,
        scale="log",
        search=(0.01, 0.5),
        advanced=True,
        help="Sharpness-aware minimisation around the chosen optimizer: each update uses the "
        "gradient from the worst place within this distance of the weights, which leads to flat "
        "minima that generalise better. 0.05 is the authors' value for images; ten to forty times "
        "as much in the adaptive form. Off by default: every update takes twice the time.",
    )
    sam_adaptive: bool = param(
        False,
        label="Adaptive SAM",
        advanced=True,
        help="Measures the distance relative to each weight, so that the scale of a layer does not "
        "matter (ASAM). Off by default, as in the original; takes a radius of 0.5 to 2.",
    )
