"""The runs that wait for their turn."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

from engine.runs.queue import QueueEntry
from gui.pages.base import Session
from gui.pages.train.tabs import Panel
from gui.setting_words import change_words, setting_name, setting_value
from gui.theme import icon, theme
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, IconButton, button, column, label, row

__all__ = ["QueuePanel", "words_of"]

_STATES = {
    "waiting": ("clock", "muted", "Waits"),
    "starting": ("loader", "link", "Starts now"),
    "failed": ("circle-alert", "danger", "Could not begin"),
    "damaged": ("circle-alert", "danger", "Cannot be read"),
}
_MOST_NAMED = 4


def words_of(entry: QueueEntry) -> str:
    """An entry in a line: how long it trains, and what is different in it."""
    others = {name: pair for name, pair in entry.differing.items() if name != "training.epochs"}
    named = change_words(others)
    more = len(named) - _MOST_NAMED
    named = named[:_MOST_NAMED] + ([f"{more} more"] if more > 0 else [])
    what = ", ".join(named) or "else as before"
    epochs = f"{entry.epochs} epoch{'s' if entry.epochs != 1 else ''}"
    state = _STATES[entry.state][2]
    text = f"{state}: {epochs}, {what}" if entry.epochs else state
    return f"{text}. {entry.trouble}" if entry.trouble else text


class QueuePanel(Panel):
    """The queue of the project, in the order of its start; entries are moved, retried and removed.

    Alt+Up and Alt+Down move the marked entry, Delete removes it.
    ``counted(number)`` tells how many wait, for the tab.
    """

    counted = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.waiting = session.runner.waiting
        self.list = QListWidget()
        self.list.setAccessibleName("Runs that wait")
        self.list.setIconSize(QSize(16, 16))
        self.list.setWordWrap(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.empty = label("", "muted", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hold = button("Hold", self._hold, icon="pause")
        self.up = IconButton("arrow-up", "Earlier (Alt+Up)", lambda: self._move(-1))
        self.down = IconButton("arrow-down", "Later (Alt+Down)", lambda: self._move(1))
        self.retry = button("Try again", self._retry, icon="refresh-cw")
        self.remove = button("Remove", self._remove, icon="x")
        self.tools.setLayout(row(self.hold, self.up, self.down, self.retry, self.remove, STRETCH))
        whole = column(self.list, self.empty, self.tools, gap=SPACE)
        whole.setStretch(0, 1)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self._entries: tuple[QueueEntry, ...] = ()
        self._connect()
        self.show_entries(self.waiting.entries)

    def _connect(self) -> None:
        for keys, run in (
            ("Alt+Up", lambda: self._move(-1)),
            ("Alt+Down", lambda: self._move(1)),
            (QKeySequence.StandardKey.Delete, self._remove),
        ):
            made = QShortcut(QKeySequence(keys), self.list, run)
            made.setContext(Qt.ShortcutContext.WidgetShortcut)
        self.list.currentRowChanged.connect(lambda _row: self._enable())
        self.waiting.changed.connect(self.show_entries)
        self.waiting.failed.connect(self.session.error)
        theme().follow(self._retint)

    def show_entries(self, entries: Sequence[QueueEntry]) -> None:
        """Shows the queue; the marked entry stays marked."""
        chosen = self.current()
        self._entries = tuple(entries)
        self.list.clear()
        for entry in entries:
            name, colour, _words = _STATES[entry.state]
            item = QListWidgetItem(icon(name, colour), words_of(entry))
            item.setToolTip("\n".join(_differences(entry)))
            self.list.addItem(item)
        ids = [entry.id for entry in entries]
        if ids:
            kept = ids.index(chosen.id) if chosen is not None and chosen.id in ids else 0
            self.list.setCurrentRow(kept)
        self.list.setVisible(bool(ids))
        self._enable()
        self.counted.emit(len(ids))

    def _retint(self) -> None:
        self.show_entries(self._entries)

    def current(self) -> QueueEntry | None:
        """The marked entry."""
        place = self.list.currentRow()
        return self._entries[place] if 0 <= place < len(self._entries) else None

    def _enable(self) -> None:
        entry, place = self.current(), self.list.currentRow()
        self.up.setEnabled(entry is not None and place > 0)
        self.down.setEnabled(entry is not None and place < len(self._entries) - 1)
        self.remove.setEnabled(entry is not None)
        self.retry.setVisible(entry is not None and entry.state == "failed")
        held = not self.waiting.armed
        self.hold.setText("Start" if held else "Hold")
        self.hold.setEnabled(bool(self._entries))
        self.hold.setToolTip(
            "Starts the first run as soon as no training runs, and the others after it."
            if held
            else "Lets the running training end and starts no other."
        )
        self.empty.setVisible(not self._entries)
        self.empty.setText(
            "No run waits. “Add to queue” keeps the recipe as it stands now and trains it when "
            "the runs before it have ended."
        )

    def _hold(self) -> None:
        if self.waiting.armed:
            self.waiting.hold()
        else:
            self.waiting.start()

    def _move(self, by: int) -> None:
        entry, place = self.current(), self.list.currentRow()
        if entry is not None and 0 <= place + by < len(self._entries):
            self.waiting.move(entry.id, by)

    def _retry(self) -> None:
        if (entry := self.current()) is not None:
            self.waiting.retry(entry.id)

    def _remove(self) -> None:
        if (entry := self.current()) is not None:
            self.waiting.remove(entry.id)


def _differences(entry: QueueEntry) -> list[str]:
    return [
        f"{setting_name(name)}: {setting_value(before)} → {setting_value(here)}"
        for name, (before, here) in list(entry.differing.items())[:30]
    ]
