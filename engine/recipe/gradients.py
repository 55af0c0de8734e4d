"""What happens to gradients between the backward pass and the update."""

from __future__ import annotations

from typing import ClassVar

from engine.spec import Spec, param

__all__ = ["Gradients"]


class Gradients(Spec):
    """Settings that change the gradient before the optimizer sees it."""

    section: ClassVar[str] = "Gradients"

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
