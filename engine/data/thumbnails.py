"""Small pictures of the images for the gallery."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.decode import read_regular
from engine.data.fit import fit
from engine.data.manifest import Item
from engine.data.paths import resolve_source
from engine.data.picture import Array, Unreadable
from engine.data.quiet import quiet_decoders
from engine.data.reading import read_picture
from engine.data.sources.detect import list_source
from engine.data.spec import DataSpec

__all__ = ["read_row_thumbnails", "read_thumbnail"]


def read_thumbnail(item: Item, spec: DataSpec, project_dir: Path, side: int) -> Array | None:
    """uint8 ``[side, side, 3]`` of an image file, whole and in proportion; None when it is lost.

    For files only; rows of arrays come from :func:`read_row_thumbnails` or the data set's cache.
    """
    source = resolve_source(spec.source, project_dir)
    root = source if spec.layout == "folders" else source.parent
    try:
        with quiet_decoders():
            data = read_regular(root / item.path)
            return _small(read_picture(data, at_least=2 * side).pixels, spec, side)
    except Unreadable:
        return None


def read_row_thumbnails(
    items: list[Item], spec: DataSpec, project_dir: Path, side: int
) -> dict[Item, Array]:
    """uint8 ``[side, side, 3]`` for rows of arrays, in one pass over the file."""
    listing, _ = list_source(resolve_source(spec.source, project_dir), lambda *_: None)
    wanted = {(item.path, item.index): item for item in items}
    found: dict[Item, Array] = {}
    for part in listing.parts:
        rows = {index for path, index in wanted if path == part.name}
        first = 0
        for block in part.blocks() if rows else ():
            for index in sorted(rows & set(range(first, first + len(block)))):
                item = wanted[part.name, index]
                found[item] = _small(block[index - first], spec, side)
            first += len(block)
    return found


def _small(pixels: Array, spec: DataSpec, side: int) -> Array:
    look = spec.with_(size=max(8, side), channels="colour", resize="letterbox", depth=8)
    return np.ascontiguousarray(np.moveaxis(fit(pixels, look), 0, 2))
