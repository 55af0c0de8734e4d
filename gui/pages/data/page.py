"""The Data page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QWidget

from engine.data.manifest import Finding
from engine.data.paths import resolve_source, shown
from engine.data.spec import DataSpec
from engine.errors import FoveaError
from gui.forms import SpecForm, change_of
from gui.gallery import Gallery, Tile, TileList
from gui.images import SPLIT_NAMES, ImageSet
from gui.pages.base import Action, Page, PageState, Session
from gui.pages.data.detail import ImageDetail
from gui.pages.data.findings import FindingList
from gui.pages.data.scanning import Scanning
from gui.pages.data.words import about, lost, named, tile
from gui.plots import Bar, BarChart
from gui.theme.tokens import SPACE
from gui.widgets import (
    STRETCH,
    BusyOverlay,
    Card,
    EmptyState,
    ProblemBox,
    Segmented,
    Stack,
    button,
    column,
    label,
    row,
    scroll,
)

if TYPE_CHECKING:
    from engine.data.scan import Scan
    from engine.project.document import Project

__all__ = ["DataPage"]

_SPLIT = ("validation", "test", "group_by", "split_seed")
_PIXELS = ("size", "channels", "resize", "window")
_KIND = ("targets",)
_PARTS = (("all", "All"), ("0", "Train"), ("1", "Validation"), ("2", "Test"))


class DataPage(Page):
    """Gallery by class and split; counts, findings, split and pixel settings beside it.

    An image of several classes is found under each of them, and counts in the bar of each.
    """

    name = "data"
    title = "Data"
    icon = "images"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._finding: Finding | None = None
        self._drawn: ImageSet | None = None
        self.scanning = Scanning(self.document, self.runner, self)
        self.classes = QComboBox()
        self.classes.setAccessibleName("Class")
        self.classes.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.classes.setMaximumWidth(26 * SPACE)
        self.parts = Segmented(_PARTS, name="Split")
        self.count = label("", "muted")
        self.gallery = Gallery(self.runner)
        self.detail = ImageDetail(self.runner)
        self.bars = BarChart()
        self.findings = FindingList()
        self.kind = SpecForm(DataSpec, stacked=True, hide=(*_PIXELS, *_SPLIT))
        self.split = SpecForm(DataSpec, stacked=True, hide=(*_PIXELS, *_KIND))
        self.pixels = SpecForm(DataSpec, stacked=True, hide=(*_SPLIT, *_KIND))
        for form in (self.kind, self.split, self.pixels):
            form.set_address("data")
        self.problem = ProblemBox()
        self.source = label("", "caption", wrap=True, select=True)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        wall = Card("Images")
        self.all = button("Show all", self._show_all, look="link")
        for part in (self.classes, self.parts):
            wall.head.addWidget(part)
        wall.body.addLayout(row(self.count, STRETCH, self.all))
        wall.body.addWidget(self.gallery, 1)
        wall.body.addWidget(self.detail)
        self.gallery.setAccessibleName("Images")
        side = column(*self._cards(), STRETCH, gap=SPACE)
        beside = scroll(side)
        beside.setFixedWidth(42 * SPACE)
        self.full = QWidget()
        box = QHBoxLayout(self.full)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(SPACE)
        box.addWidget(wall, 1)
        box.addWidget(beside)
        self.empty = EmptyState(
            "images",
            "No images yet",
            "Drop a folder with one subfolder per class anywhere on the window, or a CSV table, "
            "an .npz or IDX files.",
            "Import images…",
            self.import_folder,
        )
        self.stack = Stack(self.empty, self.full)
        self.overlay = BusyOverlay(self.stack)
        whole = column(self.problem, self.stack, gap=SPACE, margin=2 * SPACE)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def _cards(self) -> tuple[QWidget, ...]:
        source = Card("Source")
        source.body.addWidget(self.source)
        again = button("Scan again", self.scan_again, icon="refresh-cw")
        other = button("Other images…", self.import_folder, icon="folder-open")
        source.body.addLayout(row(again, other, STRETCH))
        found = Card("Findings")
        found.body.addWidget(self.findings)
        cards = [source, found]
        for title, part in (
            ("Images per class", self.bars),
            ("Classes", self.kind),
            ("Split", self.split),
            ("From pixels to numbers", self.pixels),
        ):
            card = Card(title)
            card.body.addWidget(part)
            cards.append(card)
        return tuple(cards)

    def _connect(self) -> None:
        self.session.images.changed.connect(self._on_images)
        self.classes.activated.connect(lambda _index: self._filter())
        self.parts.chosen.connect(lambda _key: self._filter())
        self.gallery.chosen.connect(self._on_tile)
        self.bars.bar_clicked.connect(self._on_bar)
        self.bars.failed.connect(self.session.error)
        self.findings.chosen.connect(self._on_finding)
        self.kind.edited.connect(self._on_edited)
        self.split.edited.connect(self._on_edited)
        self.pixels.edited.connect(self._on_edited)
        self.overlay.cancelled.connect(self.scanning.cancel)
        self.scanning.progress.connect(self.overlay.show_progress)
        self.scanning.ended.connect(self._on_end)
        self.scanning.found.connect(self._on_found)
        self.scanning.failed.connect(self._on_failed)
        self.problem.fix_clicked.connect(self.import_folder)

    # The page as the window sees it

    def show_project(self, before: Project | None, after: Project | None) -> None:
        if after is None:
            return
        if before is None or before.data is not after.data:
            self.kind.set_value(after.data)
            self.split.set_value(after.data)
            self.pixels.set_value(after.data)
        self._on_images()

    def state(self) -> PageState:
        project, images = self.document.project, self.session.images
        if self.scanning.active:
            return "running"
        if project is None or not project.data.manifest:
            return "nothing"
        severe = images.current is not None and any(
            finding.severity == "error" for finding in images.current.manifest.findings
        )
        lost = images.current is not None and not images.current.found
        return "attention" if images.error is not None or severe or lost else "ready"

    def primary_action(self) -> Action | None:
        project = self.document.project
        if project is not None and not project.data.manifest:
            return Action("Import images…", self.import_folder, "folder-open")
        return None

    # Edits

    def _on_edited(self, spec: object, name: str) -> None:
        project = self.document.project
        if project is not None and isinstance(spec, DataSpec):
            self.document.apply(project.with_(data=spec), change_of(spec, name), f"data.{name}")

    def import_folder(self) -> None:
        """Asks for a folder and scans it."""
        chosen = QFileDialog.getExistingDirectory(self, "Folder with one subfolder per class")
        if chosen:
            self.scan(Path(chosen))

    def scan_again(self) -> None:
        """Looks at the same source again: for images that were added, changed or taken away."""
        project, folder = self.document.project, self.document.folder
        if project is not None and folder is not None:
            self.scan(resolve_source(project.data.source, folder))

    def scan(self, source: Path) -> None:
        """Scans ``source`` behind the window and takes what it finds as one undo step."""
        project, folder = self.document.project, self.document.folder
        if project is None or folder is None or self.scanning.active:
            return
        self.problem.show_error(None)
        self.overlay.start("Looking at the images")
        self.scanning.start(source, folder, project.data)
        self.state_changed.emit()

    def _on_found(self, scan: Scan) -> None:
        project = self.document.project
        if project is None:
            return
        kept = {name: getattr(project.data, name) for name in _SPLIT}
        if project.data.classes == scan.spec.classes:
            kept |= {name: getattr(project.data, name) for name in _PIXELS}
            if scan.spec.targets == "single":
                kept["targets"] = project.data.targets
        data = scan.spec.with_(**kept)
        if data == project.data:
            self.session.toast("Nothing has changed since the last scan.")
        self.document.apply(project.with_(data=data), "Scan images")

    def _on_failed(self, error: FoveaError) -> None:
        self.problem.show_error(error, "Other images…")

    def _on_end(self) -> None:
        self.overlay.finish()
        self.state_changed.emit()

    # What is shown

    def _on_images(self) -> None:
        project, images = self.document.project, self.session.images.current
        error = self.session.images.error
        if error is not None:
            self.problem.show_error(error, "")
        elif images is not None and not images.found:
            self.problem.show_error(lost(images), "Other images…")
        elif not self.scanning.active:
            self.problem.show_error(None)
        loading = project is not None and bool(project.data.manifest)
        self.stack.show_only(self.full if images is not None or loading else self.empty)
        if images is not self._drawn:
            self._drawn = images
            if images is not None:
                self._draw(images)
            else:
                self.gallery.show_tiles(())

    def _draw(self, images: ImageSet) -> None:
        """Fills everything from another set; what was filtered by a finding is shown whole."""
        names = list(images.manifest.classes)
        if ["All classes", *names] != self._class_names():
            self.classes.clear()
            self.classes.addItems(["All classes", *names])
        self._finding = None
        self.findings.show_findings(images.manifest.findings)
        self.source.setText(about(images))
        self._show_bars()
        self._filter(fresh=True)
        self.state_changed.emit()

    def _class_names(self) -> list[str]:
        return [self.classes.itemText(i) for i in range(self.classes.count())]

    def _show_bars(self) -> None:
        images = self.session.images.current
        assert images is not None
        bars = [
            Bar(name, tuple(int(n) for n in images.counts[i]), i)
            for i, name in enumerate(images.manifest.classes)
        ]
        self.bars.set_bars(bars, tuple(name.lower() for name in SPLIT_NAMES))

    def _rows(self) -> np.ndarray:
        images = self.session.images.current
        assert images is not None
        items = images.manifest.items
        keep = np.ones(len(items), bool)
        if self.classes.currentIndex() > 0:
            keep &= images.having(self.classes.currentIndex() - 1)
        if self.parts.current != "all":
            keep &= images.splits == int(self.parts.current)
        if self._finding is not None:
            names = named(self._finding)
            keep &= np.array([shown(item.name) in names for item in items], bool)
        return np.flatnonzero(keep)

    def _filter(self, *, fresh: bool = False) -> None:
        images = self.session.images.current
        if images is None:
            return
        rows = self._rows()
        tiles = TileList(rows, lambda row: tile(images, row))
        side = self.gallery.picture_side
        reader = images.reader
        self.gallery.show_tiles(tiles, (lambda key: reader.thumbnail(key, side)) if fresh else None)
        words = "1 image" if len(rows) == 1 else f"{len(rows):,} images"
        self.count.setText(words + (f": {self._finding.message}" if self._finding else ""))
        self.all.setVisible(len(rows) != len(images.manifest.items))
        self.detail.setVisible(len(rows) > 0)
        if len(rows):
            self.detail.show_row(images, int(rows[0]))

    def _show_all(self) -> None:
        self._finding = None
        self.classes.setCurrentIndex(0)
        self.parts.set_current("all")
        self._filter()

    def _on_tile(self, tile: Tile) -> None:
        images = self.session.images.current
        if images is not None:
            self.detail.show_row(images, tile.key)

    def _on_bar(self, index: object) -> None:
        if isinstance(index, int):
            self.classes.setCurrentIndex(index + 1)
            self._filter()

    def _on_finding(self, finding: Finding) -> None:
        self._finding = finding
        self.classes.setCurrentIndex(0)
        self.parts.set_current("all")
        self._filter()
