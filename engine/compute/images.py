"""A data set's images within reach of the device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch

from engine.errors import FoveaError

__all__ = ["Images", "Normalisation", "Normaliser", "measure"]

_SAMPLED = 5_000
_SHARE = 0.6  # of the card's free memory that resident images may take


@dataclass(frozen=True, slots=True)
class Normalisation:
    """Mean and standard deviation per channel, of pixels scaled to 0..1."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def to_json(self) -> dict[str, list[float]]:
        """Plain values, kept with the run: a model is useless without them."""
        return {"mean": list(self.mean), "std": list(self.std)}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """What ``to_json`` wrote; raises FoveaError FV-T002 for anything else."""
        try:
            return cls(tuple(map(float, value["mean"])), tuple(map(float, value["std"])))
        except (KeyError, TypeError, ValueError) as error:
            raise FoveaError(
                "FV-T002",
                "The run does not say how its images were normalised.",
                why="Its run.json is not whole.",
                kept="The project and its other runs are not affected.",
                fix="Choose another run, or train again.",
            ) from error


def measure(pixels: np.ndarray, rows: np.ndarray, scale: float) -> Normalisation:
    """The normalisation for images ``pixels[rows]`` (``[n, C, H, W]``, integers).

    Uses up to 5,000 of the rows, evenly spread; sums are float64. A channel without contrast gets
    a standard deviation of 1/255, so that nothing is divided by zero.
    """
    step = max(1, -(-len(rows) // _SAMPLED))
    chosen = np.sort(rows)[::step]
    channels = pixels.shape[1]
    total, squares, count = np.zeros(channels), np.zeros(channels), 0
    for begin in range(0, len(chosen), 256):
        part = pixels[chosen[begin : begin + 256]].astype(np.float64) * scale
        total += part.sum(axis=(0, 2, 3))
        squares += np.square(part).sum(axis=(0, 2, 3))
        count += part.shape[0] * part.shape[2] * part.shape[3]
    mean = total / max(1, count)
    std = np.sqrt(np.maximum(squares / max(1, count) - mean**2, 0.0))
    return Normalisation(tuple(mean.tolist()), tuple(np.maximum(std, 1 / 255).tolist()))


class Images:
    """Gathers batches of ``pixels`` (``[n, C, H, W]`` uint8 or uint16) on a device.

    On a CUDA device they are copied to the card once when they fit in 60 % of its free memory;
    otherwise, and on the processor, batches are gathered from the array, which may be a memory map.

    ``labels`` are int64 ``[n]``, or 0 and 1 ``[n, classes]`` where images can have several classes.
    """

    def __init__(self, pixels: np.ndarray, labels: np.ndarray, device: torch.device) -> None:
        self.device = device
        self._pixels = pixels
        self._wide = pixels.dtype == np.uint16
        kind = np.int64 if np.ndim(labels) == 1 else np.uint8
        self.labels = torch.from_numpy(np.array(labels, dtype=kind)).to(device)
        self._resident: torch.Tensor | None = None
        if device.type == "cuda" and pixels.nbytes < _SHARE * torch.cuda.mem_get_info(device)[0]:
            same_bits = pixels.view(np.int16) if self._wide else pixels
            self._resident = torch.from_numpy(np.array(same_bits)).to(device)

    @property
    def resident(self) -> bool:
        """Whether all images lie in the card's memory."""
        return self._resident is not None

    def order(self, rows: np.ndarray) -> torch.Tensor:
        """Row numbers (int64) on the device, to slice batches from."""
        return torch.from_numpy(np.ascontiguousarray(rows, dtype=np.int64)).to(self.device)

    def batch(self, rows: torch.Tensor) -> torch.Tensor:
        """The images of ``rows`` as integers ``[B, C, H, W]``: uint8, or int32 for 16 bit."""
        if self._resident is not None:
            picked = self._resident[rows]
            return picked.to(torch.int32) & 0xFFFF if self._wide else picked
        picked = self._pixels[rows.cpu().numpy()]
        tensor = torch.from_numpy(picked.astype(np.int32) if self._wide else picked)
        if self.device.type == "cuda":
            return tensor.pin_memory().to(self.device, non_blocking=True)
        return tensor


class Normaliser:
    """Applies a :class:`Normalisation` to float images on a device, in place."""

    def __init__(self, values: Normalisation, device: torch.device) -> None:
        shape = (1, -1, 1, 1)
        self._mean = torch.tensor(values.mean, dtype=torch.float32, device=device).view(shape)
        self._factor = torch.tensor(
            [1 / std for std in values.std], dtype=torch.float32, device=device
        ).view(shape)

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """``(images - mean) / std``; overwrites ``images``."""
        return images.sub_(self._mean).mul_(self._factor)
