"""A set of images in words: for the gallery, its filters and the Source card."""

from __future__ import annotations

from engine.data.manifest import Finding
from engine.data.paths import resolve_source, shown
from engine.errors import FoveaError
from gui.gallery import Tile
from gui.images import SPLIT_NAMES, ImageSet

__all__ = ["about", "lost", "named", "tile"]


def tile(images: ImageSet, row: int) -> Tile:
    """An image of the set, as the gallery shows it."""
    item = images.manifest.items[row]
    name, part = shown(item.name), SPLIT_NAMES[images.splits[row]]
    tip = f"{name}\n{images.manifest.naming(item)}, {part}"
    return Tile(row, name.rsplit("/", 1)[-1], tip, colours=item.every_label)


def named(finding: Finding) -> set[str]:
    """The names of a finding's images, which may stand before a reason or a class in brackets."""
    return {
        name
        for text in finding.images
        for name in (text, text.split(": ")[0], text.rsplit(" (", 1)[0])
    }


def lost(images: ImageSet) -> FoveaError:
    """What to say when the images are not where the project says."""
    return FoveaError(
        "FV-D001",
        "The images cannot be found.",
        where=shown(str(resolve_source(images.spec.source, images.folder))),
        why="They were moved or renamed, or their drive is not connected.",
        kept="The project, its runs and the list of images.",
        fix="Bring them back and scan again, or choose where they are now.",
    )


def about(images: ImageSet) -> str:
    """How many images, and where they come from."""
    spec = images.spec
    layouts = {
        "folders": "class folders",
        "npz": "an .npz file",
        "idx": "IDX files",
        "csv": "a CSV table",
        "none": "nothing",
    }
    place = shown(str(resolve_source(spec.source, images.folder)))
    count = f"{len(images.manifest.items):,} images in {len(spec.classes)} classes"
    return f"{count}, from {layouts[spec.layout]}:\n{place}"
