"""Loss and hits of the last steps, kept on the device until somebody asks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

__all__ = ["Meter", "NotFinite", "Window"]


class NotFinite(Exception):
    """The loss or the gradients are not numbers any more; no weight was changed by them.

    Attributes:
        step: the first update that would use it (from 1).
        value: its loss.
        gradients: whether it is the gradients that are not finite.
    """

    def __init__(self, step: int, value: float, *, gradients: bool = False) -> None:
        found = "has gradients that are not finite" if gradients else f"is {value}"
        super().__init__(f"the loss of step {step} {found}")
        self.step = step
        self.value = value
        self.gradients = gradients


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
        self._broken: list[torch.Tensor] = []
        self._sizes: list[int] = []

    def __len__(self) -> int:
        return len(self._sizes)

    def add(
        self,
        loss: torch.Tensor,
        hits: torch.Tensor,
        size: int,
        broken: torch.Tensor | None = None,
    ) -> None:
        """Keeps one step's mean loss and number of right answers, both still on the device.

        ``broken`` is above 0 where its gradients were not finite; None where that is known to be
        false. It is given for all steps between two readings or for none.
        """
        self._losses.append(loss)
        self._hits.append(hits)
        self._sizes.append(size)
        if broken is not None:
            self._broken.append(broken)

    def read(self, step: int) -> Window:
        """The steps since the last reading; ``step`` counts the updates done by now.

        Waits for the device. Raises :class:`NotFinite` at the first step whose loss or gradients
        are not numbers.
        """
        if not self._sizes:
            return Window((), (), ())
        losses = torch.stack(self._losses).double().tolist()
        hits = torch.stack(self._hits).tolist()
        broken = torch.stack(self._broken).tolist() if self._broken else [0.0] * len(losses)
        window = Window(tuple(losses), tuple(hits), tuple(self._sizes))
        self._losses, self._hits, self._broken, self._sizes = [], [], [], []
        for index, (loss, bad) in enumerate(zip(losses, broken, strict=True)):
            if bad or not math.isfinite(loss):
                number = step - len(losses) + index + 1
                raise NotFinite(number, loss, gradients=math.isfinite(loss))
        return window
