"""Sentences of the winner panel: a mark and words, and what over-tuning is."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from engine.tune.confirm.judging import Judgement
from gui.theme import pixmap, theme
from gui.theme.tokens import SPACE
from gui.widgets import label, row

__all__ = ["OVERTUNING", "Remark", "tone_of"]

Tone = Literal["plain", "success", "warning", "danger"]
_ICONS = {
    "plain": "info",
    "success": "circle-check",
    "warning": "triangle-alert",
    "danger": "circle-alert",
}
_TONES: dict[str, Tone] = {"better": "success", "worse": "danger", "failed": "danger"}

OVERTUNING = (
    "A run with another seed ends at another accuracy, with nothing else changed. Who trains 60 "
    "settings and takes the best number takes a good setting, a lucky run, or both: even if all 60 "
    "were equally good, the best of them would lie more than two spreads above their mean. That "
    "part of the tuned score is luck, and is gone when the model is trained again. It is called "
    "over-tuning, as the search has fitted the settings to the noise of one seed and to the "
    "images that it was judged by. So the check trains the best trials again with seeds that the "
    "search has not seen, beside the present project, and compares them run by run. “Better” "
    "means that the interval of the difference leaves zero out: with settings that are no better, "
    "3 of 100 checks say so by chance. “No difference shown” does not mean that there is none: a "
    "difference smaller than the spread between seeds needs more runs. Runs that differ by folds "
    "validate on other images, too, and find out a winner that only suits the images of the search."
)


def tone_of(found: Judgement) -> Tone:
    """How the answer of a check is told."""
    return _TONES.get(found.says, "plain")


class Remark(QWidget):
    """A mark and a sentence, hidden while there is nothing to say."""

    def __init__(self, look: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone: Tone = "plain"
        self._mark = QLabel()
        self._mark.setFixedWidth(2 * SPACE)
        self.words = label("", look, wrap=True, select=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        box = row(self._mark, self.words)
        box.setStretch(1, 1)
        box.setAlignment(self._mark, Qt.AlignmentFlag.AlignTop)
        self.setLayout(box)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        theme().follow(self._draw)
        self.hide()

    def say(self, words: str, tone: Tone = "plain") -> None:
        """Says something, or nothing for an empty text."""
        self._tone = tone
        self.words.setText(words)
        self.setAccessibleName(words)
        self.setVisible(bool(words))
        self._draw()

    def _draw(self) -> None:
        colour = "link" if self._tone == "plain" else self._tone
        self._mark.setPixmap(pixmap(_ICONS[self._tone], 16, colour))
