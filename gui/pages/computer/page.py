"""The page on this computer: its facts, a test training, and why a card is not used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from engine.errors import FoveaError
from gui.pages.base import Page, Session
from gui.pages.computer.speed_card import SpeedCard
from gui.theme import pixmap, theme
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Card, button, clear, column, label, row, scroll

if TYPE_CHECKING:
    from engine.computer.reasons import Reason
    from engine.computer.records import Computer

__all__ = ["ComputerPage"]

_WIDE = 92 * SPACE
_LOOK_AFTER_MS = 200
"""The window is painted first: looking imports torch."""


class ComputerPage(Page):
    """Looks at the computer behind the window when it is first shown; ``left`` is emitted by the
    button at its end. It needs no project.
    """

    name, title, icon = "computer", "This computer", "cpu"

    left = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._looked = False
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(3 * SPACE)
        self._facts.setVerticalSpacing(SPACE)
        self._facts.setColumnStretch(1, 1)
        self._mark = QLabel()
        self._tone = "muted"
        self.verdict = label("Looking at this computer…", "section", wrap=True)
        self.advice = label("", "muted", wrap=True)
        self.test = SpeedCard(session.runner)
        self.leave = button("Continue", self.left.emit, look="primary", icon="arrow-right")
        self._lay_out()
        theme().follow(self._draw)
        self._draw()

    def _lay_out(self) -> None:
        verdict = Card()
        words = column(self.verdict, self.advice, gap=SPACE // 2)
        line = row(self._mark, words, gap=2 * SPACE)
        line.setStretch(1, 1)
        line.setAlignment(self._mark, Qt.AlignmentFlag.AlignTop)
        verdict.body.addLayout(line)
        facts = Card("What is here")
        facts.body.addLayout(self._facts)
        inside = QWidget()
        inside.setMaximumWidth(_WIDE)
        parts = (label("This computer", "title"), verdict, facts, self.test)
        inside.setLayout(
            column(*parts, row(None, self.leave), STRETCH, gap=2 * SPACE, margin=3 * SPACE)
        )
        middle = row(STRETCH, inside, STRETCH, gap=0)
        middle.setStretch(1, 100)
        holder = QWidget()
        holder.setLayout(middle)
        # Qt asks wrapped labels for their height at their least width: it would always scroll.
        holder.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self.setLayout(column(scroll(holder), gap=0))

    @property
    def filled(self) -> bool:
        """Whether the computer's facts are shown."""
        return self._facts.count() > 0 and super().filled

    def show_project(self, before: object, after: object) -> None:
        """Looks at the computer, once: it is asked for when the page is shown."""
        if not self._looked:
            self._looked = True
            QTimer.singleShot(_LOOK_AFTER_MS, self, self.look)

    def look(self) -> None:
        """Asks what is here, anew."""
        self.runner.task(lambda _progress: _look(), self._show, self._failed, owner=self)

    def _show(self, found: tuple[Computer, tuple[tuple[str, str], ...], Reason | None]) -> None:
        computer, lines, reason = found
        clear(self._facts)
        for number, (name, value) in enumerate(lines):
            self._facts.addWidget(label(name, "muted"), number, 0, Qt.AlignmentFlag.AlignTop)
            self._facts.addWidget(label(value, wrap=True, select=True), number, 1)
        self.test.allow()
        if reason is None:
            self._tone = "success"
            self.verdict.setText("Training uses the graphics card")
            self.advice.setText(f"{computer.device}. Nothing needs to be done.")
        else:
            self._tone = "plain" if reason.cause in ("no card", "other maker") else "warning"
            full = reason.cause == "full"
            device = "graphics card, which is nearly full" if full else "processor"
            self.verdict.setText(f"Training uses the {device}")
            self.advice.setText(str(reason))
        self._draw()

    def _failed(self, error: FoveaError) -> None:
        self._tone = "warning"
        self.verdict.setText(error.what)
        self.advice.setText(" ".join(part for part in (error.why, error.fix) if part))
        self._draw()

    def _draw(self) -> None:
        icons = {"success": "circle-check", "warning": "triangle-alert", "plain": "info"}
        colour = {"plain": "link"}.get(self._tone, self._tone)
        self._mark.setPixmap(pixmap(icons.get(self._tone, "cpu"), 3 * SPACE, colour))


def _look() -> tuple[Computer, tuple[tuple[str, str], ...], Reason | None]:
    """On a worker: what is here, in words, and why no card is used."""
    from gui.worker import import_torch

    import_torch()
    from engine.computer.looking import look
    from engine.computer.reasons import why_processor
    from engine.computer.words import computer_lines

    computer = look()
    return computer, computer_lines(computer), why_processor(computer.graphics)
