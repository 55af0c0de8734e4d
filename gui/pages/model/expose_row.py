"""Inside a block: which settings of the selected node are parameters of the block."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from engine.blocks.knobs import Knob
from engine.graph.records import Node
from gui.pages.model.group_dialog import offered
from gui.theme import set_icon
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, column, label, row

__all__ = ["ExposeRow"]


class ExposeRow(QWidget):
    """A button with a menu of the node's settings, ticked where they are parameters already.

    ``wish_toggle(address)`` makes one a parameter or takes it back.
    """

    wish_toggle = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._node: Node | None = None
        self._driven: Mapping[str, Knob] | None = None
        self.button = QToolButton()
        self.button.setText(" Expose…")
        self.button.setAccessibleName("Make settings parameters of the block")
        self.button.setToolTip("Settings that you tick can be set on the block from outside.")
        self.button.setToolButtonStyle(self.button.toolButtonStyle().ToolButtonTextBesideIcon)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        set_icon(self.button, "sliders-horizontal", "muted", 16)
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self.fill)
        self.button.setMenu(self.menu)
        self.told = label("", "caption", wrap=True)
        self.setLayout(column(row(self.button, STRETCH), self.told, gap=SPACE // 2))
        self.hide()

    def show_node(self, node: Node | None) -> None:
        """Shows another node."""
        self._node = node
        self._refresh()

    def show_driven(self, driven: Mapping[str, Knob] | None) -> None:
        """Shows what the parameters of the block drive; None outside of blocks."""
        self._driven = driven
        self._refresh()

    def _refresh(self) -> None:
        offers = offered([self._node]) if self._node is not None else []
        self.setVisible(self._driven is not None and bool(offers))
        driven = self._driven or {}
        told = [
            f"{offer.label} is “{driven[offer.target].label}” of the block."
            for offer in offers
            if offer.target in driven
        ]
        self.told.setText("\n".join(told))
        self.told.setVisible(bool(told))

    def fill(self) -> None:
        """Writes the menu anew."""
        self.menu.clear()
        for target, text, value, _ in offered([self._node]) if self._node is not None else []:
            action = self.menu.addAction(f"{text} ({value})")
            action.setCheckable(True)
            action.setChecked(target in (self._driven or {}))
            action.triggered.connect(lambda _on=False, target=target: self.wish_toggle.emit(target))
