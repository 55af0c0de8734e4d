"""What every recipe is made of: how long, in which batches, by which optimizer, to which end."""

from __future__ import annotations

from typing import ClassVar

from engine.losses.base import LOSSES, Loss
from engine.losses.cross_entropy import CrossEntropy
from engine.optimizers.adam import AdamW
from engine.optimizers.base import OPTIMIZERS, Optimizer
from engine.schedules.base import SCHEDULES, Schedule
from engine.schedules.simple import Cosine
from engine.spec import Spec, param

__all__ = ["Basics"]


class Basics(Spec):
    """The few settings that matter most; a form shows them first."""

    section: ClassVar[str] = ""

    epochs: int = param(
        40,
        ge=1,
        le=100_000,
        search=(10, 100),
        help="How often every training image is seen. A new project starts with a number that "
        "suits its size: few images need many epochs, many images few.",
    )
    batch_size: int = param(
        32,
        ge=2,
        le=65_536,
        scale="log",
        search=(16, 32, 64, 128),
        help="Images per step. Small batches generalise well on small data, large ones use the "
        "machine better. At least 2, because batch norm compares the images of a batch.",
    )
    optimizer: Optimizer = param(
        AdamW(),
        family=OPTIMIZERS,
        search=("adamw", "sgd", "rmsprop"),
        help="How a step follows the gradient. AdamW works well without tuning on small data.",
    )
    schedule: Schedule = param(
        Cosine(),
        family=SCHEDULES,
        search=("cosine", "one_cycle"),
        help="How the learning rate moves over the run. Cosine ends near zero, which lets the "
        "weights settle and usually gives the last points of accuracy.",
    )
    loss: Loss = param(
        CrossEntropy(),
        family=LOSSES,
        search=("cross_entropy", "focal"),
        help="What training makes small. Cross-entropy suits one class per image; for several, for "
        "classes in order and for very uneven ones there are others.",
    )
