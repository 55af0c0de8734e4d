"""What a scan found, in sentences that open their images."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QSizePolicy, QWidget

from engine.data.manifest import Finding
from gui.theme import icon, theme

__all__ = ["FindingList"]

_ICONS = {
    "error": ("circle-alert", "danger"),
    "warning": ("triangle-alert", "warning"),
    "note": ("info", "link"),
}
_MOST_HEIGHT = 240


class FindingList(QListWidget):
    """One row per finding; emits ``chosen(Finding)`` on a click or Enter."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._findings: Sequence[Finding] = ()
        self.setAccessibleName("Findings")
        self.setWordWrap(True)
        self.setIconSize(QSize(16, 16))
        self.setSpacing(1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemActivated.connect(self._choose)
        self.itemClicked.connect(self._choose)
        theme().follow(self._redraw)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Replaces the rows; the most severe come first."""
        self._findings = findings
        self.clear()
        for finding in findings:
            item = QListWidgetItem(icon(*_ICONS[finding.severity]), finding.message)
            item.setToolTip("\n".join((finding.message, "", *finding.images[:12])).strip())
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole, f"{finding.severity}: {finding.message}"
            )
            self.addItem(item)
        if not findings:
            self.addItem(
                QListWidgetItem(icon("circle-check", "success"), "Nothing was found amiss.")
            )
        self._fit()

    def _redraw(self) -> None:
        self.show_findings(self._findings)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as its sentences need, up to a limit; beyond that it scrolls."""
        self.doItemsLayout()
        last = self.visualItemRect(self.item(self.count() - 1)) if self.count() else QRect()
        needed = last.bottom() + self.verticalScrollBar().value() + 6
        self.setFixedHeight(min(needed, _MOST_HEIGHT))

    def _choose(self, item: QListWidgetItem) -> None:
        place = self.row(item)
        if 0 <= place < len(self._findings):
            self.chosen.emit(self._findings[place])
