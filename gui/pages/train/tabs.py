"""Panels as tabs, their buttons beside the tabs where there is room, and below where not."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTabBar, QTabWidget, QWidget

from gui.theme.tokens import SPACE
from gui.widgets import row

__all__ = ["Panel", "PanelTabs"]


class Panel(QWidget):
    """The base of what is in a tab: a column, in which its buttons, ``tools``, are the last."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tools = QWidget()


class _Bar(QTabBar):
    """Tabs as high as the buttons beside them: Qt cuts off what stands out."""

    least = 0

    def tabSizeHint(self, index: int) -> QSize:
        hint = super().tabSizeHint(index)
        return QSize(hint.width(), max(hint.height(), self.least))


class PanelTabs(QTabWidget):
    """A line of buttons less leaves one run more in sight on a small screen."""

    def __init__(self, panels: Sequence[tuple[Panel, str]]) -> None:
        super().__init__()
        self._bar = _Bar()
        self.setTabBar(self._bar)
        self.setDocumentMode(True)
        self._bar.setDrawBase(False)
        self._panels = [panel for panel, _title in panels]
        self._beside = False
        self._corner = QWidget()
        beside = row(gap=0)
        beside.setContentsMargins(0, 0, 0, SPACE // 2)
        self._corner.setLayout(beside)
        self.setCornerWidget(self._corner, Qt.Corner.TopRightCorner)
        self._corner.hide()
        for panel, title in panels:
            self.addTab(panel, title)
        self.currentChanged.connect(lambda _index: self._show_tools())

    def count_at(self, panel: QWidget, title: str, count: int) -> None:
        """Writes a number behind a tab's title; none for 0."""
        self.setTabText(self.indexOf(panel), f"{title} ({count})" if count else title)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Moves the buttons to where they fit."""
        widest = max(panel.tools.sizeHint().width() for panel in self._panels)
        room = event.size().width() - self.tabBar().sizeHint().width() - 6 * SPACE
        if (widest <= room) != self._beside:
            self._beside = not self._beside
            self._place()
        super().resizeEvent(event)

    def _place(self) -> None:
        for panel in self._panels:
            layout = self._corner.layout() if self._beside else panel.layout()
            assert layout is not None
            layout.addWidget(panel.tools)
        self._corner.setVisible(self._beside)
        highest = max(panel.tools.sizeHint().height() for panel in self._panels)
        self._bar.least = highest + SPACE if self._beside else 0
        self._bar.setExpanding(self._bar.expanding())  # lets it lay out its tabs anew
        self._show_tools()

    def _show_tools(self) -> None:
        """Beside the tabs stand the buttons of the shown one."""
        for panel in self._panels:
            panel.tools.setVisible(not self._beside or panel is self.currentWidget())
