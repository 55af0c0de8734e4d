"""The presets to start from, each with its reason."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QWidget

from engine.augment.presets import PRESETS, Preset
from engine.augment.recommend import Recommendation
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Chip, column, label, row, scroll

__all__ = ["PresetsDialog"]

_WIDTH, _HEIGHT = 76 * SPACE, 74 * SPACE


class PresetsDialog(QDialog):
    """Every preset with its reason; a click (or Space) chooses one: ``chosen(name)``."""

    chosen = Signal(str)

    def __init__(self, recommendation: Recommendation | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Start from a preset")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.entries = {name: _Entry(preset) for name, preset in PRESETS.items()}
        for name, entry in self.entries.items():
            entry.clicked.connect(lambda _on=False, name=name: self._choose(name))
        if recommendation is not None:
            self.entries[recommendation.preset].recommend(recommendation.reason)
        head = label("A preset replaces all cards; one undo step brings them back.", "muted")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        area = scroll(column(*self.entries.values(), STRETCH, gap=2))
        self.setLayout(column(head, area, buttons, gap=SPACE + 4, margin=3 * SPACE))
        self.resize(_WIDTH, _HEIGHT)
        first = recommendation.preset if recommendation is not None else next(iter(self.entries))
        self.entries[first].setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose(self, name: str) -> None:
        self.accept()
        self.chosen.emit(name)


class _Entry(QPushButton):
    """A preset: its title, its reason, and whether it is recommended."""

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        self.preset = preset
        self.setProperty("look", "row")
        self.setAutoDefault(False)
        self.chip = Chip("Recommended", "success", "award")
        self.reason = label(preset.reason, "caption", wrap=True)
        head = row(label(preset.title, "section"), self.chip, STRETCH)
        inside = column(head, self.reason, gap=2, margin=SPACE)
        self.setLayout(inside)
        for part in (self.chip, self.reason):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.recommend("")

    def recommend(self, reason: str) -> None:
        """Shows the chip and a reason of its own; an empty one takes both away."""
        self.chip.setVisible(bool(reason))
        self.reason.setText(reason or self.preset.reason)
        self.setAccessibleName(self.preset.title + (", recommended" if reason else ""))
        self.setAccessibleDescription(self.reason.text())
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """As high as its words need."""
        hint = super().sizeHint()
        layout = self.layout()
        width = self.width() if self.width() > 20 * SPACE else _WIDTH - 5 * SPACE
        hint.setHeight(layout.totalHeightForWidth(width) if layout is not None else hint.height())
        return hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Asks for another height where another width breaks its words elsewhere."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """Never less high than its words."""
        hint = self.sizeHint()
        hint.setWidth(20 * SPACE)
        return hint
