"""Losses for classes that have an order: a near miss costs less than a far one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from engine.losses.base import LOSSES, Loss, LossFunction, TargetKind
from engine.spec import param

if TYPE_CHECKING:
    import torch

__all__ = ["SoftOrdinal", "SquaredEmd", "soft_labels"]


def soft_labels(classes: int, sharpness: float, distance: str) -> list[list[float]]:
    """For each class (rows) the share of every class: ``softmax(-sharpness * distance)``."""
    power = 2 if distance == "squared" else 1
    rows = []
    for own in range(classes):
        each = [math.exp(-sharpness * abs(own - other) ** power) for other in range(classes)]
        rows.append([share / math.fsum(each) for share in each])
    return rows


@LOSSES.register
class SoftOrdinal(Loss):
    """Cross-entropy with labels spread over the neighbours (Diaz and Marathe 2019, "SORD").

    ``q_k = exp(-a * d(k, label)) / sum`` with ``d`` the distance in classes or its square. Of a
    mixed image the spread labels are mixed by share. The model's end stays as it is.
    """

    kind: ClassVar[str] = "soft_ordinal"
    title: ClassVar[str] = "Soft ordinal"
    summary: ClassVar[str] = "For grades and stages: neighbours are half right."
    suits: ClassVar[tuple[TargetKind, ...]] = ("ordinal",)

    sharpness: float = param(
        2.0,
        gt=0,
        le=20,
        scale="log",
        search=(0.5, 5.0),
        help="How quickly a label fades with distance. 2 leaves three quarters on the class itself "
        "and a tenth on each neighbour; large values are plain cross-entropy.",
    )
    distance: Literal["absolute", "squared"] = param(
        "absolute",
        help="Absolute counts the classes between; squared forgives neighbours and punishes far "
        "misses, as quadratic weighted kappa does.",
    )

    def build(self, counts: Sequence[float]) -> LossFunction:
        """The loss in float32; of ``counts`` only its length is used."""
        from torch.nn.functional import cross_entropy

        from engine.losses.modules import Constant

        spread = Constant(soft_labels(len(counts), self.sharpness, self.distance))

        def loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            table = spread.beside(scores)
            wanted = table[targets] if targets.ndim == 1 else targets.float() @ table
            return cross_entropy(scores.float(), wanted)

        return loss


@LOSSES.register
class SquaredEmd(Loss):
    """``sum_k (P(class <= k) - Q(class <= k))^2``, the squared earth mover's distance.

    ``P`` from ``softmax(scores)``, ``Q`` from the label or the shares (Hou, Yu and Samaras 2016):
    how far probability must be carried to where it belongs, squared. Bounded, so that
    its gradient fades for answers that are certain and wrong; cross-entropy can be added to it, as
    the paper does.
    """

    kind: ClassVar[str] = "squared_emd"
    title: ClassVar[str] = "Squared earth mover's"
    summary: ClassVar[str] = "For grades and stages: counts how far off the answer is."
    suits: ClassVar[tuple[TargetKind, ...]] = ("ordinal",)

    cross_entropy: float = param(
        0.1,
        label="Share of cross-entropy",
        ge=0,
        le=1,
        search=(0.0, 1.0),
        help="How much cross-entropy is added. A little keeps the gradient alive where the model "
        "is certain and wrong; 0 is the plain distance.",
    )

    def build(self, counts: Sequence[float]) -> LossFunction:
        """The loss in float32; ``counts`` changes nothing."""
        from engine.losses.modules import shares

        weight = self.cross_entropy

        def loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            wanted = shares(targets, scores.shape[1])
            log_p = scores.float().log_softmax(1)
            distance = (log_p.exp() - wanted).cumsum(1).square().sum(1)
            return (distance - weight * (wanted * log_p).sum(1)).mean()

        return loss
