"""Copying a plot and saving it as PNG, SVG or CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QGraphicsView, QMenu, QWidget

from engine.errors import FoveaError
from engine.files.atomic import write_bytes
from gui.plots.caption import Caption
from gui.theme import set_icon

__all__ = ["Saver", "csv_text", "picture", "svg_bytes"]

_SCALE = 2.0


def picture(widget: QWidget, scale: float = _SCALE, caption: Caption | None = None) -> QImage:
    """The widget as an image, ``scale`` times as sharp as on a plain screen, below a caption."""
    top = _room(widget, caption)
    size = widget.size() + QSize(0, top)
    image = QImage(size * scale, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(scale)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    if caption is not None:
        caption.paint(painter, widget.width())
    QWidget.render(widget, painter, QPoint(0, top))
    painter.end()
    return image


def _room(widget: QWidget, caption: Caption | None) -> int:
    return math.ceil(caption.height(widget.width())) if caption is not None else 0


def svg_bytes(widget: QWidget, title: str, caption: Caption | None = None) -> bytes:
    """The widget as SVG; a graphics view is drawn from its scene, so that lines stay lines.

    pyqtgraph's own SVG exporter fails on recent Qt, hence Qt's generator.
    """
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    top = _room(widget, caption)
    generator.setSize(widget.size() + QSize(0, top))
    generator.setViewBox(QRectF(0, 0, widget.width(), widget.height() + top))
    generator.setTitle(title)
    painter = QPainter(generator)
    if caption is not None:
        caption.paint(painter, widget.width())
    painter.translate(0, top)
    if isinstance(widget, QGraphicsView):
        painter.fillRect(QRectF(widget.rect()), widget.backgroundBrush())
        widget.scene().render(painter, QRectF(widget.rect()), widget.sceneRect())
    else:
        widget.render(painter, QPoint())
    painter.end()
    buffer.close()
    return bytes(data.data())


def csv_text(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table as CSV, numbers in full precision."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


class Saver:
    """Offers and does the saving of one plot.

    ``widget`` is what is drawn; ``table`` returns its numbers as CSV text; ``name`` becomes the
    suggested file name. ``failed`` is called with the FoveaError when a file cannot be written.
    ``caption`` gives what stands above the drawing in a picture, and ``drawing`` surrounds its
    making: a plot that draws less on a screen draws all of it there.
    """

    def __init__(
        self,
        widget: QWidget,
        name: str,
        table: Callable[[], str],
        failed: Callable[[FoveaError], None],
        caption: Callable[[], Caption] | None = None,
        drawing: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._widget = widget
        self._name = name
        self._table = table
        self._failed = failed
        self._caption = caption
        self._drawing = drawing

    def fill(self, menu: QMenu) -> None:
        """Adds the copy and save actions to a context menu."""
        set_icon(menu.addAction("Copy image", self.copy_image), "copy")
        set_icon(menu.addAction("Copy numbers", self.copy_table), "table")
        menu.addSeparator()
        for suffix in ("png", "svg", "csv"):
            action = menu.addAction(f"Save as {suffix.upper()}…")
            action.triggered.connect(lambda _=False, suffix=suffix: self._ask(suffix))
            set_icon(action, "download")

    def copy_image(self) -> None:
        """Puts the picture on the clipboard."""
        QGuiApplication.clipboard().setImage(self._picture())

    def copy_table(self) -> None:
        """Puts the numbers on the clipboard, in full precision."""
        QGuiApplication.clipboard().setText(self._table())

    def save(self, path: Path) -> None:
        """Writes the file in the format of its suffix; raises FoveaError when it cannot."""
        suffix = path.suffix.lower()
        if suffix == ".csv":
            write_bytes(path, self._table().encode())
        elif suffix == ".svg":
            with self._drawing():
                drawn = svg_bytes(self._widget, self._name, self._above())
            write_bytes(path, drawn)
        else:
            write_bytes(path, _png(self._picture()))

    def _picture(self) -> QImage:
        with self._drawing():
            return picture(self._widget, caption=self._above())

    def _above(self) -> Caption | None:
        return self._caption() if self._caption is not None else None

    def _ask(self, suffix: str) -> None:
        start = f"{self._name.lower().replace(' ', '-')}.{suffix}"
        chosen, _ = QFileDialog.getSaveFileName(
            self._widget, f"Save {self._name.lower()}", start, f"{suffix.upper()} (*.{suffix})"
        )
        if not chosen:
            return
        path = Path(chosen)
        try:
            self.save(path if path.suffix else path.with_suffix(f".{suffix}"))
        except FoveaError as error:
            self._failed(error)


def _png(image: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs name only bytes here
    return bytes(data.data())
