"""The training recipe: every setting of a run that is neither data, augmentation nor model."""

from __future__ import annotations

from typing import ClassVar

from engine.recipe.basics import Basics
from engine.recipe.computing import Computing
from engine.recipe.gradients import Gradients
from engine.recipe.guarding import Guarding
from engine.recipe.stopping import Stopping

__all__ = ["Training"]


class Training(Computing, Guarding, Stopping, Gradients, Basics):
    """How a model is trained. Immutable; ``with_`` makes a changed copy.

    Its settings are those of its parts, in one flat list (``training.epochs``,
    ``training.clip_norm``), from the last named part to the first; a form shows each part as a
    section.
    """

    title: ClassVar[str] = "Training"
    section: ClassVar[str] = ""
