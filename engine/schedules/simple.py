"""Schedules without a corner: constant, linear, polynomial, exponential, cosine."""

from __future__ import annotations

import math
from typing import ClassVar

from engine.schedules.base import SCHEDULES, Schedule
from engine.spec import param

__all__ = ["Constant", "Cosine", "Exponential", "Linear", "Polynomial"]


@SCHEDULES.register
class Constant(Schedule):
    """The same learning rate after the warm-up: factor 1."""

    kind: ClassVar[str] = "constant"
    title: ClassVar[str] = "Constant"
    summary: ClassVar[str] = "One rate throughout; leaves accuracy behind, good for comparing."

    def curve(self, progress: float) -> float:
        """1 everywhere."""
        return 1.0


@SCHEDULES.register
class Linear(Schedule):
    """A straight line from 1 to ``end``."""

    kind: ClassVar[str] = "linear"
    title: ClassVar[str] = "Linear"
    summary: ClassVar[str] = "A straight line down to zero; close to cosine, simpler to follow."

    end: float = param(
        0.0,
        ge=0,
        le=1,
        advanced=True,
        help="Where the line ends, as a share of the learning rate. 0 lets the weights settle.",
    )

    def curve(self, progress: float) -> float:
        """A straight line."""
        return 1 + (self.end - 1) * progress


@SCHEDULES.register
class Polynomial(Schedule):
    """``end + (1 - end) * (1 - progress) ** power``, as ``PolynomialLR`` does."""

    kind: ClassVar[str] = "polynomial"
    title: ClassVar[str] = "Polynomial"
    summary: ClassVar[str] = "Falls steeply or flatly, as the power says; lands at zero."

    power: float = param(
        2.0,
        gt=0,
        le=10,
        scale="log",
        search=(0.5, 4.0),
        help="How the rate falls: 1 is a straight line, above 1 steep at first and flat at last. 2 "
        "is the recipe of large-batch training (You et al. 2017), 0.9 that of segmentation.",
    )
    end: float = param(
        0.0,
        ge=0,
        le=1,
        advanced=True,
        help="Where the curve ends, as a share of the learning rate. 0 lets the weights settle.",
    )

    def curve(self, progress: float) -> float:
        """A power of what is left of the run."""
        return self.end + (1 - self.end) * (1 - progress) ** self.power


@SCHEDULES.register
class Exponential(Schedule):
    """The same share less with every step: ``end ** progress``, as ``ExponentialLR`` does."""

    kind: ClassVar[str] = "exponential"
    title: ClassVar[str] = "Exponential"
    summary: ClassVar[str] = "Loses the same share in every epoch; spends long at low rates."

    end: float = param(
        0.01,
        gt=0,
        lt=1,
        scale="log",
        search=(1e-3, 0.1),
        help="Where the curve ends, as a share of the learning rate. 0.01 is what two drops by "
        "ten, the usual steps, come to.",
    )

    def curve(self, progress: float) -> float:
        """A constant ratio from step to step."""
        return self.end**progress


@SCHEDULES.register
class Cosine(Schedule):
    """Half a cosine from 1 to ``end``: ``end + (1 - end) * (1 + cos(pi * progress)) / 2``.

    Loshchilov & Hutter 2017 (SGDR), without restarts.
    """

    kind: ClassVar[str] = "cosine"
    title: ClassVar[str] = "Cosine"
    summary: ClassVar[str] = "The default: a long high phase, then a gentle landing."

    end: float = param(
        0.0,
        ge=0,
        le=1,
        advanced=True,
        help="Where the curve ends, as a share of the learning rate. 0 lets the weights settle.",
    )

    def curve(self, progress: float) -> float:
        """Half a cosine."""
        return self.end + (1 - self.end) * (1 + math.cos(math.pi * progress)) / 2
