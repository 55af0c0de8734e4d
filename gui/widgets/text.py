"""Words on screen: headings, second-rank text, text that may have to be cut."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

__all__ = ["ElidedLabel", "SectionHeader", "label", "restyle", "rule"]


def label(text: str, look: str = "", *, wrap: bool = False, select: bool = False) -> QLabel:
    """A plain-text label; ``look`` is title, section, muted, caption, error, mono or empty.

    Text is never read as HTML, so names of files and classes may hold anything.
    """
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("look", look)
    made.setWordWrap(wrap)
    if wrap:
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    if select:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return made


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Sets a property that the stylesheet selects on, and lets the widget be styled anew."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    for child in widget.findChildren(QLabel):
        child.style().unpolish(child)
        child.style().polish(child)
    widget.update()


def rule() -> QFrame:
    """A hairline between groups."""
    line = QFrame()
    line.setProperty("look", "rule")
    return line


class SectionHeader(QLabel):
    """The heading of a group on a page or in a panel."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("look", "section")


class ElidedLabel(QLabel):
    """A one-line label that is cut with an ellipsis when it lacks room; the tooltip has it all.

    ``mode`` says where to cut: paths in the middle, sentences on the right.
    """

    def __init__(
        self,
        text: str = "",
        look: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("look", look)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters is enough, and for fewer where there are fewer."""
        metrics = self.fontMetrics()
        least = min(4 * metrics.averageCharWidth(), metrics.horizontalAdvance(self.text()))
        return QSize(least, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws as much as fits."""
        area = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), self._mode, area.width())
        self.setToolTip(self.text() if text != self.text() else "")
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(area, int(self.alignment()), text)
