"""The box that adds a layer where the hand is: type a few letters, Enter."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit

from engine.blocks.editing import Definition
from gui.canvas import GraphView
from gui.pages.model.palette import LayerList
from gui.theme.tokens import SPACE
from gui.widgets import column, label

__all__ = ["QuickAdd"]

_WIDTH, _HEIGHT = 30 * SPACE, 36 * SPACE


class QuickAdd(QFrame):
    """A field and the layers that fit what is typed; ``chosen(kind)`` when one is taken.

    It lies over the canvas at the place where the layer will be. Escape, a click elsewhere and
    another window close it; nothing is added then.
    """

    chosen = Signal(str)

    def __init__(self, canvas: GraphView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setProperty("look", "popup")
        self.setAccessibleName("Add a layer")
        self.heading = label("", "caption")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Type to find a layer")
        self.search.setAccessibleName("Find a layer to add")
        self.list = LayerList()
        self.list.setDragEnabled(False)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.none = label("No layer has this in its name or description.", "caption", wrap=True)
        content = column(self.heading, self.search, self.none, self.list, margin=SPACE)
        content.setStretch(3, 1)
        self.setLayout(content)
        self.setFixedWidth(_WIDTH)
        self._allowed: Callable[[str], bool] = lambda _kind: True
        # Without this a click in the list would give the keys to the canvas below.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFocusProxy(self.search)
        self.search.textChanged.connect(self._search)
        self.search.installEventFilter(self)
        self.list.itemClicked.connect(lambda _item, _column: self._take())
        self.hide()

    def show_place(self, inside: bool, own: Sequence[Definition]) -> None:
        """Offers what can be used in the model or inside a block, and the project's own blocks."""
        self.list.show_place(inside, own)

    def open(self, point: QPointF, words: str, allowed: Callable[[str], bool]) -> None:
        """Opens at a point of the scene; ``words`` say what it will be connected to.

        Only kinds that are ``allowed`` are offered.
        """
        self._allowed = allowed
        self.heading.setText(words)
        self.heading.setVisible(bool(words))
        self.search.clear()
        self._search("")
        self._place(self._canvas.mapFromScene(point))
        self.show()
        self.raise_()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def _place(self, at: QPoint) -> None:
        """At the mouse, moved as far as is needed to lie on the canvas."""
        room = self._canvas.viewport().geometry()
        height = min(_HEIGHT, room.height() - 2 * SPACE)
        self.setFixedHeight(height)
        left = max(SPACE, min(at.x() - SPACE, room.width() - _WIDTH - SPACE))
        top = max(SPACE, min(at.y() - SPACE, room.height() - height - SPACE))
        self.move(room.topLeft() + QPoint(left, top))

    def _search(self, text: str) -> None:
        self.list.search(text)
        for item in self.list.layer_items():
            if not item.isHidden() and not self._allowed(self.list.kind(item)):
                item.setHidden(True)
        shown = [item for item in self.list.layer_items() if not item.isHidden()]
        self.list.hide_empty_heads()
        current = self.list.currentItem()
        if text and shown and (current is None or current not in shown):
            self.list.setCurrentItem(shown[0])
        self.none.setVisible(not shown)
        self.list.setVisible(bool(shown))

    def _step(self, by: int) -> None:
        shown = [item for item in self.list.layer_items() if not item.isHidden()]
        current = self.list.currentItem()
        if shown:
            at = shown.index(current) if current in shown else -by
            self.list.setCurrentItem(shown[(at + by) % len(shown)])

    def _take(self) -> None:
        kind = self.list.current_kind()
        if kind and self.isVisible():
            self.close_box()
            self.chosen.emit(kind)

    def close_box(self) -> None:
        """Closes the box; the canvas has the keys again."""
        if self.isVisible():
            self.hide()
            self._canvas.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keeps what the field has no use for: below lies the canvas, which would edit."""
        event.accept()

    def eventFilter(self, watched: QObject, event: object) -> bool:
        """Keys of the field that belong to the list, and the field losing the focus."""
        if isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            return self._key(event)
        if isinstance(event, QFocusEvent) and event.type() == QFocusEvent.Type.FocusOut:
            away = event.reason() == Qt.FocusReason.ActiveWindowFocusReason
            inside = self.isAncestorOf(QApplication.focusWidget() or self._canvas)
            popup = event.reason() == Qt.FocusReason.PopupFocusReason
            if away or not (inside or popup):
                self.hide()
        return False

    def _key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.close_box()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Tab):
            self._step(1)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Backtab):
            self._step(-1)
        else:
            return False
        return True
