"""Where in the model the canvas is: the way into a block, and what a change inside reaches."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget
from typing_extensions import override

from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Chip, IconButton, Segmented, button, clear, label, row, rule
from gui.widgets.layout import column

__all__ = ["Breadcrumb"]


class Breadcrumb(QWidget):
    """``Model › Stage 2 › Branch``; shown inside of blocks only.

    ``wish_go(number)`` asks for the first so many steps of the path; ``wish_reach(everywhere)``
    chooses whether changes are for this block or for all that are alike.
    """

    wish_go = Signal(int)
    wish_reach = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.back = IconButton("arrow-left", "Leave the block (Esc)", self._leave)
        self._way = QHBoxLayout()
        self._way.setSpacing(0)
        self._titles: tuple[str, ...] = ()
        self.repeated = Chip()
        self.reach_label = label("Changes apply to", "muted")
        self.reach = Segmented([("this", "This one"), ("all", "All")], name="Changes apply to")
        self.reach.setToolTip("Blocks with the same inside and parameters can be changed together.")
        self.reach.chosen.connect(lambda key: self.wish_reach.emit(key == "all"))
        reach = row(self.reach_label, self.reach, gap=SPACE // 2)
        reach.setContentsMargins(SPACE // 2, 0, 0, 0)
        way = row(self.back, self._way, self.repeated, STRETCH, gap=SPACE)
        self._parts = (way, reach)
        self._line = row(way, reach, gap=SPACE // 2)
        self._line.setStretch(0, 1)
        self._line.setContentsMargins(SPACE // 2, SPACE // 2, SPACE, SPACE // 2)
        self.setLayout(column(rule(), self._line, gap=0))
        self.setAccessibleName("Way into the block")
        self.hide()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Puts what a change reaches below the way where both have no room."""
        wide = self.width() >= sum(part.sizeHint().width() for part in self._parts) + 3 * SPACE
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._line.setDirection(across if wide else down)

    def show_way(self, titles: tuple[str, ...], repeats: int, uses: int, everywhere: bool) -> None:
        """Shows the blocks on the way, outermost first; nothing for the model itself."""
        self.setVisible(bool(titles))
        if titles != self._titles:
            self._titles = titles
            self._fill()
        self.repeated.setVisible(repeats > 1)
        self.repeated.show_fact(f"first of {repeats} repetitions", "plain", "layers-2")
        for part in (self.reach, self.reach_label):
            part.setVisible(uses > 1)
        self.reach.button("all").setText(f"All {uses} alike")
        self.reach.set_current("all" if everywhere else "this")
        self._fit()

    @property
    def words(self) -> tuple[str, ...]:
        """What is written on the way."""
        return ("Model", *self._titles)

    def step(self, number: int) -> QWidget:
        """The button of the first ``number`` steps; the last one is a label."""
        item = self._way.itemAt(2 * number)
        found = item.widget() if item is not None else None
        if found is None:
            raise IndexError(f"the way has no step {number}")
        return found

    def _fill(self) -> None:
        clear(self._way)
        for number, title in enumerate(self.words):
            if number:
                self._way.addWidget(label("›", "muted"))
            if number == len(self._titles):
                self._way.addWidget(label(f" {title}", "section"))
                continue
            link = button(title, lambda number=number: self.wish_go.emit(number), look="link")
            link.setAccessibleName(f"Go to {title}")
            self._way.addWidget(link)

    def _leave(self) -> None:
        self.wish_go.emit(max(0, len(self._titles) - 1))
