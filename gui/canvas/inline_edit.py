"""A field over the title of a node or comment: Enter takes the text, Escape leaves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from engine.graph.comment_edits import TITLE_HEIGHT
from engine.graph.comments import LONGEST_TITLE
from gui.canvas import changes
from gui.canvas.comment_item import CommentItem, untitled
from gui.canvas.geometry import NODE_HEIGHT, NODE_WIDTH
from gui.theme.tokens import SPACE
from gui.widgets import restyle

if TYPE_CHECKING:
    from gui.canvas.view import GraphView

__all__ = ["TitleField", "edit_title"]

_LEAST_WIDTH = 20 * SPACE


class TitleField(QLineEdit):
    """Lies over what it names and is gone when it is done; only one at a time.

    Leaving the field by the mouse or by another window gives the text up, as Escape does.
    """

    def __init__(self, view: GraphView, place: QRectF, text: str) -> None:
        super().__init__(text, view)
        self._view = view
        self._node, self._comment = "", ""
        self._done = False
        self.setObjectName("title-field")
        area = view.mapFromScene(place).boundingRect()
        height = self.sizeHint().height()
        width = max(area.width(), _LEAST_WIDTH)
        top = area.center().y() - height // 2
        shown = QRect(area.left(), top, width, height)
        room = view.viewport().rect().adjusted(4, 4, -4, -4)
        shown.moveLeft(max(room.left(), min(shown.left(), room.right() - width)))
        shown.moveTop(max(room.top(), min(shown.top(), room.bottom() - height)))
        self.setGeometry(shown)
        self.show()
        self.setFocus()

    def of_node(self, name: str) -> None:
        """The text becomes the node's name."""
        self._node = name
        self.setAccessibleName(f"New name of {name}")
        self.setMaxLength(40)
        self.selectAll()

    def of_comment(self, name: str) -> None:
        """The text becomes the comment's title."""
        self._comment = name
        self.setAccessibleName("Title of the comment")
        self.setMaxLength(LONGEST_TITLE)
        self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.leave()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        else:
            super().keyPressEvent(event)
        event.accept()  # what is left over would be a command of the canvas below

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.leave(focus=False)

    def _take(self) -> None:
        view, text = self._view, self.text().strip()
        if self._node:
            trouble = view.rename(self._node, text) if text != self._node else ""
            if trouble:
                restyle(self, "wrong", "true")
                view.tell(trouble, view.mapToScene(self.geometry().bottomLeft()))
                return
            self.leave()
            view.setFocus()  # the new model has closed the field already
            return
        self.leave()
        view.wished.emit(changes.retitle(self._comment, text))

    def leave(self, *, focus: bool = True) -> None:
        """Takes the field away; the canvas has the keys again."""
        if self._done:
            return
        self._done = True
        self._view.tell("")
        if focus:
            self._view.setFocus()
        self.hide()
        self.deleteLater()


def edit_title(view: GraphView) -> TitleField | None:
    """Opens the field over the one node or comment that is selected; None where it is not one."""
    nodes, comments = view.selected(), view.selected_comments()
    scene = view.graph_scene
    view.close_title_field()
    if len(nodes) == 1 and not comments:
        item = scene.nodes[nodes[0]]
        view.reveal(item.sceneBoundingRect())
        place = QRectF(item.pos().x(), item.pos().y() + 28, NODE_WIDTH, NODE_HEIGHT - 28)
        field = TitleField(view, place, nodes[0])
        field.of_node(nodes[0])
    elif len(comments) == 1 and not nodes:
        frame = scene.comments[comments[0]]
        view.reveal(_title_place(frame))
        field = TitleField(view, _title_place(frame), untitled(frame.comment))
        field.of_comment(comments[0])
    else:
        return None
    view.title_field = field
    return field


def _title_place(item: CommentItem) -> QRectF:
    if item.comment.collapsed:
        return item.box()
    width = min(item.comment.width, 320.0)
    return QRectF(item.pos().x(), item.pos().y(), width, TITLE_HEIGHT)
