"""Single images of a project, on request: for the gallery and the preview."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np

from engine.data.cache import PixelCache
from engine.data.dataset import open_dataset
from engine.data.decode import decode
from engine.data.fit import fit
from engine.data.manifest import Manifest
from engine.data.paths import files_root, resolve_source, shown
from engine.data.picture import Array
from engine.data.spec import DataSpec
from engine.data.thumbnails import read_thumbnail
from engine.errors import FoveaError

__all__ = ["ImageReader"]


class ImageReader:
    """Reads rows of a manifest by their number; may be used from several threads.

    Image files are decoded one by one. Rows of arrays (.npz, IDX) come from the data set's cache,
    which the first request makes where there is none.
    """

    def __init__(self, spec: DataSpec, manifest: Manifest, project_dir: Path) -> None:
        self._spec = spec
        self._manifest = manifest
        self._folder = project_dir
        self._arrays: Array | None = None
        self._lock = threading.Lock()

    def pixels(self, row: int) -> Array:
        """``[channels, size, size]`` uint8 or uint16, equal to the row of the data set.

        Raises FoveaError FV-D010 when the image cannot be read.
        """
        item = self._manifest.items[row]
        if item.index >= 0:
            return np.array(self._cached()[row])
        source = resolve_source(self._spec.source, self._folder)
        return decode(files_root(self._spec.layout, source) / item.path, self._spec)

    def thumbnail(self, row: int, side: int) -> Array:
        """uint8 ``[height, width, 3]``, the whole image in proportion, its longer side ``side``.

        Raises FoveaError FV-D010 when the image cannot be read.
        """
        item = self._manifest.items[row]
        if item.index >= 0:
            small = np.moveaxis(self._cached()[row], 0, 2)
            look = self._spec.with_(
                size=max(8, side), channels="colour", resize="letterbox", depth=8, window="full"
            )
            return np.ascontiguousarray(np.moveaxis(fit(small, look), 0, 2))[:side, :side]
        found = read_thumbnail(item, self._spec, self._folder, side)
        if found is None:
            raise FoveaError(
                "FV-D010",
                "The image cannot be read any more.",
                where=shown(item.name),
                why="It is missing or damaged.",
                fix="Bring it back, or scan the images again.",
            )
        longer = max(item.width, item.height)
        height, width = (max(1, round(side * n / longer)) for n in (item.height, item.width))
        top, left = (side - height) // 2, (side - width) // 2
        return found[top : top + height, left : left + width]

    def _cached(self) -> Array:
        with self._lock:
            if self._arrays is None:
                self._arrays = self._kept()
            return self._arrays

    def _kept(self) -> Array:
        """The pixels alone, where they lie in the cache already."""
        spec, manifest = self._spec, self._manifest
        kept = PixelCache.of(spec, len(manifest.items), self._folder).load()
        return open_dataset(spec, manifest, self._folder).images if kept is None else kept
