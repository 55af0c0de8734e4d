"""A question that waits for its answer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QWidget

from gui.theme import pixmap
from gui.theme.tokens import SPACE
from gui.widgets.buttons import button
from gui.widgets.layout import column, row
from gui.widgets.text import label

__all__ = ["Question"]


class Question(QDialog):
    """A question with named answers; ``ask`` gives back the key of the one chosen.

    ``answers`` are (key, label, look); the last one is what Escape means. ``detail`` says what each
    answer leads to.
    """

    def __init__(
        self,
        title: str,
        detail: str,
        answers: Sequence[tuple[str, str, str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Fovea")
        self.setMinimumWidth(52 * SPACE)
        self.answer = answers[-1][0]
        self.buttons = {}
        line = QHBoxLayout()
        line.addStretch(1)
        for key, text, look in reversed(answers):
            made = button(text, lambda key=key: self._choose(key), look=look)
            made.setAutoDefault(look == "primary")
            made.setDefault(look == "primary")
            self.buttons[key] = made
            line.addWidget(made)
        picture = QLabel()
        picture.setPixmap(pixmap("circle-help", 28, "link"))
        words = column(label(title, "section", wrap=True), label(detail, "muted", wrap=True))
        top = row(picture, words, gap=2 * SPACE)
        top.setAlignment(picture, Qt.AlignmentFlag.AlignTop)
        top.setStretch(1, 1)
        self.setLayout(column(top, line, gap=3 * SPACE, margin=3 * SPACE))

    def _choose(self, key: str) -> None:
        self.answer = key
        self.accept()

    def ask(self) -> str:
        """Shows the question and waits for the answer."""
        self.exec()
        return self.answer
