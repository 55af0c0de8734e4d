"""From a folder or file that a person chose to a complete, checked list of images."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, Literal

import numpy as np

from engine.data.findings import class_findings, copy_findings, image_findings
from engine.data.inspect import Look, look_at_file, look_at_pixels
from engine.data.manifest import Finding, Item, Manifest, save_manifest
from engine.data.paths import shown, store_source
from engine.data.pool import in_threads
from engine.data.quiet import quiet_decoders
from engine.data.sources.detect import list_source
from engine.data.sources.listing import Listing, Progress
from engine.data.spec import DataSpec
from engine.errors import FoveaError

__all__ = ["Scan", "scan"]

OWN_SIZE_UP_TO = 96
SIDES = (128, 96, 64)
PIXELS_AN_EPOCH = 42_000_000  # what 2 cores train on in well under a minute


@dataclass(frozen=True)
class Scan:
    """A scan's result: settings that fit the images, the list of images, and what was found."""

    spec: DataSpec
    manifest: Manifest

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The manifest's findings, the most severe first."""
        return self.manifest.findings


def scan(
    source: Path,
    project_dir: Path,
    *,
    group_by: Literal["none", "folder", "prefix"] = "none",
    progress: Progress | None = None,
) -> Scan:
    """Finds, opens and decodes every image of ``source`` once and writes the manifest.

    An image that cannot be read whole is left out and listed with the reason. Size, channels, depth
    and range of values are proposed from what was seen. Nothing but ``data/<hash>.json`` in the
    project is written, and that only at the very end. ``progress`` may raise Cancelled.

    Raises FoveaError: FV-D001 not found, FV-D002 no class folders, FV-D003 one class, FV-D004 .npz,
    FV-D005 IDX, FV-D006 table, FV-D007 class names too alike, FV-D008 no image can be read.
    """
    tell = progress or (lambda done, total, text: None)
    listing, chosen = list_source(Path(source), tell)
    with quiet_decoders():
        rows = list(_rows_of_arrays(listing, tell) if listing.parts else _rows(listing, tell))
    if listing.parts:
        rows = _label_names(listing, rows)
    items = tuple(item for item, look in rows if not look.problem)
    _check(listing, items, rows)
    manifest = Manifest(listing.layout, listing.classes, items, _findings(listing, items, rows))
    spec = _suggest(manifest, [look for _, look in rows if not look.problem])
    digest = save_manifest(manifest, project_dir)
    place = store_source(chosen, project_dir)
    return Scan(spec.with_(source=place, manifest=digest, group_by=group_by), manifest)


Row = tuple[Item, Look]


def _rows(listing: Listing, tell: Progress) -> Iterator[Row]:
    entries, total = listing.entries, len(listing.entries)
    tell(0, total, "Reading images")
    work = in_threads(lambda entry: look_at_file(listing.root / entry.path), entries)
    with closing(work) as looks:
        for done, (entry, look) in enumerate(zip(entries, looks, strict=True), start=1):
            size = (look.width, look.height, look.mode)
            yield (
                Item(
                    entry.path,
                    entry.label,
                    look.sha256,
                    *size,
                    entry.split,
                    group=entry.group,
                    labels=entry.labels,
                ),
                look,
            )
            if done % 20 == 0 or done == total:
                tell(done, total, "Reading images")


def _rows_of_arrays(listing: Listing, tell: Progress) -> Iterator[Row]:
    total, done = sum(part.shape[0] for part in listing.parts), 0
    for part in listing.parts:
        index = 0
        for block in part.blocks():
            tell(done, total, "Reading images")
            for pixels in block:
                look = look_at_pixels(pixels)
                size = (look.width, look.height, look.mode)
                label, labels = _labels_of(part.labels[index])
                place = (part.split, index)
                yield Item(part.name, label, look.sha256, *size, *place, labels=labels), look
                index += 1
            done += len(block)
    tell(done, total, "Reading images")


def _labels_of(row: np.ndarray) -> tuple[int, tuple[int, ...] | None]:
    """One label, or the first and all of several."""
    if row.ndim == 0:
        return int(row), None
    labels = tuple(np.flatnonzero(row).tolist())
    return next(iter(labels), -1), labels


def _label_names(listing: Listing, rows: list[Row]) -> list[Row]:
    """Makes the numbers that stand in the label arrays, or of their columns, class names."""
    columns = listing.parts[0].labels.shape[1:]
    if columns:
        listing.classes = tuple(str(column) for column in range(columns[0]))
        return rows
    values = np.unique(np.concatenate([part.labels for part in listing.parts])).tolist()
    number = {value: index for index, value in enumerate(values)}
    listing.classes = tuple(str(value) for value in values)
    if values == list(range(len(values))):
        return rows
    return [(replace(item, label=number[item.label]), look) for item, look in rows]


def _check(listing: Listing, items: tuple[Item, ...], rows: list[Row]) -> None:
    where = shown(str(listing.root))
    kept = "Nothing was written."
    if not items and rows:
        item, look = rows[0]
        raise FoveaError(
            "FV-D008",
            f"None of the {len(rows)} files can be read as an image.",
            where=where,
            why=f"The first, {shown(item.name)}: {look.problem}",
            kept=kept,
            fix="Check that these are JPEG, PNG, BMP or TIFF images, or copy them again.",
        )
    if not items:
        raise FoveaError(
            "FV-D008",
            "There are no images.",
            where=where,
            why=f"The class folders ({', '.join(listing.classes[:6])}) hold no image files.",
            kept=kept,
            fix="Put JPEG, PNG, BMP or TIFF images into the class folders.",
        )
    if len(listing.classes) < 2:
        raise FoveaError(
            "FV-D003",
            f"There is only one class, “{', '.join(listing.classes)}”.",
            where=where,
            why="A classifier needs at least two classes to tell apart.",
            kept=kept,
            fix="Choose the folder that holds one folder for each class.",
        )


def _findings(listing: Listing, items: tuple[Item, ...], rows: list[Row]) -> tuple[Finding, ...]:
    found = list(listing.findings)
    found += image_findings([(shown(item.name), look) for item, look in rows])
    found += class_findings(listing.classes, items)
    found += copy_findings(listing.classes, items)
    deep = [look for _, look in rows if look.deep]
    if deep:
        low, high = _window(deep)
        message = (
            f"{len(deep)} images have more than 8 bits. With the automatic range, values from "
            f"{low:g} to {high:g} go from black to white; the darkest and brightest 0.1 % of an "
            "image may lie beyond."
        )
        found.append(Finding("deep", "note", message))
    order = {"error": 0, "warning": 1, "note": 2}
    return tuple(sorted(found, key=lambda finding: order[finding.severity]))


def _window(deep: list[Look]) -> tuple[float, float]:
    low, high = min(look.low for look in deep), max(look.high for look in deep)
    return (low, high) if low < high else (low, low + max(1.0, abs(low)))


def _suggest(manifest: Manifest, looks: list[Look]) -> DataSpec:
    deep = [look for look in looks if look.deep]
    low, high = _window(deep) if deep else (0.0, 65535.0)
    sizes = [(item.width, item.height) for item in manifest.items]
    values: dict[str, Any] = {
        "layout": manifest.layout,
        "classes": manifest.classes,
        "targets": "multi" if manifest.multi else "single",
        "size": _side(sizes),
        "channels": "grey" if all(look.grey for look in looks) else "colour",
        "resize": _way(sizes),
        "depth": 16 if deep else 8,
        "window_low": low,
        "window_high": high,
    }
    return DataSpec(**values)


def _side(sizes: list[tuple[int, int]]) -> int:
    """The images' own side when it is small, else the largest usual one that trains quickly."""
    short = median(min(size) for size in sizes)
    if short <= OWN_SIZE_UP_TO:
        return max(8, 4 * math.ceil(short / 4))
    quick = [side for side in SIDES if side**2 * len(sizes) <= PIXELS_AN_EPOCH and side <= short]
    return quick[0] if quick else SIDES[-1]


def _way(sizes: list[tuple[int, int]]) -> str:
    """Stretch while all images have about the same proportions, else letterbox."""
    ratios = sorted(width / height for width, height in sizes)
    low, high = ratios[len(ratios) // 20], ratios[-1 - len(ratios) // 20]
    return "stretch" if high <= 1.3 * low else "letterbox"
