"""The mark beside a setting that the tuner chooses."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from engine.parameter import Param
from engine.registry import Registry
from gui.forms.ranges import range_words
from gui.tuning import Tuning, tuning_around
from gui.widgets.buttons import IconButton

__all__ = ["TunedMark", "can_be_tuned"]

_SIDE = 20
_TUNABLE = ("int", "float", "bool", "choice", "pair")


def can_be_tuned(item: Param) -> bool:
    """Whether a search can vary settings of this type: numbers, switches, choices and kinds."""
    return item.type in _TUNABLE or isinstance(item.family, Registry)


class TunedMark(IconButton):
    """Shown while the setting at an address is searched; a click goes to its row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "sliders-vertical", "The tuner chooses", self._go, colour="link", side=14, parent=parent
        )
        self._address = ""
        self._wanted = True
        self._tuning: Tuning | None = None
        self.setFixedSize(_SIDE, _SIDE)
        self.hide()

    def show_at(self, address: str, place: QWidget) -> None:
        """Follows what is searched at an address, in the page that ``place`` lies in."""
        self._address = address
        found = tuning_around(place)
        if found is not None and found is not self._tuning:
            self._tuning = found
            found.changed.connect(self._look)
        self._look()

    def set_wanted(self, wanted: bool) -> None:
        """Hides it whatever is searched, or no longer."""
        self._wanted = wanted
        self._look()

    def _look(self) -> None:
        entry = self._tuning.entry(self._address) if self._tuning is not None else None
        if entry is not None and self._tuning is not None:
            words = range_words(entry, self._tuning.declared(self._address))
            self.setToolTip(f"The tuner chooses: {words}; click to change")
            self.setAccessibleName(self.toolTip())
        self.setVisible(entry is not None and self._wanted)

    def _go(self) -> None:
        if self._tuning is not None:
            self._tuning.wished.emit(self._address)
