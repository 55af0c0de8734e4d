"""The bar over the canvas that finds nodes by name, title or kind."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QLineEdit

from engine.graph.records import Graph
from gui.canvas import GraphView
from gui.theme import set_icon
from gui.theme.tokens import SPACE
from gui.widgets import IconButton, label, row

__all__ = ["FindBar", "matches"]

_WIDTH = 40 * SPACE


def matches(graph: Graph, text: str) -> list[str]:
    """The ids of the nodes and comments' nodes that hold every word, best first.

    A name that begins with the text comes first, then names that hold it, then titles and kinds;
    the order of the graph decides among equals.
    """
    words = text.lower().split()
    if not words:
        return []
    found = []
    for place, node in enumerate(graph.nodes):
        everything = f"{node.id} {node.layer.title.lower()} {node.layer.kind}"
        if all(word in everything for word in words):
            rank = 0 if node.id.startswith(words[0]) else 1 if words[0] in node.id else 2
            found.append((rank, place, node.id))
    return [name for _rank, _place, name in sorted(found)]


class FindBar(QFrame):
    """A field with the number of what was found; Enter goes to the next, Escape closes."""

    def __init__(self, canvas: GraphView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._found: list[str] = []
        self._at = 0
        self.setProperty("look", "popup")
        self.setAccessibleName("Find a node")
        self.field = QLineEdit()
        self.field.setPlaceholderText("Name, title or kind")
        self.field.setAccessibleName("Find a node by name, title or kind")
        glass = self.field.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
        set_icon(glass, "search", "muted")
        self.count = label("", "caption")
        self.count.setMinimumWidth(7 * SPACE)
        self.count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.before = IconButton("arrow-up", "Previous (Shift+Enter)", lambda: self.go(-1), side=16)
        self.after = IconButton("arrow-down", "Next (Enter)", lambda: self.go(1), side=16)
        self.closer = IconButton("x", "Close (Esc)", self.close_bar, side=16)
        line = row(self.field, self.count, self.before, self.after, self.closer, gap=SPACE // 2)
        line.setStretch(0, 1)
        line.setContentsMargins(SPACE // 2, SPACE // 2, SPACE // 2, SPACE // 2)
        self.setLayout(line)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFocusProxy(self.field)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        canvas.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Opens the bar, or goes back to it; what was sought last is selected."""
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)
        self.field.selectAll()
        self._search(self.field.text())

    def close_bar(self) -> None:
        """Closes the bar; what was found stays selected."""
        self.hide()
        self._canvas.setFocus()

    def forget(self) -> None:
        """Closes the bar and forgets what was found: another graph is shown now."""
        self._found, self._at = [], 0
        self.hide()

    def go(self, by: int) -> None:
        """Selects the next or previous one that was found, round the end."""
        graph = self._canvas.graph_scene.graph
        self._found = [name for name in self._found if name in graph]
        if self._found:
            self._at = (self._at + by) % len(self._found)
            self._canvas.select([self._found[self._at]])
        self._tell()

    def _search(self, text: str) -> None:
        self._found, self._at = matches(self._canvas.graph_scene.graph, text), 0
        if self._found:
            self._canvas.select([self._found[0]])
        self._tell()

    def _tell(self) -> None:
        total = len(self._found)
        some = f"{self._at + 1} of {total}" if total else "none" if self.field.text() else ""
        self.count.setText(some)
        for made in (self.before, self.after):
            made.setEnabled(total > 1)

    def _place(self) -> None:
        room = self._canvas.viewport().geometry()
        width = min(_WIDTH, room.width() - 2 * SPACE)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move(room.right() - width - SPACE, room.top() + SPACE)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keeps what the field has no use for: below lies the canvas, which would edit."""
        if event.matches(QKeySequence.StandardKey.Find):
            self.open()
        event.accept()

    def eventFilter(self, watched: QObject, event: object) -> bool:
        """Enter and Escape in the field; the canvas in another size."""
        if watched is self._canvas:
            if (
                isinstance(event, QEvent)
                and event.type() == QEvent.Type.Resize
                and self.isVisible()
            ):
                self._place()
            return False
        if isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.go(-1 if shift else 1)
                return True
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self.go(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close_bar()
                return True
        return False
