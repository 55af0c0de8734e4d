"""The line above the canvas: start from a template, arrange, zoom."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from gui.theme import set_icon
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Chip, IconButton, row

__all__ = ["Toolbar"]


class Toolbar(QWidget):
    """Small tools of the canvas; ``templates_wished`` asks for the models to start from."""

    templates_wished = Signal()
    import_wished = Signal()
    arrange_wished = Signal()
    fit_wished = Signal()
    zoom_wished = Signal(float)
    code_wished = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.templates = QToolButton()
        self.templates.setText(" Start from…")
        self.templates.setAccessibleName("Start from a template")
        self.templates.setToolTip("Replace the model by a template, made for your images")
        self.templates.setToolButtonStyle(self.templates.toolButtonStyle().ToolButtonTextBesideIcon)
        set_icon(self.templates, "layers", "muted", 16)
        self.templates.clicked.connect(self.templates_wished)
        self.load = IconButton(
            "upload", "Import a model from an ONNX file…", self.import_wished.emit
        )
        self.arrange = IconButton("workflow", "Arrange in rows", self.arrange_wished.emit)
        self.code = IconButton("code", "Show the model as PyTorch code", checkable=True)
        self.code.toggled.connect(self.code_wished)
        self.fit = IconButton("maximize", "Show the whole model (F)", self.fit_wished.emit)
        self.closer = IconButton("zoom-in", "Zoom in (+)", lambda: self.zoom_wished.emit(1.25))
        self.farther = IconButton("zoom-out", "Zoom out (-)", lambda: self.zoom_wished.emit(0.8))
        self.scale = QToolButton()
        self.scale.setToolTip("Zoom to 100 %")
        self.scale.setMinimumWidth(6 * SPACE)
        self.scale.clicked.connect(lambda: self.zoom_wished.emit(0.0))
        self.state = Chip()
        self.setLayout(
            row(
                self.templates,
                self.load,
                self.arrange,
                self.code,
                STRETCH,
                self.state,
                self.farther,
                self.scale,
                self.closer,
                self.fit,
                gap=SPACE // 2,
            )
        )
        self.show_scale(1.0)

    def add_tool(self, tool: QToolButton) -> None:
        """Puts another menu beside that of the templates."""
        box = self.layout()
        assert isinstance(box, QHBoxLayout)
        box.insertWidget(1, tool)

    def show_scale(self, scale: float) -> None:
        """Shows the zoom in percent."""
        self.scale.setText(f"{scale * 100:.0f}\u202f%")
        self.scale.setAccessibleName(f"Zoom {scale * 100:.0f} %, click for 100 %")
