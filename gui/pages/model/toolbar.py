"""The line above the canvas: start from a template, arrange, zoom."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLayout, QToolButton, QWidget
from typing_extensions import override

from gui.numbers import percent
from gui.theme import set_icon
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Chip, IconButton, row

__all__ = ["Toolbar"]

_GAP = SPACE // 2
_WITH_WORDS = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
_BARE = Qt.ToolButtonStyle.ToolButtonIconOnly


class Toolbar(QWidget):
    """Small tools of the canvas; ``templates_wished`` asks for the models to start from.

    Where there is too little room the zoom gives way first, which keys and the wheel do as well,
    then the words on the buttons, then what the canvas' menu offers, too. What is said about the
    model is never cut.
    """

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
        self.templates.setToolButtonStyle(_WITH_WORDS)
        set_icon(self.templates, "layers", "muted", 16)
        self.templates.clicked.connect(self.templates_wished)
        self.load = IconButton(
            "upload", "Import a model from an ONNX file…", self.import_wished.emit
        )
        self.arrange = IconButton("workflow", "Arrange in rows (Ctrl+L)", self.arrange_wished.emit)
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
        self._worded: list[QToolButton] = [self.templates]
        self._fitted: tuple[object, ...] = ()
        box = row(
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
            gap=_GAP,
        )
        box.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # the room decides, not it
        self.setLayout(box)
        self.show_scale(1.0)

    def add_tool(self, tool: QToolButton) -> None:
        """Puts another menu with words behind those that are there."""
        box = self.layout()
        assert isinstance(box, QBoxLayout)
        box.insertWidget(box.indexOf(self._worded[-1]) + 1, tool)
        QWidget.setTabOrder(self._worded[-1], tool)
        self._worded.append(tool)
        self._make_room()

    @override
    def event(self, event: QEvent) -> bool:
        """Looks at the room again when words became longer or shorter."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._make_room()
        return super().event(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """The fullest of the bar's forms that its width has room for.

        Trying a form asks for another layout, which leads here again: that ends here.
        """
        words_there = tuple(part.text() for part in (*self._worded, self.scale))
        now = (self.width(), self.state.text, self.state.isHidden(), words_there)
        if now == self._fitted:
            return
        self._fitted = now
        for zoom, words, more in (
            (True, True, True),
            (False, True, True),
            (False, False, True),
            (False, False, False),
        ):
            for part in (self.farther, self.scale, self.closer):
                part.setVisible(zoom)
            for part in self._worded:
                part.setToolButtonStyle(_WITH_WORDS if words else _BARE)
            for part in (self.arrange, self.fit):
                part.setVisible(more)
            if self._needed() <= self.width():
                return

    def _needed(self) -> int:
        box = self.layout()
        assert box is not None
        parts = [item.widget() for item in map(box.itemAt, range(box.count())) if item is not None]
        shown = [part for part in parts if part is not None and not part.isHidden()]
        return sum(part.sizeHint().width() for part in shown) + _GAP * len(shown)

    def show_scale(self, scale: float) -> None:
        """Shows the zoom in percent."""
        self.scale.setText(percent(scale, 0))
        self.scale.setAccessibleName(f"Zoom {percent(scale, 0)}, click for 100 %")
