"""The asymmetric loss, for several classes an image of which most are absent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.losses.base import LOSSES, Link, Loss, LossFunction, TargetKind
from engine.spec import param

if TYPE_CHECKING:
    import torch

__all__ = ["Asymmetric"]


@LOSSES.register
class Asymmetric(Loss):
    """Binary focal loss with a gamma of its own for absent classes (Ridnik et al. 2021, "ASL").

    ``-q * (1 - p)^g+ * log p - (1 - q) * pm^g- * log(1 - pm)`` with ``p = sigmoid(score)`` and
    ``pm = max(p - margin, 0)``, summed over the classes.
    """

    kind: ClassVar[str] = "asymmetric"
    title: ClassVar[str] = "Asymmetric"
    summary: ClassVar[str] = "For several classes an image: quiets the many absent ones."
    link: ClassVar[Link] = "sigmoid"
    suits: ClassVar[tuple[TargetKind, ...]] = ("multi",)

    gamma_absent: float = param(
        4.0,
        ge=0,
        le=10,
        search=(1.0, 5.0),
        label="Gamma of absent classes",
        help="How much less a class counts that is known to be absent. 4 is the paper's: an image "
        "has few classes and lacks many, and those would rule the gradient.",
    )
    gamma_present: float = param(
        0.0,
        ge=0,
        le=10,
        search=(0.0, 1.0),
        label="Gamma of present classes",
        help="The same for classes that are there. 0 as in the paper: they are few, and all count.",
    )
    margin: float = param(
        0.05,
        ge=0,
        lt=1,
        search=(0.0, 0.2),
        help="Probability below which an absent class costs nothing. 0.05 is the paper's; it also "
        "forgives images whose label is missing.",
    )

    def build(self, counts: Sequence[float]) -> LossFunction:
        """The loss in float32; ``counts`` changes nothing."""
        from engine.losses.modules import shares, sigmoid_terms

        absent_gamma, present_gamma, margin = self.gamma_absent, self.gamma_present, self.margin

        def loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            wanted = shares(targets, scores.shape[1])
            there, absent = sigmoid_terms(scores, present_gamma)
            if margin:
                shifted = (scores.float().sigmoid() - margin).clamp_min(0.0)
                # 1 - shifted is never below the margin: neither logarithm nor root can break
                absent = -shifted.clamp_min(1e-12).pow(absent_gamma) * (-shifted).log1p()
            elif absent_gamma != present_gamma:
                absent = sigmoid_terms(scores, absent_gamma)[1]
            return (wanted * there + (1.0 - wanted) * absent).sum(1).mean()

        return loss
