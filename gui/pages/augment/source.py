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

    Of images that can have several classes ``labels`` are the rows; :meth:`name` knows either.

    The pixels looked at last are kept: a slider must not decode a file for each of its steps.
    """

    def __init__(self, images: ImageSet) -> None:
        self.images = images
        items = images.manifest.items
        own = range(len(items)) if images.manifest.multi else (item.label for item in items)
        self.labels = np.fromiter(own, np.int64, len(items))
        self.train_rows = np.flatnonzero(images.splits == 0)
        self.scale = 1.0 / (65_535 if images.spec.depth == 16 else 255)
        self._decoded: dict[int, NDArray[Any]] = {}

    def name(self, label: int) -> str:
        """The class of a label, or the classes of a row."""
        manifest = self.images.manifest
        if manifest.multi:
            return manifest.naming(manifest.items[label])
        return manifest.classes[label]

    def colour(self, label: int) -> int:
        """The number of the class whose colour stands for a label: of several the first."""
        manifest = self.images.manifest
        return max(0, manifest.items[label].label) if manifest.multi else label

    def train_rows_of(self, label: int) -> NDArray[np.int64]:
        """The training images that have a class."""
        items = self.images.manifest.items
        if not self.images.manifest.multi:
            return self.train_rows[self.labels[self.train_rows] == label]
        has = [label in items[row].every_label for row in self.train_rows.tolist()]
        return self.train_rows[np.array(has, bool)]

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
