"""Small pictures of the images for the gallery."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.decode import read_regular
from engine.data.fit import fit
from engine.data.manifest import Item
from engine.data.paths import files_root, resolve_source
from engine.data.picture import Array, Unreadable
from engine.data.quiet import quiet_decoders
from engine.data.reading import read_picture
from engine.data.spec import DataSpec

__all__ = ["read_thumbnail"]


def read_thumbnail(item: Item, spec: DataSpec, project_dir: Path, side: int) -> Array | None:
    """uint8 ``[side, side, 3]`` of an image file, whole and in proportion; None when it is lost.

    ``side`` is at least 8. For files only; rows of arrays come from the data set's cache.
    """
    root = files_root(spec.layout, resolve_source(spec.source, project_dir))
    try:
        with quiet_decoders():
            data = read_regular(root / item.path)
            pixels = read_picture(data, at_least=2 * side).pixels
    except Unreadable:
        return None
    look = spec.with_(size=side, channels="colour", resize="letterbox", depth=8)
    return np.ascontiguousarray(np.moveaxis(fit(pixels, look), 0, 2))
