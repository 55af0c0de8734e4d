"""The recipe that a new project starts with."""

from __future__ import annotations

import math

from engine.losses.base import TargetKind
from engine.losses.binary_cross_entropy import BinaryCrossEntropy
from engine.recipe.training import Training

__all__ = ["default_recipe"]


def default_recipe(train_images: int, targets: TargetKind = "single") -> Training:
    """The recipe for a training split of ``train_images`` images.

    Of several classes an image, each is asked for alone, and the best epoch is the one of the
    lowest loss: most answers to whether a class is there are no, so accuracy hardly moves.

    What a network learns depends on the number of steps more than on the number of epochs, so the
    steps stay near 2,400: 5,000 images get 30 epochs of batches of 64, and 600 images the ceiling
    of 120 epochs of 32. At least 14 epochs: a large set holds more to learn, and with 6 of them
    50,000 images were two points of accuracy short.

    Measured for the ceiling, 120 epochs against 60, some 440 images of 28 px with augmentation of
    many kinds, folds of the training images, ``small_resnet``, bf16, torch 2.11, H200 and Xeon:
    BreastMNIST, n = 93 runs, accuracy +0.6 points (95 % interval -0.5 to 1.7), area under ROC +1.1
    (-0.1 to 2.3), and of the last epoch +0.9 (0.0 to 1.8) and +0.8 (-0.2 to 1.7); Fashion-MNIST, n
    = 30, accuracy +0.6 (-0.9 to 2.1), of the last epoch +1.2 (0.6 to 1.7). Without augmentation, 10
    pairs of BreastMNIST, accuracy +0.2 (standard error 1.0).

    Measured for the floor: Fashion-MNIST, seed 0, a Xeon with AMX, torch 2.15, bf16, one thread,
    test accuracy of ``small_resnet``: 91.5 % after 6 epochs, 92.9 % after 16 (with lighter
    augmentation); of ``broad_resnet``, which is the default there, 93.3 % after 14. ``python -m
    engine new``, ``train``, ``evaluate``.
    """
    batch = 32 if train_images < 2_000 else 64 if train_images < 20_000 else 128
    steps = max(1, math.ceil(train_images / batch))
    epochs = min(120, max(14, round(2_400 / steps)))
    recipe = Training(epochs=epochs, batch_size=batch, keep="one_se")
    if targets == "multi":
        return recipe.with_(loss=BinaryCrossEntropy(label_smoothing=0.0), monitor="loss")
    return recipe
