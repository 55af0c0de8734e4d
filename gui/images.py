"""The images of the open project, read once behind the window and shared by the pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.errors import FoveaError
from gui.document import Document
from gui.runner import Runner, Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.data.manifest import Manifest
    from engine.data.reader import ImageReader
    from engine.data.spec import DataSpec
    from engine.project.document import Project

__all__ = ["SPLIT_NAMES", "ImageSet", "Images"]

SPLIT_NAMES = ("Training", "Validation", "Test")


@dataclass(frozen=True, eq=False)
class ImageSet:
    """The images as the project describes them.

    Attributes:
        spec: the settings that they were read by. folder: the project's folder.
        manifest: the list of images; a row's number is its place in it, as in training.
        splits: int8 per row: 0 training, 1 validation, 2 test.
        counts: how many images ``[classes, 3]``, by split; one of several classes counts in each.
        reader: reads the pixels of rows; safe on any thread.
        found: whether the images lay where the project says when this set was made.
    """

    spec: DataSpec
    folder: Path
    manifest: Manifest = field(repr=False)
    splits: NDArray[np.int8] = field(repr=False)
    counts: NDArray[np.int64] = field(repr=False)
    reader: ImageReader = field(repr=False)
    found: bool = True

    def having(self, label: int) -> NDArray[np.bool_]:
        """By row, whether an image has a class; it may have others too."""
        import numpy as np

        items = self.manifest.items
        if not self.manifest.multi:
            return np.array([item.label for item in items]) == label
        return np.fromiter((label in item.every_label for item in items), np.bool_, len(items))


class Images(QObject):
    """Keeps :attr:`current` in step with the document.

    Signals:
        changed(): another set, another split, or an error; look at :attr:`current` and
            :attr:`error`.
    """

    changed = Signal()

    def __init__(self, document: Document, runner: Runner) -> None:
        super().__init__()
        self.current: ImageSet | None = None
        self.error: FoveaError | None = None
        self._document = document
        self._runner = runner
        self._wanted: tuple[Path, DataSpec] | None = None
        self._task: Task | None = None
        document.changed.connect(self._follow)
        self._follow(None, document.project)

    @property
    def loading(self) -> bool:
        """Whether the set is being read."""
        return self._task is not None

    def _follow(self, _before: Project | None, after: Project | None) -> None:
        folder = self._document.folder
        wanted = (folder, after.data) if after is not None and folder is not None else None
        if wanted == self._wanted:
            return
        self._wanted = wanted
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if wanted is None or not wanted[1].manifest:
            self._show(None, None)
            return
        old, place, spec = self.current, *wanted
        self._task = self._runner.task(
            lambda _progress: _load(place, spec, old),
            lambda found: self._show(found, None),
            lambda error: self._show(None, error),
            owner=self,
        )

    def _show(self, found: ImageSet | None, error: FoveaError | None) -> None:
        self._task = None
        self.current, self.error = found, error
        self.changed.emit()


def _load(folder: Path, spec: DataSpec, old: ImageSet | None) -> ImageSet:
    """On a worker: the list of images (kept when it is the same) and the split of it."""
    from engine.data.manifest import load_manifest
    from engine.data.paths import resolve_source
    from engine.data.reader import ImageReader
    from engine.data.split import split

    same = old is not None and old.folder == folder and old.spec.manifest == spec.manifest
    manifest = old.manifest if same and old is not None else load_manifest(folder, spec.manifest)
    reader = ImageReader(spec, manifest, folder)
    found = resolve_source(spec.source, folder).exists()
    splits = split(manifest, spec)
    return ImageSet(spec, folder, manifest, splits, _counts(manifest, splits), reader, found)


def _counts(manifest: Manifest, splits: NDArray[np.int8]) -> NDArray[np.int64]:
    import numpy as np

    parts = zip(manifest.items, splits.tolist(), strict=True)
    places = [3 * label + part for item, part in parts for label in item.every_label]
    count = len(manifest.classes)
    return np.bincount(np.array(places, np.int64), minlength=3 * count).reshape(count, 3)
