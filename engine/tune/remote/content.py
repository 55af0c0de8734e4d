"""Whether two computers have the same images: found out by what they are, not by where they lie."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.data.manifest import Item, load_manifest
from engine.data.spec import DataSpec
from engine.errors import FoveaError
from engine.files.hashing import sha256_bytes
from engine.project.document import Project

__all__ = ["Content", "content_of", "with_local_images"]


@dataclass(frozen=True, slots=True)
class Content:
    """What a list of images amounts to.

    Attributes:
        manifest: SHA-256 of the list itself, which also holds names, sizes and splits.
        images, classes: how many there are, and the names of the classes.
        pixels: SHA-256 over the files' own hashes, in any order.
        labels: the same with each image's classes.
    """

    manifest: str
    images: int
    classes: tuple[str, ...]
    pixels: str
    labels: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"classes": list(self.classes)}

    @classmethod
    def from_json(cls, value: Any) -> Content:
        """Reads them back; raises FoveaError FV-P003 where they are something else."""
        kinds = {"manifest": str, "images": int, "classes": list, "pixels": str, "labels": str}
        if not isinstance(value, Mapping) or value.keys() != kinds.keys():
            raise FoveaError("FV-P003", "What it says about its images is not whole.")
        if any(type(value[name]) is not kind for name, kind in kinds.items()):
            raise FoveaError("FV-P003", "What it says about its images is of another kind.")
        classes = tuple(str(name)[:200] for name in value["classes"][:10_000])
        return cls(**{**value, "classes": classes})


def content_of(project_dir: Path, data: DataSpec) -> Content:
    """The content of a project's images; raises FoveaError FV-D020 when the list is not there."""
    manifest = load_manifest(project_dir, data.manifest)
    pixels = _digest(item.sha256 for item in manifest.items)
    labels = _digest(_labelled(item, manifest.classes) for item in manifest.items)
    return Content(data.manifest, len(manifest.items), tuple(manifest.classes), pixels, labels)


def with_local_images(
    project: Project, theirs: Content, own: Project, project_dir: Path
) -> Project:
    """The study's project with the images of this computer, which must be the same.

    Raises FoveaError FV-S044 that says what differs.
    """
    mine = content_of(project_dir, own.data)
    if mine.manifest != theirs.manifest or project.data.manifest != theirs.manifest:
        raise FoveaError(
            "FV-S044",
            "The images of this project are not those of the study.",
            where=str(project_dir),
            why=_difference(mine, theirs),
            kept="Nothing was changed.",
            fix="Copy the images and the folder data of the project that the study was begun with.",
        )
    return project.with_(data=project.data.with_(source=own.data.source))


def _difference(mine: Content, theirs: Content) -> str:
    if mine.images != theirs.images:
        return f"There are {mine.images:,} images here and {theirs.images:,} in the study."
    if mine.classes != theirs.classes:
        return f"The classes are {_names(mine.classes)} here, {_names(theirs.classes)} there."
    if mine.pixels != theirs.pixels:
        return f"There are {mine.images:,} images here as well, but some have another content."
    if mine.labels != theirs.labels:
        return "The images are the same, but some belong to another class."
    return "The images and classes are the same, but their names, order, groups or splits are not."


def _names(classes: tuple[str, ...]) -> str:
    return ", ".join(classes[:5]) + (", …" if len(classes) > 5 else "")


def _digest(parts: Iterable[str]) -> str:
    return sha256_bytes("\n".join(sorted(parts)).encode("utf-8", "surrogatepass"))


def _labelled(item: Item, classes: tuple[str, ...]) -> str:
    return json.dumps([item.sha256, *(classes[label] for label in item.every_label)])
