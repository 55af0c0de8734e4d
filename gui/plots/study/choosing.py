"""A choice among the settings of a study, by their names."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from gui.setting_words import setting_name

__all__ = ["SettingChoice"]


class SettingChoice(QComboBox):
    """Settings to choose from; :attr:`chosen` tells that a person took another one."""

    chosen = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setSizeAdjustPolicy(self.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(18)
        self.activated.connect(lambda _index: self.chosen.emit())

    @property
    def address(self) -> str:
        """The chosen setting; empty while there is none."""
        return self.currentData() or ""

    def choose(self, address: str) -> None:
        """Takes a setting that is offered, without telling; another is offered from now on."""
        if self.findData(address) < 0:
            self.addItem(setting_name(address), address)
        self.setCurrentIndex(self.findData(address))

    def offer(self, addresses: Sequence[str], current: str) -> None:
        """Puts these up for choice, one of them chosen; tells nobody."""
        if [self.itemData(place) for place in range(self.count())] != list(addresses):
            self.clear()
            for address in addresses:
                self.addItem(setting_name(address), address)
        self.setCurrentIndex(self.findData(current))
