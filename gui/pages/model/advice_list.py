"""Warnings about a model, each with a button that does what helps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from engine.graph.advice import Finding
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, button, clear, column, label, row

__all__ = ["AdviceList"]

_MOST = 30


class AdviceList(QWidget):
    """Shows findings; hidden while there are none.

    ``wish_fix(findings)`` from a Fix button, for one or for all of a kind; ``wish_select(ids)``
    from a Show button.
    """

    wish_fix = Signal(object)
    wish_select = Signal(object)

    def __init__(self, *, heading: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.findings: tuple[Finding, ...] = ()
        self.heading = label("", "section")
        self._titled = heading
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE)
        self.setLayout(column(self.heading, self._list, gap=SPACE + 4))
        self.heading.setVisible(heading)
        self.hide()

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Shows other findings."""
        if tuple(findings) == self.findings:
            return
        self.findings = tuple(findings)
        count = len(self.findings)
        self.heading.setText(f"{count} warning{'s' if count > 1 else ''}")
        clear(self._list)
        seen: set[str] = set()
        alike = Counter(found.code for found in self.findings if found.remedy is not None)
        for found in self.findings[:_MOST]:
            first = found.code not in seen
            seen.add(found.code)
            self._list.addWidget(self._entry(found, alike[found.code] if first else 0))
        if count > _MOST:
            self._list.addWidget(label(f"… and {count - _MOST} more", "caption"))
        self.setVisible(bool(self.findings))

    def _entry(self, found: Finding, alike: int) -> QFrame:
        frame = QFrame()
        frame.setProperty("look", "notice")
        box = column(
            label(found.sentence, wrap=True, select=True),
            label(found.advice, "caption", wrap=True),
            gap=SPACE // 2,
            margin=SPACE,
        )
        if found.remedy is not None:
            box.addLayout(self._fixes(found, found.remedy.label, alike))
        shown = found.nodes[0] if len(found.nodes) == 1 else f"{len(found.nodes)} nodes"
        show = button(f"Show {shown}", lambda: self.wish_select.emit(found.nodes), look="link")
        more = [STRETCH]
        if alike > 1:
            same = tuple(other for other in self.findings if other.code == found.code)
            text = f"Fix all {alike} of this kind"
            more = [STRETCH, button(text, lambda: self.wish_fix.emit(same), look="link")]
        box.addLayout(row(show, *more))
        frame.setLayout(box)
        return frame

    def _fixes(self, found: Finding, what: str, alike: int) -> QVBoxLayout:
        fix = button("Fix", lambda: self.wish_fix.emit((found,)), icon="wand-sparkles", tip=what)
        fix.setAccessibleName(f"Fix: {what}")
        words = label(f"{what}.", "caption", wrap=True)
        line = row(fix, words)
        line.setStretch(1, 1)
        return column(line)
