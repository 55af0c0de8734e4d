"""Questions about the classes: asked once per project, in a banner that waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFrame, QGridLayout, QLabel, QWidget

from engine.augment.safety import QUESTIONS
from gui.theme import pixmap, theme
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Segmented, button, column, label, row, scroll

__all__ = ["AnswersDialog", "SafetyBanner"]

_KEYS = {True: "yes", False: "no", None: "open"}


class SafetyBanner(QFrame):
    """One unanswered question at a time, in a strip as wide as the page and as low as its words.

    Signals: ``answered(name, yes)``; ``put_off()``: not now, whatever is still to be asked.
    """

    answered = Signal(str, bool)
    put_off = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "notice")
        self.setAccessibleName("Question about the classes")
        self.name = ""
        self._picture = QLabel()
        self.text = label("", "section", wrap=True)
        self.example = label("", "caption", wrap=True)
        self.count = label("", "caption")
        self.yes = button("Yes", self._yes)
        self.no = button("No", self._no)
        self.later = button("Ask later", self.put_off.emit, look="link")
        words = column(self.text, self.example, gap=2)
        strip = row(self._picture, words, self.count, self.yes, self.no, self.later)
        strip.setAlignment(self._picture, Qt.AlignmentFlag.AlignTop)
        strip.setStretch(1, 1)
        strip.setContentsMargins(SPACE + 4, SPACE, SPACE + 4, SPACE)
        self.setLayout(strip)
        theme().follow(self._draw)
        self._draw()
        self.hide()

    def show_questions(self, names: Sequence[str]) -> None:
        """Asks the first of ``names``; none hides the banner."""
        self.name = names[0] if names else ""
        self.setVisible(bool(names))
        if names:
            question = QUESTIONS[self.name]
            self.text.setText(question.text)
            self.example.setText(question.example)
            self.count.setText(f"1 of {len(names)}" if len(names) > 1 else "")
            self.setAccessibleDescription(question.text)

    def _yes(self) -> None:
        self.answered.emit(self.name, True)

    def _no(self) -> None:
        self.answered.emit(self.name, False)

    def _draw(self) -> None:
        self._picture.setPixmap(pixmap("circle-help", 18, "warning"))


class AnswersDialog(QDialog):
    """All questions with their answers; each change is told at once by ``answered(name, answer)``.

    The answer is True, False, or None to be asked again.
    """

    answered = Signal(str, object)

    def __init__(self, answers: Mapping[str, bool], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Label questions")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(80 * SPACE, 70 * SPACE)
        self.choices: dict[str, Segmented] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * SPACE)
        grid.setVerticalSpacing(SPACE // 2)
        grid.setColumnStretch(0, 1)
        for line, (name, question) in enumerate(QUESTIONS.items()):
            options = [("yes", "Yes"), ("no", "No"), ("open", "Not answered")]
            choice = self.choices[name] = Segmented(options, name=question.title)
            choice.set_current(_KEYS[answers.get(name)])
            choice.chosen.connect(lambda key, name=name: self._on_chosen(name, key))
            words = column(
                label(question.text, "section", wrap=True),
                label(question.example, "caption", wrap=True),
                gap=2,
            )
            grid.addLayout(words, 2 * line, 0)
            grid.addWidget(choice, 2 * line, 1, Qt.AlignmentFlag.AlignTop)
            grid.setRowMinimumHeight(2 * line + 1, SPACE)
        intro = (
            "Yes means that it matters for your classes: a card that changes it can make a label "
            "wrong, and says so."
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        area = scroll(column(grid, STRETCH))
        self.setLayout(
            column(label(intro, "muted", wrap=True), area, buttons, gap=2 * SPACE, margin=3 * SPACE)
        )

    def _on_chosen(self, name: str, key: str) -> None:
        self.answered.emit(name, {"yes": True, "no": False}.get(key))
