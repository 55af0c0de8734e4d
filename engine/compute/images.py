"""A data set's images within reach of the device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch

from engine.errors import FoveaError

__all__ = ["Images", "Normalisation", "Normaliser", "measure", "scaled"]

_SAMPLED = 5_000
_SHARE = 0.6


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

    On a CUDA device they are copied to the card once when they fit in ``share`` of its free memory.
    Otherwise batches are gathered from the array, which may be a memory map, into memory that the
    card can fetch by itself, and copied on a stream of their own: the host is always some steps
    ahead of the card, so a batch arrives while the one before it is still computed. On the
    processor batches are gathered from the array; the system keeps what was read in its memory.

    ``labels`` are int64 ``[n]``, or 0 and 1 ``[n, classes]`` where images can have several classes.
    """

    def __init__(
        self,
        pixels: np.ndarray,
        labels: np.ndarray,
        device: torch.device,
        *,
        share: float = _SHARE,
    ) -> None:
        self.device = device
        self._pixels = np.asarray(pixels)  # a plain view: a memmap's own indexing is slower
        self._mapped = isinstance(pixels, np.memmap)
        self._wide = pixels.dtype == np.uint16
        kind = np.int64 if np.ndim(labels) == 1 else np.uint8
        self.labels = torch.from_numpy(np.array(labels, dtype=kind)).to(device)
        self._resident: torch.Tensor | None = None
        self._copying: torch.cuda.Stream | None = None
        if device.type == "cuda":
            self._bring_to_card(share)

    @property
    def resident(self) -> bool:
        """Whether all images lie in the card's memory."""
        return self._resident is not None

    @property
    def host(self) -> np.ndarray | None:
        """The array that batches are gathered from where the processor trains; else ``None``."""
        return self._pixels if self.device.type == "cpu" else None

    def __len__(self) -> int:
        return len(self._pixels)

    @property
    def where(self) -> str:
        """A sentence for the run's notes: where the images are read from."""
        size = f"{len(self._pixels):,} images ({_bytes(self._pixels.nbytes)})"
        if self._resident is not None:
            return f"Data: all {size} lie in the card's memory."
        source = "a memory-mapped cache" if self._mapped else "main memory"
        if self.device.type == "cuda":
            return (
                f"Data: {size} do not fit into the card's memory beside the training; they are "
                f"streamed from {source} while the card computes."
            )
        return f"Data: {size} in {source}."

    def order(self, rows: np.ndarray) -> torch.Tensor:
        """Row numbers (int64) to slice batches from, there where batches are gathered: on the card
        only if the images are, for asking a card for them would wait for all its work."""
        found = torch.from_numpy(np.ascontiguousarray(rows, dtype=np.int64))
        return found if self._copying is not None else found.to(self.device)

    def batch(self, rows: torch.Tensor) -> torch.Tensor:
        """The images of ``rows``, of :meth:`order`, as integers ``[B, C, H, W]`` on the device.

        uint8, or int32 for 16 bit.
        """
        if self._resident is not None:
            picked = self._resident[rows]
        elif self._copying is not None:
            picked = self._stream(rows.numpy(), self._copying)
        else:
            found = self._pixels.take(rows.numpy(), axis=0)
            return torch.from_numpy(found.astype(np.int32) if self._wide else found)
        return picked.to(torch.int32) & 0xFFFF if self._wide else picked

    def _bring_to_card(self, share: float) -> None:
        free = torch.cuda.mem_get_info(self.device)[0]
        if self._pixels.nbytes < share * free:
            same_bits = self._pixels.view(np.int16) if self._wide else self._pixels
            self._resident = torch.from_numpy(np.array(same_bits)).to(self.device)
        else:
            self._copying = torch.cuda.Stream(self.device)

    def _stream(self, rows: np.ndarray, copying: torch.cuda.Stream) -> torch.Tensor:
        shape = (len(rows), *self._pixels.shape[1:])
        kind = torch.int16 if self._wide else torch.uint8
        pinned = torch.empty(shape, dtype=kind, pin_memory=True)
        room = pinned.numpy().view(self._pixels.dtype)
        self._pixels.take(rows, axis=0, out=room, mode="clip")  # another mode would copy twice
        using = torch.cuda.current_stream(self.device)
        with torch.cuda.stream(copying):
            arrived = pinned.to(self.device, non_blocking=True)
        using.wait_stream(copying)
        arrived.record_stream(using)
        return arrived


def _bytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.3g} MB"


def scaled(raw: torch.Tensor, scale: float, out: torch.Tensor | None = None) -> torch.Tensor:
    """Integers ``[B, C, H, W]`` as float32 in 0..1, in ``out`` where it is given."""
    if out is None:
        out = torch.empty(raw.shape, dtype=torch.float32, device=raw.device)
    torch.mul(raw, scale, out=out)
    # 255 times the float next to 1/255 is 1: bytes need no clamping.
    return out if raw.dtype == torch.uint8 and scale <= 1 / 255 else out.clamp_(0.0, 1.0)


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
