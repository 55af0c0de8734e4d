"""What every loss kind has in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from engine.registry import Registry
from engine.spec import Spec

if TYPE_CHECKING:
    import torch

__all__ = ["LOSSES", "Loss"]


class Loss(Spec):
    """A measure of how wrong class scores are; the mean over a batch is what training lowers.

    Attributes:
        logits: whether it turns scores into probabilities itself, and so wants none.
    """

    summary: ClassVar[str] = ""
    logits: ClassVar[bool] = True

    def build(self) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
        """A function of scores ``[B, classes]`` and targets: the batch's mean, float32.

        Targets are labels (int64 ``[B]``), or, where images are mixed, the share of each class
        (float32 ``[B, classes]``, rows summing to 1).
        """
        raise NotImplementedError


LOSSES: Registry[Loss] = Registry("loss", "engine.losses")
