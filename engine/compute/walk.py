"""The images of an epoch, batch after batch, with as little around each as can be."""

from __future__ import annotations

import numpy as np
import torch

from engine.compute.images import Images

__all__ = ["Walk"]


class Walk:
    """Gives images in the order of :meth:`along`, by their places, as :meth:`Images.batch` does.

    On the processor they lie in memory that the next call writes into. That, and cutting the order
    without torch, makes it as fast as reading a memory map in order: a batch drives torch's own
    code out of the processor's cache, so that every call to it takes some 30 to 60 us.
    """

    def __init__(self, images: Images) -> None:
        self._images = images
        self._pixels = images.host
        self._rows = np.empty(0, np.int64)
        self._order: torch.Tensor | None = None
        self._found = np.empty(0, np.uint8)
        self._given = torch.empty(0)
        self._wider: np.ndarray | None = None

    def along(self, rows: np.ndarray) -> Walk:
        """Itself, on a new order; raises IndexError for rows that the images do not have."""
        if len(rows) and not 0 <= rows.min() <= rows.max() < len(self._images):
            raise IndexError("A row is not among the images.")  # "clip" would give another one
        self._rows = np.ascontiguousarray(rows, dtype=np.int64)
        self._order = self._images.order(rows) if self._pixels is None else None
        return self

    def __call__(self, places: slice) -> torch.Tensor:
        """The images at ``places`` (from, up to), integers ``[B, C, H, W]`` on the device."""
        pixels, order = self._pixels, self._order
        if order is not None:
            return self._images.batch(order[places])
        assert pixels is not None
        rows = self._rows[places]
        if len(rows) != len(self._found):
            self._make_room(pixels, len(rows))
        pixels.take(rows, 0, self._found, "clip")  # another mode would copy twice
        if self._wider is not None:
            self._wider[...] = self._found
        return self._given

    def _make_room(self, pixels: np.ndarray, count: int) -> None:
        """Memory for ``count`` images: only an epoch's last batch has another size."""
        self._found = np.empty((count, *pixels.shape[1:]), pixels.dtype)
        self._wider = self._found.astype(np.int32) if pixels.dtype == np.uint16 else None
        self._given = torch.from_numpy(self._found if self._wider is None else self._wider)
