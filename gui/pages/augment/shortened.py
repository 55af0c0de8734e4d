"""A line of words that says less where there is less room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

__all__ = ["ShortenedLabel"]


class ShortenedLabel(QLabel):
    """Shows the first of several forms that fits, the fullest first; the tooltip has the fullest.

    Only where not even the last one fits is it cut with an ellipsis. Without any words it takes no
    room.
    """

    def __init__(self, look: str = "") -> None:
        super().__init__()
        self._forms: tuple[str, ...] = ()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("look", look)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_forms(self, forms: Sequence[str]) -> None:
        """Takes the forms, the fullest first; none (or an empty one) hides the line."""
        self._forms = tuple(forms)
        whole = self._forms[0] if self._forms else ""
        self.setText(whole)
        self.setVisible(bool(whole))
        self.update()

    def shown(self) -> str:
        """The form that fits at the present width."""
        metrics, room = self.fontMetrics(), self.contentsRect().width()
        fitting = (form for form in self._forms if metrics.horizontalAdvance(form) <= room)
        return next(fitting, self._forms[-1] if self._forms else "")

    def minimumSizeHint(self) -> QSize:
        """It gives way to everything else."""
        return QSize(1, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the form that fits."""
        area, shown = self.contentsRect(), self.shown()
        drawn = self.fontMetrics().elidedText(shown, Qt.TextElideMode.ElideRight, area.width())
        self.setToolTip(self.text() if drawn != self.text() else "")
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(area, int(self.alignment()), drawn)
