"""The training recipe: every setting of a run that is neither data, augmentation nor model."""

from __future__ import annotations

from typing import ClassVar

from engine.errors import FoveaError
from engine.recipe.averaging import Averaging
from engine.recipe.basics import Basics
from engine.recipe.computing import Computing
from engine.recipe.gradients import Gradients
from engine.recipe.guarding import Guarding
from engine.recipe.regularising import Regularising
from engine.recipe.stages import Stages
from engine.recipe.stopping import Stopping

__all__ = ["Training"]


class Training(Computing, Guarding, Stopping, Stages, Averaging, Regularising, Gradients, Basics):
    """How a model is trained. Immutable; ``with_`` makes a changed copy.

    Its settings are those of its parts, in one flat list (``training.epochs``,
    ``training.clip_norm``), from the last named part to the first; a form shows each part as a
    section.
    """

    title: ClassVar[str] = "Training"
    section: ClassVar[str] = ""

    def validate_together(self) -> None:
        """Each part of a batch needs two images, for batch norm compares them."""
        super().validate_together()
        most = self.batch_size // 2
        if self.accumulation > most:
            raise FoveaError(
                "FV-H002",
                f"A batch of {self.batch_size} images cannot be split into {self.accumulation} "
                "parts.",
                where="accumulation",
                why="Batch norm needs at least two images in each part.",
                fix=f"Enter at most {most}, or raise the batch size.",
            )
