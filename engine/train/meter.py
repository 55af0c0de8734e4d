"""Loss and hits of the last steps, kept on the device until somebody asks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

__all__ = ["Meter", "NotFinite", "Window"]


class NotFinite(Exception):
    """The loss is not a number any more; ``step`` is the first update that would use it."""

    def __init__(self, step: int, value: float) -> None:
        super().__init__(f"the loss of step {step} is {value}")
        self.step = step
        self.value = value


@dataclass(frozen=True, slots=True)
class Window:
    """Per-step values: mean losses, hits and batch sizes, in order.

    Hits are whole numbers, unless labels are mixed: then the shares of labels that were hit.
    """

    losses: tuple[float, ...]
    hits: tuple[float, ...]
    sizes: tuple[int, ...]


class Meter:
    """Collects scalars without reading them, for reading waits until the device has caught up."""

    def __init__(self) -> None:
        self._losses: list[torch.Tensor] = []
        self._hits: list[torch.Tensor] = []
        self._sizes: list[int] = []

    def __len__(self) -> int:
        return len(self._sizes)

    def add(self, loss: torch.Tensor, hits: torch.Tensor, size: int) -> None:
        """Keeps one step's mean loss and number of right answers, both still on the device."""
        self._losses.append(loss)
        self._hits.append(hits)
        self._sizes.append(size)

    def read(self, step: int) -> Window:
        """The steps since the last reading; ``step`` counts the updates done by now.

        Waits for the device. Raises :class:`NotFinite` at the first loss that is not a number.
        """
        if not self._sizes:
            return Window((), (), ())
        losses = torch.stack(self._losses).double().tolist()
        hits = torch.stack(self._hits).tolist()
        window = Window(tuple(losses), tuple(hits), tuple(self._sizes))
        self._losses, self._hits, self._sizes = [], [], []
        for index, loss in enumerate(losses):
            if not math.isfinite(loss):
                raise NotFinite(step - len(losses) + index + 1, loss)
        return window
