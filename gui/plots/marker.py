"""The vertical line at the best epoch."""

from __future__ import annotations

import pyqtgraph as pg

from gui.theme import theme

__all__ = ["BestMarker"]

_TOP, _FOOT = 0.94, 0.06  # shares of the plot's height
_COVER = 210  # of 255: how much of what lies behind the word is hidden


class BestMarker(pg.InfiniteLine):
    """A dotted line with a word at its top; hidden until :meth:`mark` gives it a place.

    With ``low`` the word stands at the foot, out of the way of curves that rise.
    """

    def __init__(self, *, low: bool = False) -> None:
        super().__init__(angle=90, movable=False, label="best")
        self.label.setPosition(_FOOT if low else _TOP)
        self.label.setMovable(False)
        self.setZValue(5)
        self.setVisible(False)
        self._marked: tuple[float | None, str] = (None, "")
        self.restyle()

    def mark(self, x: float | None, text: str) -> None:
        """Moves to ``x``; ``None`` hides the line."""
        if (x, text) == self._marked:
            return
        self._marked = (x, text)
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
        behind = theme().colour("surface")  # a curve that passes leaves the word readable
        behind.setAlpha(_COVER)
        self.label.fill = pg.mkBrush(behind)
        self.label.textItem.setFont(theme().font("small"))
