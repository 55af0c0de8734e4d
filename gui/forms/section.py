"""A group of a form's settings below a heading that folds it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.forms.lines import Lines
from gui.theme import set_icon
from gui.theme.tokens import SPACE
from gui.widgets.buttons import button
from gui.widgets.layout import row
from gui.widgets.text import label, rule

__all__ = ["Section"]


class Section(QWidget):
    """The heading with a summary of what was changed inside, and the lines; folded at first.

    ``unfolded`` is what the person wishes; :meth:`show_for` opens it for the moment of a search.
    """

    folded = Signal(bool)

    def __init__(self, title: str, lines: Lines) -> None:
        super().__init__()
        self.title = title
        self.lines = lines
        self.unfolded = False
        self.head = button(title, self.toggle, look="fold")
        self.summary = label("", "caption")
        self.summary.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        line = row(self.head, self.summary, gap=SPACE)
        line.setStretch(0, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(SPACE // 2)
        box.addWidget(rule())
        box.addLayout(line)
        box.addWidget(lines)
        lines.setContentsMargins(0, 0, 0, SPACE)
        self._show(False)

    def toggle(self) -> None:
        """Folds or unfolds."""
        self.set_unfolded(self.lines.isHidden())

    def set_unfolded(self, unfolded: bool) -> None:
        """Folds or unfolds, for good."""
        self.unfolded = unfolded
        self._show(unfolded)

    def show_for(self, words: object, hits: int) -> None:
        """While words are sought: open if something was found, gone if not; then as it was."""
        self.setVisible(not words or hits > 0)
        self._show(bool(words) or self.unfolded)

    def show_changed(self, count: int) -> None:
        """Says beside the heading how many settings are not the default."""
        self.summary.setText(f"{count} changed" if count else "")
        self._name()

    def _show(self, shown: bool) -> None:
        was = not self.lines.isHidden()
        self.lines.setVisible(shown)
        set_icon(self.head, "chevron-down" if shown else "chevron-right", "muted", 14, gap=4)
        self._name()
        if shown != was:
            self.folded.emit(not shown)

    def _name(self) -> None:
        state = "folded" if self.lines.isHidden() else "unfolded"
        parts = (self.title, self.summary.text(), state)
        self.head.setAccessibleName(", ".join(part for part in parts if part))
