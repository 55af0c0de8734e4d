"""What the selected node sees of one of the person's own images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtGui import QImage, QShowEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from engine.errors import FoveaError
from engine.graph.facts import NodeFacts
from engine.layers.base import Frame
from gui.numbers import percent
from gui.pages.base import Session
from gui.pages.model.field_view import FieldView
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, ElidedLabel, IconButton, column, label, row

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gui.images import ImageSet

__all__ = ["FieldPanel", "to_image"]


class FieldPanel(QWidget):
    """An image at the size that the model gets it, the receptive field drawn over it.

    Two buttons go through the training images. Pixels are read on a worker, and only while the
    panel can be seen.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images, self._runner = session.images, session.runner
        self._set: ImageSet | None = None
        self._rows: NDArray[np.int64] = np.empty(0, np.int64)
        self._asked: tuple[ImageSet, int] | None = None
        self._frame = Frame(0, 0, 0, 0)
        self.position = 0
        self.view = FieldView()
        self.back = IconButton("chevron-left", "Previous image", lambda: self.step(-1))
        self.forth = IconButton("chevron-right", "Next image", lambda: self.step(1))
        self.name = ElidedLabel("", "caption")
        self.words = label("", "caption", wrap=True)
        self.words.setMinimumHeight(2 * self.words.fontMetrics().lineSpacing())
        head = row(label("What it sees", "section"), STRETCH, self.back, self.forth, gap=0)
        self.setLayout(column(head, self.view, self.name, self.words, gap=SPACE // 2))
        self.view.moved.connect(self._tell)
        self._images.changed.connect(self._follow)
        self._follow()

    def show_node(self, facts: NodeFacts | None, frame: Frame) -> None:
        """Shows another node; None while nothing is known of it."""
        self._frame = frame
        known = facts is not None and facts.shape is not None
        self.view.show_facts(facts if known else None, frame.height, frame.width)
        self._tell()

    def step(self, by: int) -> None:
        """Goes to the next (or, with -1, the previous) image."""
        if len(self._rows):
            self.position = (self.position + by) % len(self._rows)
            self._ask()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    def _follow(self) -> None:
        """Takes over the project's images; those that train come first to mind."""
        found = self._images.current
        self._set = found
        rows = np.empty(0, np.int64)
        if found is not None:
            training = np.flatnonzero(found.splits == 0)
            rows = training if len(training) else np.arange(len(found.splits))
        self._rows = rows
        self.position = min(self.position, max(0, len(rows) - 1))
        self._asked = None
        if self.isVisible():
            self._ask()

    def _ask(self) -> None:
        found = self._set
        for part in (self.back, self.forth):
            part.setEnabled(len(self._rows) > 1)
        if found is None or not len(self._rows):
            waits = self._images.loading
            error = self._images.error
            text = "Reading the list of images…" if waits else "No images yet."
            self.name.setText("")
            self.view.show_image(None, error.what if error is not None else text)
            return
        wish = (found, int(self._rows[self.position]))
        if wish == self._asked:
            return
        self._asked = wish
        self.name.setText(found.manifest.items[wish[1]].name)
        self._runner.task(
            lambda _progress: to_image(found.reader.pixels(wish[1])),
            lambda image: self._arrived(wish, image),
            lambda error: self._failed(wish, error),
            owner=self,
        )

    def _arrived(self, wish: tuple[ImageSet, int], image: QImage) -> None:
        if wish == self._asked:
            self.view.show_image(image)

    def _failed(self, wish: tuple[ImageSet, int], error: FoveaError) -> None:
        if wish == self._asked:
            self.view.show_image(None, error.what)

    def _tell(self) -> None:
        self.words.setText(self._sentence())
        self.view.setAccessibleDescription(self.words.text())

    def _sentence(self) -> str:
        facts, field = self.view.facts, self.view.field
        if facts is None:
            return "Known once everything before it is right."
        if field is None:
            return "Each output sees the whole image."
        share = field.share(max(1, self._frame.height), max(1, self._frame.width))
        row_, column_ = self.view.place
        return (
            f"The output in row {row_ + 1}, column {column_ + 1} sees {field.height:.0f} × "
            f"{field.width:.0f} px, {percent(share, 0)} of the image."
        )


def to_image(pixels: NDArray[Any]) -> QImage:
    """An image for the screen from ``[channels, height, width]`` uint8 or uint16.

    Of three and more channels the first three are red, green and blue; else the first is shown in
    grey.
    """
    levels = (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels
    _, height, width = levels.shape
    if len(levels) >= 3:
        packed = np.ascontiguousarray(np.moveaxis(levels[:3], 0, 2))
        kind = QImage.Format.Format_RGB888
        return QImage(packed.data, width, height, 3 * width, kind).copy()
    grey = np.ascontiguousarray(levels[0])
    return QImage(grey.data, width, height, width, QImage.Format.Format_Grayscale8).copy()
