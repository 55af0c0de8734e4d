"""The list of images that a scan found: what a project's data is, exactly."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from itertools import repeat
from pathlib import Path
from typing import Any, Literal, get_args

from engine.data.paths import from_stored, to_stored
from engine.errors import FoveaError
from engine.files import atomic, strict_json
from engine.files.hashing import sha256_bytes

__all__ = [
    "Finding",
    "Item",
    "Manifest",
    "Severity",
    "copy_manifest",
    "load_manifest",
    "save_manifest",
]

Severity = Literal["error", "warning", "note"]
SPLITS = ("", "train", "val", "test")
LIMIT = 1_000_000_000
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Finding:
    """Something about the images that a person should know.

    Attributes:
        kind: a stable name, such as ``unreadable``, ``duplicate`` or ``leak``.
        severity: ``error`` (the result would be wrong), ``warning`` or ``note``.
        message: one or two sentences with the counts.
        images: the images concerned, as they are shown; pairs stand next to each other.
    """

    kind: str
    severity: Severity
    message: str
    images: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values, as ``check --json`` prints them."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "message": self.message,
            "images": list(self.images),
        }


@dataclass(frozen=True, slots=True)
class Item:
    """One usable image.

    Attributes:
        path: the file relative to the source, with forward slashes; for ``npz`` the array's name,
            for ``idx`` the file's name.
        label: index into the manifest's classes; of several labels the first, of none -1.
        sha256: of the file's bytes, or of the row's bytes in an array.
        width, height: of the upright image, in pixels.
        mode: how the file stores a pixel, such as ``RGB`` or ``L;16``.
        split: ``train``, ``val`` or ``test`` where the source says so, else empty.
        index: the row in the array, -1 for a file of its own.
        group: what the source itself says belongs together, else empty.
        labels: all its labels in order, where the source gives images several; else None.
    """

    path: str
    label: int
    sha256: str
    width: int
    height: int
    mode: str
    split: str = ""
    index: int = -1
    group: str = ""
    labels: tuple[int, ...] | None = None

    @property
    def every_label(self) -> tuple[int, ...]:
        """The classes that the image has: one, or several, or none."""
        return (self.label,) if self.labels is None else self.labels

    @property
    def name(self) -> str:
        """What a person reads: the path, with the row where there is one."""
        return self.path if self.index < 0 else f"{self.path}[{self.index}]"


@dataclass(frozen=True)
class Manifest:
    """All usable images of a source in a fixed order, their classes, and what the scan found."""

    layout: str
    classes: tuple[str, ...]
    items: tuple[Item, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def multi(self) -> bool:
        """Whether an image can have several of the classes, or none."""
        return bool(self.items) and self.items[0].labels is not None

    def naming(self, item: Item) -> str:
        """The classes of an image as a person reads them."""
        return ", ".join(self.classes[label] for label in item.every_label) or "none of the classes"


def save_manifest(manifest: Manifest, project_dir: Path) -> str:
    """Writes ``data/<sha256>.json`` in the project and gives the hash that names it.

    Equal manifests give equal files. Raises FoveaError FV-O001 when the system refuses.
    """
    data = _encode(manifest)
    digest = sha256_bytes(data)
    path = _path(project_dir, digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or sha256_bytes(path.read_bytes()) != digest:
        atomic.write_bytes(path, data)
    return digest


def load_manifest(project_dir: Path, digest: str) -> Manifest:
    """The manifest of that hash; raises FoveaError FV-D020 when it is missing or damaged."""
    if not _DIGEST.fullmatch(digest):
        raise _broken(project_dir, "The project does not name a list of images.")
    path = _path(project_dir, digest)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _broken(path, f"The file cannot be read: {error.strerror or error}.") from None
    if sha256_bytes(data) != digest:
        raise _broken(path, "Its content is not what the scan wrote.")
    return _decode(strict_json.loads(data, limit=LIMIT, where=str(path)), path)


def copy_manifest(project_dir: Path, digest: str, target_dir: Path) -> None:
    """Copies a manifest into another project's folder; a lost one is passed over.

    Raises OSError when the system refuses.
    """
    if _DIGEST.fullmatch(digest) and _path(project_dir, digest).is_file():
        target = _path(target_dir, digest)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(_path(project_dir, digest), target)


def _path(project_dir: Path, digest: str) -> Path:
    return Path(project_dir) / "data" / f"{digest}.json"


def _encode(manifest: Manifest) -> bytes:
    """Columns instead of one object an image: a third of the size and of the time to read."""
    names = [f.name for f in fields(Item) if f.name != "labels"]
    columns: dict[str, list[Any]]
    columns = {name: [getattr(item, name) for item in manifest.items] for name in names}
    if manifest.multi:
        columns["labels"] = [item.labels for item in manifest.items]
    columns["path"] = [to_stored(path) for path in columns["path"]]
    columns["group"] = [to_stored(group) for group in columns["group"]]
    value = {
        "fovea_manifest": 1,
        "layout": manifest.layout,
        "classes": list(manifest.classes),
        "findings": [finding.to_json() for finding in manifest.findings],
        "items": columns,
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _decode(value: Any, path: Path) -> Manifest:
    try:
        if value["fovea_manifest"] != 1:
            raise ValueError("its version is not known")
        classes = tuple(_text(name) for name in value["classes"])
        findings = tuple(_finding(part) for part in value["findings"])
        items = _items(value["items"], len(classes))
        return Manifest(_text(value["layout"]), classes, items, findings)
    except (KeyError, TypeError, ValueError) as error:
        raise _broken(path, f"It is not a list of images ({error}).") from None


def _items(columns: dict[str, Any], classes: int) -> tuple[Item, ...]:
    """The images of checked columns; a column is checked as a whole, for it may be long."""
    names = [f.name for f in fields(Item) if f.name != "labels"]
    whole = {"label", "width", "height", "index"}
    for name in names:
        kind = int if name in whole else str
        if not set(map(type, columns[name])) <= {kind}:
            raise TypeError(f"a wrong value in {name}")
    if len({len(columns[name]) for name in names}) > 1:
        raise ValueError("columns of unequal length")
    firsts: list[int] = columns["label"]
    every: Iterable[tuple[int, ...] | None] = repeat(None, len(firsts))
    if "labels" in columns:
        every = [_several(cell, classes) for cell in columns["labels"]]
        firsts = [next(iter(labels), -1) for labels in every]
    lowest = -1 if "labels" in columns else 0
    stored = {text: from_stored(text) for name in ("path", "group") for text in set(columns[name])}
    found = columns | {name: [stored[cell] for cell in columns[name]] for name in ("path", "group")}
    if columns["label"] != firsts:
        raise ValueError("a label that is not the first of its labels")
    _need(found, "label", lambda label: lowest <= label < classes)
    _need(found, "split", SPLITS.__contains__)
    if not _are_digests(found["sha256"]):
        _need(found, "sha256", _DIGEST.fullmatch)
    _need(found, "path", _stays_inside)
    return _made({name: found[name] for name in names} | {"labels": every}, len(firsts))


def _made(columns: Mapping[str, Iterable[Any]], count: int) -> tuple[Item, ...]:
    """An item for each row of full columns: set by column, in two fifths of the time of
    ``Item(...)``, which looks up how to get round its own frozenness for each cell.
    """
    items = tuple(map(object.__new__, repeat(Item, count)))
    for name, cells in columns.items():
        deque(map(getattr(Item, name).__set__, items, cells), maxlen=0)
    return items


def _need(columns: dict[str, Any], name: str, good: Callable[[Any], object]) -> None:
    """Raises ValueError that names the first image of whose cell ``good`` is false."""
    wrong = {cell for cell in set(columns[name]) if not good(cell)}
    if wrong:
        place = next(place for place, cell in enumerate(columns[name]) if cell in wrong)
        raise ValueError(f"a wrong {name} for {columns['path'][place]:.80}")


def _are_digests(cells: list[str]) -> bool:
    """Whether all are; at once, which takes a fifth of the time."""
    joined = "".join(cells)
    whole = set(map(len, cells)) <= {64} and joined.isascii()
    return whole and not joined.encode().translate(None, b"0123456789abcdef")


def _several(cell: Any, classes: int) -> tuple[int, ...]:
    """The labels of an image of several: different, in order, and of the classes."""
    if not isinstance(cell, list) or not all(type(label) is int for label in cell):
        raise TypeError("a wrong value in labels")
    if cell != sorted(set(cell)) or (cell and not 0 <= cell[0] <= cell[-1] < classes):
        raise ValueError("labels that the classes do not have")
    return tuple(cell)


def _stays_inside(path: str) -> bool:
    if not path or "\0" in path or path[0] in "/\\" or path[1:2] == ":":
        return False
    return ".." not in path.replace(os.sep, "/").split("/")


def _finding(value: Any) -> Finding:
    if value["severity"] not in get_args(Severity):
        raise ValueError("a finding of unknown severity")
    images = tuple(_text(name) for name in value["images"])
    return Finding(_text(value["kind"]), value["severity"], _text(value["message"]), images)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text is expected")
    return value


def _broken(where: Path, why: str) -> FoveaError:
    return FoveaError(
        "FV-D020",
        "The list of images of this project cannot be used.",
        where=str(where),
        why=why,
        kept="The images and the project are unchanged.",
        fix="Scan the images again on the Data page.",
    )
