"""What a training asks of its processes, answered for a single one; imports no torch."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import torch

__all__ = ["ALONE", "Ranks"]


class Ranks:
    """The processes that train together, seen from one of them: here there is one, and it does all.

    Whatever may differ between processes (a clock, a signal, the disc) must go through
    :meth:`agree` or :meth:`told` before the training acts on it: all processes take the same steps,
    or they wait for each other for ever.

    Attributes:
        rank: the number of this process; 0 leads.
        world: how many processes there are.
    """

    rank = 0
    world = 1

    # Agreements

    def agree(self, *flags: bool) -> tuple[bool, ...]:
        """For each flag whether any process raises it; all processes must ask together."""
        return flags

    def told(self, value: Any = None) -> Any:
        """The plain value that the first process gives; all processes must ask together."""
        return value

    def reason(self, error: Exception) -> Exception:
        """Why the training failed with ``error`` here: perhaps another process failed."""
        return error

    # What a process computes

    def check(self, batch_size: int) -> None:
        """Raises FoveaError FV-T040 where batches of a size cannot be shared."""

    def place(self, device: str) -> str:
        """The device of this process where the recipe says ``device``.

        Raises FoveaError FV-T040 where not every process can have one.
        """
        return device

    def part(self, places: slice, images: int) -> slice:
        """The places of this process's share of a batch, of an epoch of so many ``images``."""
        return places

    def fewest(self, whole: int) -> int:
        """The images that the process with the smallest share of a batch of ``whole`` has."""
        return whole

    def weight(self, images: int, whole: int) -> float:
        """What the mean loss over ``images`` of a batch of ``whole`` counts in its gradient.

        The mean over no images is no number, whatever it counts, and is told as that.
        """
        return images / max(1, whole)

    def seed(self, seed: int) -> int:
        """What dropout draws from here, where it would draw from ``seed`` in a single process."""
        return seed

    def scored(
        self, rows: np.ndarray, compute: Callable[[np.ndarray], torch.Tensor]
    ) -> torch.Tensor:
        """The scores ``compute`` gives for ``rows``; raises Cancelled where it does anywhere."""
        return compute(rows)

    # Gradients and what else a step leaves

    def forward(self, model: torch.nn.Module, device: torch.device) -> Any:
        """What computes a batch's scores in the model's stead, None for the model itself."""
        return None

    def notes(self, model: torch.nn.Module) -> tuple[str, ...]:
        """What to say about the run, in sentences."""
        return ()

    def exchanging(
        self, forward: Callable[..., Any], *, last: bool
    ) -> contextlib.AbstractContextManager[Any]:
        """Around a backward pass; only the ``last`` one of a step averages the gradients."""
        return contextlib.nullcontext()

    def total(
        self, loss: torch.Tensor, right: torch.Tensor, whole: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Loss and right answers of a whole batch, from those of the shares."""
        return loss, right

    def mean_statistics(self, model: torch.nn.Module) -> None:
        """Gives batch norm's averages the mean over the processes, where they differ."""


ALONE = Ranks()
"""A single process."""
