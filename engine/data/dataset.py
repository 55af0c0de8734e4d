"""A project's images as arrays, ready to train on."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.data.cache import PixelCache
from engine.data.decode import decode_bytes, read_regular
from engine.data.fit import fit
from engine.data.manifest import Finding, Item, Manifest
from engine.data.paths import files_root, resolve_source, shown
from engine.data.picture import Array, Unreadable
from engine.data.pool import in_threads
from engine.data.quiet import quiet_decoders
from engine.data.sources.detect import list_source
from engine.data.sources.listing import Progress
from engine.data.spec import DataSpec
from engine.data.split import TRAIN, VAL, split
from engine.errors import FoveaError
from engine.files.hashing import sha256_bytes

__all__ = ["Dataset", "open_dataset"]

LEFT_OUT = -1
FEW = 10
PART = 0.01


@dataclass(frozen=True)
class Dataset:
    """All images of a project with their labels and splits.

    Attributes:
        images: ``[n, channels, size, size]`` uint8 or uint16, usually mapped from the cache.
        labels: int64 ``[n]``; of several labels the first, of none -1.
        split: int8 ``[n]``: 0 train, 1 validation, 2 test, -1 left out (missing or changed since
            the scan; such an image is black).
        classes: names by label.
        scale: factor that maps pixels to 0…1.
        paths: ``[n]`` what a person reads for each image.
        findings: what happened on opening; empty when all is as the scan saw it.
        present: uint8 ``[n, classes]``, 1 for each class that an image has, where it can have
            several; else None.
    """

    images: Array
    labels: Array
    split: Array
    classes: tuple[str, ...]
    scale: float
    paths: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    present: Array | None = None

    @property
    def answers(self) -> Array:
        """What the model is to say: ``labels``, or ``present`` where there can be several."""
        return self.labels if self.present is None else self.present


def open_dataset(
    spec: DataSpec, manifest: Manifest, project_dir: Path, *, progress: Progress | None = None
) -> Dataset:
    """The images of ``manifest`` decoded by ``spec``, from the cache or freshly decoded into it.

    Each image that is decoded is first compared with the hash that the scan took. Missing, changed
    and unreadable files are left out and told in ``findings``, up to ten or 1 %, whichever is more
    (of the rows of an array, none); then the cache is not kept, so that the next opening tries them
    again. A cache that is cut or damaged is built anew. Of several processes that need one, one
    decodes, and the others wait for it. ``progress`` may raise Cancelled; nothing
    half built remains.

    Raises FoveaError: FV-D020 the manifest has other classes than the spec, or several for an image
    where the spec expects one; FV-D011 too many images
    are missing or changed; FV-D012 a class has no image to train on, or there is no validation
    image; FV-O001 no space for the cache.
    """
    if spec.classes != manifest.classes:
        raise _other_classes(spec, manifest)
    if manifest.multi and spec.targets != "multi":
        raise _several_labels(spec)
    codes = split(manifest, spec)
    labels = np.array([item.label for item in manifest.items], np.int64)
    _check_training(manifest, codes)
    cache = PixelCache.of(spec, len(manifest.items), project_dir)
    images, lost = cache.load(), []
    if images is None:
        images, lost = _made(cache, spec, manifest, project_dir, progress or _silent)
    codes[[index for index, _ in lost]] = LEFT_OUT
    return Dataset(
        images,
        labels,
        codes,
        manifest.classes,
        1 / 255 if spec.depth == 8 else 1 / 65535,
        tuple(shown(item.name) for item in manifest.items),
        (_lost_finding(manifest, lost),) if lost else (),
        _present(manifest) if spec.targets == "multi" else None,
    )


Lost = list[tuple[int, str]]
"""Indices of images that cannot be used any more, with the reasons."""


def _silent(done: int, total: int, text: str) -> None:
    return None


def _made(
    cache: PixelCache, spec: DataSpec, manifest: Manifest, project_dir: Path, tell: Progress
) -> tuple[Array, Lost]:
    """Decodes the images, unless another process has done so while we waited for it."""

    def waits() -> None:
        tell(0, len(manifest.items), "Waiting for another process that decodes these images")

    with cache.alone(waits):
        images = cache.load()
        return (
            (images, []) if images is not None else _build(cache, spec, manifest, project_dir, tell)
        )


def _build(
    cache: PixelCache, spec: DataSpec, manifest: Manifest, project_dir: Path, tell: Progress
) -> tuple[Array, Lost]:
    source = resolve_source(spec.source, project_dir)
    total = len(manifest.items)
    allowed = 0 if _in_arrays(manifest) else max(FEW, int(PART * total))
    lost: Lost = []

    def rows() -> Generator[Array | None, None, None]:
        decode_all = _array_images if _in_arrays(manifest) else _file_images
        with closing(decode_all(spec, manifest, source)) as results:
            for index, result in enumerate(results):
                if index % 50 == 0:
                    tell(index, total, "Decoding images")
                if isinstance(result, str):
                    lost.append((index, result))
                    if len(lost) > allowed:
                        raise _too_many(manifest, source, lost, index + 1)
                yield None if isinstance(result, str) else result
        tell(total, total, "Decoding images")

    with quiet_decoders(), closing(rows()) as images:
        return cache.store(images), lost


def _in_arrays(manifest: Manifest) -> bool:
    return manifest.layout in ("npz", "idx")


def _file_images(
    spec: DataSpec, manifest: Manifest, source: Path
) -> Generator[Array | str, None, None]:
    root = files_root(manifest.layout, source)

    def work(item: Item) -> Array | str:
        try:
            data = read_regular(root / item.path)
            if sha256_bytes(data) != item.sha256:
                return "The file has changed since the scan."
            return decode_bytes(data, spec)
        except Unreadable as error:
            return str(error)

    return in_threads(work, manifest.items)


def _array_images(
    spec: DataSpec, manifest: Manifest, source: Path
) -> Generator[Array | str, None, None]:
    """The rows of the arrays in the manifest's order, which is the order of the file."""
    listing, _ = list_source(source, _silent)
    rows = (pixels for part in listing.parts for block in part.blocks() for pixels in block)
    for item in manifest.items:
        pixels = next(rows, None)
        if pixels is None or sha256_bytes(np.ascontiguousarray(pixels).data) != item.sha256:
            yield "The array has changed since the scan."
        else:
            yield fit(pixels, spec)


def _present(manifest: Manifest) -> Array:
    """uint8 ``[n, classes]``: 1 for each class that an image has."""
    present = np.zeros((len(manifest.items), len(manifest.classes)), np.uint8)
    for row, item in enumerate(manifest.items):
        present[row, list(item.every_label)] = 1
    return present


def _check_training(manifest: Manifest, codes: Array) -> None:
    rows = (codes == TRAIN).nonzero()[0].tolist()
    trained = {label for row in rows for label in manifest.items[row].every_label}
    for label, name in enumerate(manifest.classes):
        if label not in trained:
            raise _untrainable(
                f"The class “{name}” has no image to train on.",
                "Add images to it or remove it, then scan again.",
            )
    if not (codes == VAL).any():
        raise _untrainable(
            "There is no image for validation.",
            "Add images, or make the groups smaller: at least two groups of a class are needed.",
        )


def _untrainable(what: str, fix: str) -> FoveaError:
    return FoveaError(
        "FV-D012", what, why="Every class needs training images.", kept="Nothing was changed.",
        fix=fix,
    )  # fmt: skip


def _other_classes(spec: DataSpec, manifest: Manifest) -> FoveaError:
    named, listed = (", ".join(names[:6]) or "none" for names in (spec.classes, manifest.classes))
    return FoveaError(
        "FV-D020",
        "The list of images has other classes than the project.",
        where="data.classes",
        why=f"The project names {named}; the list names {listed}.",
        kept="Nothing was changed.",
        fix="Scan the images again on the Data page.",
    )


def _several_labels(spec: DataSpec) -> FoveaError:
    return FoveaError(
        "FV-D020",
        "The images can have several classes, but the project expects one for each.",
        where="data.targets",
        why=f"The classes are set to “{spec.targets}”.",
        kept="Nothing was changed.",
        fix="Set the classes to multi on the Data page.",
    )


def _too_many(manifest: Manifest, source: Path, lost: Lost, seen: int) -> FoveaError:
    index, reason = lost[0]
    return FoveaError(
        "FV-D011",
        f"{len(lost)} of the first {seen} images are missing or have changed since the scan.",
        where=shown(str(source)),
        why=f"The first, {shown(manifest.items[index].name)}: {reason}",
        kept="The project and its runs are unchanged.",
        fix="Bring the images back to that place, or scan them again.",
    )


def _lost_finding(manifest: Manifest, lost: Lost) -> Finding:
    images = tuple(f"{shown(manifest.items[i].name)}: {reason}" for i, reason in lost)
    verb = "1 image is" if len(lost) == 1 else f"{len(lost)} images are"
    message = f"{verb} missing or changed since the scan and left out."
    return Finding("changed", "warning", message, images)
