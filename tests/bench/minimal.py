"""The networks and the data that the benches train, and the minimal loop; torch and nothing else.

Fovea is not imported here: the bench of memory measures this loop without it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torchvision.models import resnet18

__all__ = ["WORKS", "Clock", "Contest", "minimal", "nothing_much"]

Clock = Callable[[], float]
"""``time.perf_counter``, or ``time.process_time`` for one thread on a busy machine."""


@dataclass(frozen=True)
class Contest:
    """A network with images to train it on.

    Attributes:
        make: builds it for images of ``channels`` and ``side``.
        macs: multiply-adds of one image.
        batch: images per step.
        images: of an epoch, unless somebody asks for another number.
        epochs: of one measurement.
    """

    title: str
    make: Callable[[int, int], nn.Module]
    side: int
    channels: int
    macs: int
    batch: int
    images: int
    epochs: int = 1

    def data(self, images: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Noise and labels, the same each time."""
        draw = np.random.default_rng(0)
        shape = (images or self.images, self.channels, self.side, self.side)
        return draw.integers(0, 256, shape, dtype=np.uint8), draw.integers(0, 10, shape[0])


def small_cnn(channels: int, side: int) -> nn.Module:
    """Three convolutions with batch norm and pooling, about what a tutorial builds."""
    layers: list[nn.Module] = []
    for before, width in ((channels, 32), (32, 64), (64, 64)):
        layers += [nn.Conv2d(before, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
        layers += [nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * (side // 8) ** 2, 10))


def tiny_net(channels: int, side: int) -> nn.Module:
    """So small that only the loop's own work counts."""
    return nn.Sequential(
        nn.Conv2d(channels, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * side**2, 10)
    )


def nothing_much(channels: int, side: int) -> nn.Module:
    """Takes next to no time for images of any size: a device that is faster than the data."""
    return nn.Sequential(nn.AdaptiveAvgPool2d(8), nn.Flatten(), nn.Linear(channels * 64, 10))


WORKS = {
    "small": Contest("small CNN, 28 px", small_cnn, 28, 1, 4_700_000, 128, 2_560),
    "resnet": Contest(
        "ResNet-18, 64 px", lambda c, s: resnet18(num_classes=10), 64, 3, 149_000_000, 64, 1_280
    ),
    "tiny": Contest("tiny net, 8 px", tiny_net, 8, 1, 5_000, 128, 25_600, epochs=3),
}
"""The works of PERFORMANCE.md, by short names; torchvision's ResNet-18 takes three channels."""


def minimal(
    work: Contest, pixels: np.ndarray, labels: np.ndarray, clock: Clock = time.perf_counter
) -> float:
    """Images per second of the shortest honest loop: fp32, data in memory, no logging."""
    inputs = torch.from_numpy(pixels).float().div_(255).sub_(0.5).div_(0.25)
    wanted = torch.from_numpy(labels)
    model = work.make(work.channels, work.side)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.1)
    model.train()
    begun = clock()
    for _ in range(work.epochs):
        for rows in torch.randperm(len(inputs)).split(work.batch):
            optimizer.zero_grad()
            loss_of(model(inputs[rows]), wanted[rows]).backward()
            optimizer.step()
    return work.epochs * len(inputs) / (clock() - begun)
