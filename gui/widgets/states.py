"""The three states that every page has on purpose: empty, working, and with a problem."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from engine.errors import FoveaError
from gui.theme import pixmap, theme
from gui.theme.tokens import SPACE
from gui.widgets.buttons import button
from gui.widgets.focus import hand_on
from gui.widgets.layout import STRETCH, column, row
from gui.widgets.text import ElidedLabel, label

__all__ = ["Busy", "BusyOverlay", "EmptyState", "ProblemBox"]


class EmptyState(QWidget):
    """What belongs here, and the one action that fills it."""

    def __init__(
        self,
        icon: str,
        title: str,
        text: str,
        action: str = "",
        run: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon = icon
        self._picture = QLabel()
        self.title = label(title, "section")
        self.text = label(text, "muted", wrap=True)
        self.text.setMaximumWidth(56 * SPACE)
        self.button = button(action, run, look="primary")
        middle = Qt.AlignmentFlag.AlignHCenter
        box = QVBoxLayout(self)
        box.setSpacing(SPACE)
        box.addStretch(2)
        for part in (self._picture, self.title):
            box.addWidget(part, 0, middle)
        self.text.setAlignment(middle)
        words = row(STRETCH, self.text, STRETCH, gap=0)
        words.setStretch(1, 100)  # up to its greatest width, so that it knows its height
        box.addLayout(words)
        box.addSpacing(SPACE)
        box.addWidget(self.button, 0, middle)
        box.addStretch(3)
        self.button.setVisible(bool(action))
        theme().follow(self._draw)
        self._draw()

    def _draw(self) -> None:
        self._picture.setPixmap(pixmap(self._icon, 5 * SPACE, "muted"))


class ProblemBox(QFrame):
    """An error's six fields on the page where it matters, with a button that does the fix.

    ``show_error(None)`` hides it. ``foot`` is the line of the button, to which more can be added.
    """

    fix_clicked = Signal()

    def __init__(
        self,
        error: FoveaError | None = None,
        action: str = "",
        run: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("look", "problem")
        self._picture = QLabel()
        self._what = label("", "section", wrap=True)
        self._code = label("", "caption", select=True)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(2 * SPACE)
        self._grid.setVerticalSpacing(SPACE // 2)
        self._grid.setColumnStretch(1, 1)
        self.button = button(action, self.fix_clicked.emit)
        if run is not None:
            self.fix_clicked.connect(lambda: run())
        head = row(self._picture, self._what, self._code)
        head.setStretch(1, 1)
        self.foot = row(self.button, STRETCH)
        self.setLayout(column(head, self._grid, self.foot, gap=SPACE, margin=2 * SPACE))
        self.button.setVisible(bool(action))
        theme().follow(self._draw)
        self._draw()
        if error is None:
            self.hide()
        else:
            self._fill(error)

    def show_error(self, error: FoveaError | None, action: str | None = None) -> None:
        """Shows an error, or hides the box for None; ``action`` renames (or hides) the button."""
        if action is not None:
            self.button.setText(action)
            self.button.setVisible(bool(action))
        if error is not None:
            self._fill(error)
        self.setVisible(error is not None)

    def _fill(self, error: FoveaError) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._what.setText(error.what)
        self._code.setText(error.code)
        self.setAccessibleName(error.what)
        parts = (
            ("Where", error.where),
            ("Why", error.why),
            ("Safe", error.kept),
            ("What to do", error.fix),
        )
        for line, (name, text) in enumerate((n, t) for n, t in parts if t):
            top = Qt.AlignmentFlag.AlignTop
            self._grid.addWidget(label(name, "muted"), line, 0, top)
            self._grid.addWidget(label(text, wrap=True, select=True), line, 1, top)

    def _draw(self) -> None:
        self._picture.setPixmap(pixmap("circle-alert", 20, "danger"))


class Busy(QFrame):
    """Progress of one long operation, with Cancel."""

    cancelled = Signal()

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self._title = label(text, "section")
        self._detail = ElidedLabel("", "muted", Qt.TextElideMode.ElideMiddle)
        self.bar = QProgressBar(textVisible=False)
        self.bar.setRange(0, 0)
        self.cancel = button("Cancel", self._on_cancel)
        self.setMinimumWidth(45 * SPACE)
        foot = row(self._detail, self.cancel)
        foot.setStretch(0, 1)
        self.setLayout(column(self._title, self.bar, foot, gap=SPACE + 4, margin=2 * SPACE))

    def start(self, text: str) -> None:
        """Begins with a heading and no known length."""
        self._title.setText(text)
        self._detail.setText("")
        self.bar.setRange(0, 0)
        self.cancel.setEnabled(True)

    def show_progress(self, done: int, total: int, text: str = "") -> None:
        """Shows how far it is; ``total`` 0 means that nobody knows."""
        self.bar.setRange(0, max(0, total))
        self.bar.setValue(done)
        count = f"{done:,} of {total:,}" if total else ""
        self._detail.setText("  ".join(part for part in (count, text) if part))

    def _on_cancel(self) -> None:
        self.cancel.setEnabled(False)
        self._detail.setText("Cancelling…")
        self.cancelled.emit()


class BusyOverlay(QWidget):
    """A :class:`Busy` panel over the widget ``over``, which cannot be used meanwhile.

    While it is there its Cancel has the keyboard, which afterwards goes back to where it was.
    """

    cancelled = Signal()

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._before: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("look", "page")
        self.panel = Busy()
        self.panel.cancelled.connect(self.cancelled)
        hand_on(self.panel.cancel, self)  # until the end, and not what lies under it
        box = QVBoxLayout(self)
        box.addWidget(self.panel, 0, Qt.AlignmentFlag.AlignCenter)
        over.installEventFilter(self)
        self.hide()

    def start(self, text: str) -> None:
        """Covers the widget."""
        self.panel.start(text)
        self.setGeometry(self._over.rect())
        self.show()
        self.raise_()
        self._before = QApplication.focusWidget()
        self.panel.cancel.setFocus()

    def show_progress(self, done: int, total: int, text: str = "") -> None:
        """Passes progress on to the panel."""
        self.panel.show_progress(done, total, text)

    def finish(self) -> None:
        """Uncovers the widget."""
        before, self._before = self._before, None
        at = self.window().focusWidget()
        kept = at in (None, self, self.panel.cancel) or at.isAncestorOf(self)
        if kept and before is not None and shiboken6.isValid(before):
            before.setFocus()
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stays as large as what it covers."""
        if watched is self._over and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._over.rect())
        return False
