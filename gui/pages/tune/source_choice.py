"""Which earlier study a new one learns from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from engine.tune.plan import StudyPlan
from gui.forms.fields import QuietCombo
from gui.theme.tokens import SPACE
from gui.widgets import column, label

__all__ = ["SourceChoice"]

_ITEM = StudyPlan.param("sources")


class SourceChoice(QWidget):
    """One of the studies of the project, or none; emits ``chosen(names)``, as a plan keeps them."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        self._shown: tuple[str, ...] = ()
        name = label(_ITEM.label)
        self.combo = QuietCombo()
        self.combo.setAccessibleName(_ITEM.label)
        self.combo.setAccessibleDescription(_ITEM.help)
        self.combo.activated.connect(lambda _index: self.chosen.emit(self.combo.currentData()))
        for part in (name, self.combo):
            part.setToolTip(_ITEM.help)
        name.setBuddy(self.combo)
        self.setLayout(column(name, self.combo, gap=SPACE // 2))
        self._fill()

    def offer(self, names: Sequence[str]) -> None:
        """Offers studies by name, the youngest last."""
        self._names = tuple(names)
        self._fill()

    def show_sources(self, sources: tuple[str, ...]) -> None:
        """Shows what a plan has, without emitting."""
        self._shown = sources
        self._fill()

    def _fill(self) -> None:
        offered: list[tuple[str, ...]] = [(), *((name,) for name in reversed(self._names))]
        offered += [self._shown] if self._shown not in offered else []
        self.combo.clear()
        for names in offered:
            self.combo.addItem(", ".join(names) or "None", names)
        self.combo.setCurrentIndex(offered.index(self._shown))
