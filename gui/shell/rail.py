"""The narrow bar on the left: one button per page, with the state of its part of the project."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gui.pages.base import PageState
from gui.theme import set_icon, theme
from gui.theme.tokens import SPACE

__all__ = ["Rail", "RailButton"]

_WIDTH = 10 * SPACE
_WORDS: dict[PageState, str] = {
    "nothing": "nothing here yet",
    "ready": "ready",
    "attention": "needs attention",
    "running": "running",
    "stale": "its inputs have changed since",
}


class RailButton(QToolButton):
    """A page's button; the mark in its corner differs in shape as well as in colour."""

    def __init__(self, title: str, icon: str, shortcut: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._title = title
        self._icon = icon
        self._shortcut = shortcut
        self.page_state: PageState = "nothing"
        self.setText(title)
        self.setProperty("look", "rail")
        self.setCheckable(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedSize(QSize(_WIDTH - 2 * SPACE, 7 * SPACE + 2))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(title)
        self.toggled.connect(self._tint)
        self._tint(False)
        self.show_state("nothing")

    def _tint(self, on: bool) -> None:
        set_icon(self, self._icon, "link" if on else "muted", 22)

    def show_state(self, state: PageState) -> None:
        """Draws the mark for a state and says it in words."""
        if state == self.page_state and self.toolTip():
            return
        self.page_state = state
        self.setToolTip(f"{self._title}: {_WORDS[state]}  ({self._shortcut})")
        self.setAccessibleDescription(_WORDS[state])
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The button, and the mark in its upper right corner."""
        super().paintEvent(event)
        if self.page_state == "nothing":
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.width() - 17, 7, 8, 8)
        if self.page_state == "ready":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().colour("success"))
            painter.drawEllipse(area.adjusted(0.5, 0.5, -0.5, -0.5))
        elif self.page_state == "attention":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().colour("warning"))
            corners = [
                area.bottomLeft(),
                area.bottomRight(),
                QPointF(area.center().x(), area.top()),
            ]
            painter.drawPolygon(QPolygonF(corners))
        elif self.page_state == "running":
            painter.setPen(QPen(theme().colour("link"), 2))
            painter.drawArc(area, 30 * 16, 280 * 16)
        else:
            painter.setPen(QPen(theme().colour("warning"), 1.6))
            painter.drawEllipse(area.adjusted(1, 1, -1, -1))


class Rail(QWidget):
    """The buttons of all pages, in the order of the work; emits ``page_chosen(name)``."""

    page_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName("Pages")
        self.buttons: dict[str, RailButton] = {}
        self._group = QButtonGroup(self)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(SPACE, SPACE + 4, SPACE, SPACE)
        self._box.setSpacing(SPACE // 2)
        self._box.addStretch(1)

    def add_page(self, name: str, title: str, icon: str) -> None:
        """Adds a page's button at the end."""
        number = len(self.buttons) + 1
        made = RailButton(title, icon, f"Ctrl+{number}", self)
        made.clicked.connect(lambda _on=False: self.page_chosen.emit(name))
        self._group.addButton(made)
        self.buttons[name] = made
        self._box.insertWidget(number - 1, made, 0, Qt.AlignmentFlag.AlignHCenter)

    def show_current(self, name: str) -> None:
        """Marks the page that is shown; none for a name without a button."""
        self._group.setExclusive(False)
        for key, made in self.buttons.items():
            made.setChecked(key == name)
        self._group.setExclusive(True)

    def show_state(self, name: str, state: PageState) -> None:
        """Draws a page's state."""
        self.buttons[name].show_state(state)
