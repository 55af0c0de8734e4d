"""What stands below a card's heading: a problem, a doubt about labels, the meter's reading."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.theme import pixmap, theme
from gui.theme.tokens import SPACE
from gui.widgets import button, label

if TYPE_CHECKING:
    from engine.meter.records import Reading

__all__ = ["Line", "Tone", "detail_of", "tone_of"]

Tone = Literal["plain", "success", "warning", "danger"]
_ICONS = {"plain": "circle", "success": "circle-check", "warning": "triangle-alert"}
_ICONS["danger"] = "circle-alert"


_TONES: dict[str, Tone] = {"destroys": "danger", "hurts": "warning", "helps": "success"}


def tone_of(reading: Reading) -> Tone:
    """The tone in which a reading of the meter is told."""
    return _TONES.get(reading.verdict, "plain")


def detail_of(reading: Reading) -> str:
    """The numbers behind a reading, with their 95 % intervals, a line each."""
    named = (
        ("Affinity", reading.affinity),
        ("Diversity", reading.diversity),
        ("Accuracy gained", reading.gain),
    )
    return "\n".join(
        f"{name}: {found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"
        for name, found in named
        if found is not None
    )


class Line(QWidget):
    """A mark, a sentence in small letters, and at most two things to do about it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon, self._colour = "circle", "muted"
        self._mark = QLabel()
        self._mark.setFixedSize(16, 16)
        self.words = label("", "caption", wrap=True)
        self.offers: dict[str, QWidget] = {}
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(SPACE)
        self._buttons.addStretch(1)  # an empty layout would squeeze the words
        self._said: tuple[str, ...] = ()
        box = QHBoxLayout(self)
        box.setContentsMargins(2 * SPACE, 0, SPACE // 2, 0)  # in line with the chevron above
        box.setSpacing(SPACE // 2 + 2)
        box.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        text = QVBoxLayout()
        text.setSpacing(0)
        text.addWidget(self.words)
        text.addLayout(self._buttons)
        box.addLayout(text, 1)
        theme().follow(self._draw)
        self.hide()

    def offer(self, text: str, run: Callable[[], object]) -> None:
        """Puts a thing to do below the sentence."""
        made = button(text, run, look="link")
        self._buttons.insertWidget(self._buttons.count() - 1, made)
        self.offers[text] = made

    def say(self, sentence: str, tone: Tone = "plain", icon: str = "", tip: str = "") -> None:
        """Shows a sentence; an empty one takes the line away."""
        said = (sentence, tone, icon, tip)
        if said == self._said:
            return
        self._said = said
        self.words.setText(sentence)
        self.words.setToolTip(tip)
        self.setAccessibleName(sentence)
        self._icon = icon or _ICONS[tone]
        self._colour = "muted" if tone == "plain" else tone
        self._draw()
        self.setVisible(bool(sentence))

    def _draw(self) -> None:
        self._mark.setPixmap(pixmap(self._icon, 14, self._colour))
