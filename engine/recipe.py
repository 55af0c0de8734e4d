"""The training recipe: every setting of a run that is neither data, augmentation nor model."""

from __future__ import annotations

import math
import re
from typing import ClassVar, Literal

from engine.errors import FoveaError
from engine.losses.base import LOSSES, Loss
from engine.losses.cross_entropy import CrossEntropy
from engine.optimizers.adam import AdamW
from engine.optimizers.base import OPTIMIZERS, Optimizer
from engine.schedules.base import SCHEDULES, Schedule
from engine.schedules.simple import Cosine
from engine.spec import Spec, param

__all__ = ["Training", "default_recipe"]


class Training(Spec):
    """How a model is trained. Immutable; ``with_`` makes a changed copy."""

    title: ClassVar[str] = "Training"

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
        help="How a step follows the gradient. AdamW works well without tuning on small data.",
    )
    schedule: Schedule = param(
        Cosine(),
        family=SCHEDULES,
        help="How the learning rate moves over the run. Cosine ends near zero, which lets the "
        "weights settle and usually gives the last points of accuracy.",
    )
    loss: Loss = param(
        CrossEntropy(),
        family=LOSSES,
        help="What training makes small. Cross-entropy suits one class per image.",
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
    early_stopping: int | None = param(
        None,
        label="Stop early after",
        unit="epochs",
        ge=1,
        le=100_000,
        help="Ends the run when the monitored value has not improved for so many epochs. Off by "
        "default: the cosine schedule gains most in its last epochs, and the best epoch is kept "
        "anyway.",
    )
    monitor: Literal["accuracy", "loss"] = param(
        "accuracy",
        label="Best epoch by",
        help="The validation value that names the best epoch and stops early. Accuracy is what is "
        "reported in the end; of equal accuracies the lower loss wins.",
    )
    seed: int = param(
        0,
        ge=0,
        le=2**31 - 1,
        advanced=True,
        help="Start of all randomness: weights, order, augmentation, dropout. The same seed on the "
        "same machine repeats a run exactly.",
    )
    device: str = param(
        "auto",
        advanced=True,
        help="Where to compute: auto (a CUDA card if there is one, else the processor), cpu, cuda "
        "or cuda:0, cuda:1, …",
    )
    precision: Literal["auto", "fp32", "bf16"] = param(
        "auto",
        advanced=True,
        help="Arithmetic of convolutions. Auto uses bf16, two to three times faster, where this "
        "machine computes it natively, else fp32. Weights and sums stay in fp32.",
    )

    def validate_together(self) -> None:
        """The device must be one that torch can name."""
        if not re.fullmatch(r"auto|cpu|cuda(:\d{1,2})?", self.device):
            raise FoveaError(
                "FV-H001",
                f"There is no device “{self.device:.40}”.",
                where="device",
                why="Expected auto, cpu, cuda or cuda:N.",
                fix="Enter auto to let Fovea choose.",
            )


def default_recipe(train_images: int) -> Training:
    """The recipe for a training split of ``train_images`` images.

    What a network learns depends on the number of steps more than on the number of epochs, so the
    steps stay near 2,400: 60,000 images get 6 epochs of batches of 128, 5,000 images 30 epochs
    of 64, and 600 images the ceiling of 120 epochs of 32. At least 6 epochs, so that there is a
    curve to read.

    Measured for the ceiling, 120 epochs against 60, some 440 images of 28 px with augmentation of
    many kinds, folds of the training images, ``small_resnet``, bf16, torch 2.11, H200 and Xeon:
    BreastMNIST, n = 93 runs, accuracy +0.6 points (95 % interval -0.5 to 1.7), area under ROC +1.1
    (-0.1 to 2.3), and of the last epoch +0.9 (0.0 to 1.8) and +0.8 (-0.2 to 1.7); Fashion-MNIST, n
    = 30, accuracy +0.6 (-0.9 to 2.1), of the last epoch +1.2 (0.6 to 1.7). Without augmentation, 10
    pairs of BreastMNIST, accuracy +0.2 (standard error 1.0).

    Measured: Fashion-MNIST, template ``small_resnet``, seed 0, n = 1, a Xeon with AMX, torch 2.15,
    bf16, one thread: 91.5 % of the test images (95 % interval 90.9 to 92.0) after 5 min 52 s in 6
    epochs, and 92.0 % (91.5 to 92.5) in 8; ``python -m engine new``, ``train``, ``evaluate``.
    """
    batch = 32 if train_images < 2_000 else 64 if train_images < 20_000 else 128
    steps = max(1, math.ceil(train_images / batch))
    return Training(epochs=min(120, max(6, round(2_400 / steps))), batch_size=batch)
