"""The vertical line at the best epoch."""

from __future__ import annotations

import pyqtgraph as pg

from gui.theme import theme

__all__ = ["BestMarker"]


class BestMarker(pg.InfiniteLine):
    """A dotted line with a word at its top; hidden until :meth:`mark` gives it a place."""

    def __init__(self) -> None:
        super().__init__(angle=90, movable=False, label="best")
        self.label.setPosition(0.94)
        self.label.setMovable(False)
        self.setZValue(5)
        self.setVisible(False)
        self.restyle()

    def mark(self, x: float | None, text: str) -> None:
        """Moves to ``x``; ``None`` hides the line."""
        self.setVisible(x is not None)
        if x is not None:
            self.setPos(x)
            self.label.setFormat(text)

    def restyle(self) -> None:
        """Takes the theme's colours."""
        pen = pg.mkPen(theme().colour("success"), width=1)
        pen.setDashPattern([2, 3])
        self.setPen(pen)
        self.label.setColor(theme().colour("success"))
        self.label.textItem.setFont(theme().font("small"))
