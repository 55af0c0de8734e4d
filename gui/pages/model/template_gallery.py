"""The dialog that chooses a model to start from."""

from __future__ import annotations

import functools

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QWidget

from engine.graph.analysis import analyse
from engine.layers.base import Frame
from engine.templates import TEMPLATES
from gui.pages.model.template_list import Cost, TemplateList
from gui.theme.tokens import SPACE
from gui.widgets import column, label

__all__ = ["TemplateGallery", "template_cost"]


class TemplateGallery(QDialog):
    """All templates with what each is good for, and its size for images as in ``frame``.

    ``chosen(name)``: the model is to be replaced by a template. The sizes are worked out one
    template at a time after the dialog is on screen, so that it opens at once, and shown together:
    the list is laid out anew for them. They are known already when it is opened again.
    """

    chosen = Signal(str)

    def __init__(self, frame: Frame, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame = frame
        self._waiting = list(TEMPLATES)
        self.setWindowTitle("Start from a template")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(104 * SPACE, 76 * SPACE)
        self.list = TemplateList()
        self.buttons = QDialogButtonBox()
        self.use = self.buttons.addButton(
            "Start from this model", QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.use.setDefault(True)
        self.about = label(
            f"Made for your images of {frame.height} × {frame.width} px and {frame.classes} "
            "classes. The model on the canvas is replaced, and Undo brings it back.",
            "caption",
            wrap=True,
        )
        content = column(self.about, self.list, self.buttons, gap=SPACE + 4, margin=2 * SPACE)
        content.setStretch(1, 1)
        self.setLayout(content)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._size_next)
        self.list.chosen.connect(self._choose)
        self.list.currentItemChanged.connect(
            lambda *_: self.use.setEnabled(bool(self.list.current()))
        )
        self.buttons.accepted.connect(lambda: self._choose(self.list.current()))
        self.buttons.rejected.connect(self.reject)
        self.list.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start(0)

    def _size_next(self) -> None:
        if self._waiting:
            template_cost(self._waiting.pop(0), self._frame)
            return
        self._timer.stop()
        self.list.show_costs({name: template_cost(name, self._frame) for name in TEMPLATES})

    def _choose(self, name: str) -> None:
        if name:
            self.chosen.emit(name)
            self.accept()


@functools.lru_cache(maxsize=4 * len(TEMPLATES))
def template_cost(name: str, frame: Frame) -> Cost:
    """What a template would have for images as in ``frame``."""
    analysis = analyse(TEMPLATES[name].build(frame), frame)
    return Cost(analysis.parameters, analysis.macs)
