"""The bar above the pages: which project, undo and redo, the device, and the next step."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from gui.document import Document
from gui.pages.base import Action, Session
from gui.runner import Runner
from gui.theme.tokens import SPACE
from gui.widgets import Chip, ElidedLabel, IconButton, PrimaryButton

__all__ = ["TopBar"]


class TopBar(QWidget):
    """Shows the document's and the runner's facts by itself; the window gives it the next step."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._document: Document = session.document
        self._runner: Runner = session.runner
        self._action: Action | None = None
        self.setObjectName("topbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(7 * SPACE)
        self._build()
        self._document.title_changed.connect(self._show_title)
        self._runner.device_changed.connect(self._show_device)
        stack = self._document.undo_stack
        for signal in (stack.undoTextChanged, stack.redoTextChanged):
            signal.connect(self._show_undo)
        for changed in (stack.canUndoChanged, stack.canRedoChanged):
            changed.connect(self._show_undo)
        self._show_title()
        self._show_undo()

    def _build(self) -> None:
        self.name = ElidedLabel("", "section")
        self.name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.unsaved = Chip("Unsaved", "plain", "circle-dot")
        self.read_only = Chip("Read-only", "warning", "lock")
        self.page = ElidedLabel("", "muted")
        self.undo = IconButton("undo-2", "Undo", self._document.undo_stack.undo)
        self.redo = IconButton("redo-2", "Redo", self._document.undo_stack.redo)
        self.device = Chip("", "plain", "cpu")
        self.device.setCursor(Qt.CursorShape.PointingHandCursor)
        self.primary = PrimaryButton(parent=self)
        self.primary.clicked.connect(self._run)
        box = QHBoxLayout(self)
        box.setContentsMargins(2 * SPACE, 0, 2 * SPACE, 0)
        box.setSpacing(SPACE)
        for part in (self.name, self.unsaved, self.read_only):
            box.addWidget(part)
        box.addWidget(self.page, 1)
        for part in (self.undo, self.redo):
            box.addWidget(part)
        box.addSpacing(SPACE)
        box.addWidget(self.device)
        box.addSpacing(SPACE)
        box.addWidget(self.primary)
        self.device.hide()

    def show_page(self, title: str) -> None:
        """Names the page that is shown, beside the project."""
        between = "   /   " if self._document.project is not None and title else ""
        self.page.setText(between + title)

    def show_action(self, action: Action | None) -> None:
        """Offers the next step on the filled button; None hides it."""
        before, self._action = self._action, action
        self.primary.setVisible(action is not None)
        if action is None or (before is not None and _looks(before) == _looks(action)):
            return
        self.primary.setText(action.text)
        self.primary.set_icon(action.icon)
        self.primary.setEnabled(not action.reason)
        self.primary.setToolTip(action.reason or action.tip)

    def _run(self) -> None:
        if self._action is not None:
            self._action.run()

    def _show_title(self) -> None:
        has = self._document.project is not None
        self.name.setText(self._document.title or "Fovea")
        self.name.setToolTip(str(self._document.folder or ""))
        self.unsaved.setVisible(self._document.dirty)
        self.read_only.setVisible(bool(self._document.read_only))
        self.read_only.setToolTip(self._document.read_only)
        for part in (self.undo, self.redo):
            part.setVisible(has)

    def _show_undo(self, *_: object) -> None:
        stack = self._document.undo_stack
        for part, verb, can, step, keys in (
            (self.undo, "Undo", stack.canUndo(), stack.undoText(), "Ctrl+Z"),
            (self.redo, "Redo", stack.canRedo(), stack.redoText(), "Ctrl+Shift+Z"),
        ):
            part.setEnabled(can)
            words = f"{verb}: {step}" if can and step else verb
            part.setToolTip(f"{words}  ({keys})")
            part.setAccessibleName(words)

    def _show_device(self, name: object) -> None:
        graphics = not str(name).startswith("CPU")
        self.device.show_fact(str(name), "accent" if graphics else "plain", "cpu")
        self.device.setToolTip("The device that training uses. Click: this computer")
        self.device.show()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the device shows the page on this computer."""
        if self.device.isVisible() and self.device.geometry().contains(event.position().toPoint()):
            self._session.go("computer")
        else:
            super().mousePressEvent(event)


def _looks(action: Action) -> tuple[str, str, str, str]:
    """What can be seen of an action: asked for at every step of a slider, it is seldom another."""
    return action.text, action.icon, action.reason, action.tip
