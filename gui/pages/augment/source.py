"""The window's images as the engine's previews ask for them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gui.images import ImageSet

__all__ = ["ViewSource"]

_KEPT = 512


class ViewSource:
    """Pixels and labels of a set; see ``engine.augment.preview.Source``. Safe on any worker.

    The pixels looked at last are kept: a slider must not decode a file for each of its steps.
    """

    def __init__(self, images: ImageSet) -> None:
        self.images = images
        self.labels = np.array([item.label for item in images.manifest.items], dtype=np.int64)
        self.train_rows = np.flatnonzero(images.splits == 0)
        self.scale = 1.0 / (65_535 if images.spec.depth == 16 else 255)
        self._decoded: dict[int, NDArray[Any]] = {}

    def pixels(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """``[n, C, H, W]`` uint8 or uint16; raises FoveaError FV-D010 for one that is gone."""
        return np.stack([self._one(int(row)) for row in rows])

    def _one(self, row: int) -> NDArray[Any]:
        kept = self._decoded
        found = kept.get(row)
        if found is None:
            if len(kept) >= _KEPT:
                kept = self._decoded = {}
            found = kept[row] = self.images.reader.pixels(row)
        return found
