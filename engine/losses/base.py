"""What every loss kind has in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from engine.registry import Registry
from engine.spec import Spec

if TYPE_CHECKING:
    import torch

__all__ = ["LOSSES", "Link", "Loss", "LossFunction", "TargetKind"]

LossFunction = Callable[["torch.Tensor", "torch.Tensor"], "torch.Tensor"]
"""From scores ``[B, classes]`` and targets to the batch's mean loss, one float32 number."""

TargetKind = Literal["single", "ordinal", "multi"]
"""What an image's answer is: one class, one class of a row in order, or any number of classes."""

Link = Literal["softmax", "sigmoid"]
"""How scores become probabilities: over all classes together, or for each class alone."""


class Loss(Spec):
    """A measure of how wrong class scores are; the mean over a batch is what training lowers.

    Attributes:
        logits: whether it turns scores into probabilities itself, and so wants none.
        link: how the scores of a model trained with it become probabilities.
        suits: the kinds of target that it is made for.
    """

    summary: ClassVar[str] = ""
    logits: ClassVar[bool] = True
    link: ClassVar[Link] = "softmax"
    suits: ClassVar[tuple[TargetKind, ...]] = ("single", "ordinal")

    def build(self, counts: Sequence[float]) -> LossFunction:
        """A function of scores ``[B, classes]`` and targets: the batch's mean, float32.

        Targets are labels (int64 ``[B]``), or, where images are mixed, the share of each class
        (float32 ``[B, classes]``, rows summing to 1); for several classes an image, 0 or 1 for each
        (``[B, classes]``, any type). ``counts`` says how many images of each class
        an epoch of training shows: losses that correct for uneven classes weigh by it, and so
        correct only what the sampling of the images has left. It has one number for each class.

        The function asks the device for nothing, so that it can be part of a recorded step. Raises
        FoveaError FV-H002 where :meth:`trouble` has something to say about the number of classes.
        """
        raise NotImplementedError

    def trouble(self, targets: TargetKind, classes: int) -> str:
        """A sentence on why the loss cannot work with such targets; empty when it can."""
        if targets in self.suits:
            return ""
        if targets == "multi":
            return f"“{self.title}” takes one class for each image, and these can have several."
        return f"“{self.title}” needs classes that have an order, and these have none."


LOSSES: Registry[Loss] = Registry("loss", "engine.losses")
