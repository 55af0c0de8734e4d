"""The drawing of a model as PNG and SVG, and on paper: the whole model or the selection."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPageLayout, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog

from engine.errors import FoveaError
from engine.files.atomic import write_bytes
from engine.graph.clipping import cut_out
from engine.graph.records import Graph
from gui.canvas.scene import GraphScene
from gui.theme import theme
from gui.theme.tokens import LIGHT

if TYPE_CHECKING:
    from gui.canvas.view import GraphView

__all__ = ["ask_and_print", "ask_and_save", "png_bytes", "print_on", "svg_bytes", "to_draw"]

_MARGIN = 24.0
_SCALE = 2.0
_MOST_PIXELS = 60_000_000
_FILTERS = {".png": "PNG picture (*.png)", ".svg": "SVG drawing (*.svg)"}


def to_draw(view: GraphView) -> GraphScene:
    """A scene of the selection, or of the whole model without one; nothing in it is selected."""
    shown = view.graph_scene
    nodes, comments = view.selected(), view.selected_comments()
    graph = shown.graph
    piece = cut_out(graph, nodes, comments) if nodes or comments else graph
    return _scene(piece, shown)


def _scene(graph: Graph, shown: GraphScene) -> GraphScene:
    scene = GraphScene()
    scene.show_graph(graph, shown.analysis, shown.frame)
    return scene


def _area(scene: GraphScene) -> QRectF:
    return scene.content().adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)


def png_bytes(scene: GraphScene) -> bytes:
    """The drawing as PNG on white, two pixels per canvas pixel, fewer where it is huge."""
    area = _area(scene)
    scale = min(_SCALE, (_MOST_PIXELS / max(area.width() * area.height(), 1.0)) ** 0.5)
    size = QSize(max(round(area.width() * scale), 1), max(round(area.height() * scale), 1))
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    with theme().lent(LIGHT):
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        scene.render(painter, QRectF(0, 0, size.width(), size.height()), area)
        painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs name only bytes here
    return bytes(data.data())


def svg_bytes(scene: GraphScene, title: str) -> bytes:
    """The drawing as SVG, lines as lines and text as text."""
    area = _area(scene)
    shown = QRectF(0, 0, area.width(), area.height())
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(shown.size().toSize())
    generator.setViewBox(shown)
    generator.setTitle(title)
    generator.setResolution(96)
    with theme().lent(LIGHT):
        painter = QPainter(generator)
        painter.fillRect(shown, Qt.GlobalColor.white)
        scene.render(painter, shown, area)
        painter.end()
    buffer.close()
    return bytes(data.data())


def ask_and_save(view: GraphView) -> None:
    """Asks for a file; its ending says the format. Emits ``failed`` when it cannot be written."""
    chosen, kind = QFileDialog.getSaveFileName(
        view, "Save the drawing", "model.png", ";;".join(_FILTERS.values())
    )
    if not chosen:
        return
    path = Path(chosen)
    if path.suffix.lower() not in _FILTERS:
        wished = next((end for end, text in _FILTERS.items() if text == kind), ".png")
        path = path.with_name(path.name + wished)
    scene = to_draw(view)
    made = svg_bytes(scene, path.stem) if path.suffix.lower() == ".svg" else png_bytes(scene)
    try:
        write_bytes(path, made)
    except FoveaError as error:
        view.failed.emit(error)


def ask_and_print(view: GraphView) -> None:
    """Asks for a printer, or a PDF file, and prints the drawing on one page."""
    scene = to_draw(view)
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    area = _area(scene)
    wide = area.width() > area.height()
    printer.setPageOrientation(
        QPageLayout.Orientation.Landscape if wide else QPageLayout.Orientation.Portrait
    )
    printer.setDocName("Model")
    dialog = QPrintDialog(printer, view)
    dialog.setWindowTitle("Print the model")
    if dialog.exec():
        print_on(scene, printer)


def print_on(scene: GraphScene, printer: QPrinter) -> None:
    """Prints the drawing as large as fits on one page, 150 % at most, at the top."""
    printer.setPageMargins(QMarginsF(12, 12, 12, 12), QPageLayout.Unit.Millimeter)
    area, page = _area(scene), printer.pageRect(QPrinter.Unit.DevicePixel)
    largest = 1.5 * printer.resolution() / 96
    scale = min(page.width() / area.width(), page.height() / area.height(), largest)
    target = QRectF(0, 0, area.width() * scale, area.height() * scale)
    target.moveLeft((page.width() - target.width()) / 2)
    with theme().lent(LIGHT):
        painter = QPainter(printer)
        scene.render(painter, target, area)
        painter.end()
