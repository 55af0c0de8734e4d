"""What a run says in words."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

from engine.runs.events import RunFinished
from gui.numbers import percent
from gui.pages.train.tabs import Panel
from gui.theme import icon, theme
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Segmented, button, column, label, row

__all__ = ["Messages", "ending_words"]

_ICONS = {
    "note": ("info", "link"),
    "warning": ("triangle-alert", "warning"),
    "error": ("circle-alert", "danger"),
}
_ENDINGS = {
    "done": "The run is done.",
    "early": "The run stopped early: the monitored value no longer improved.",
    "stopped": "The run was stopped. It can be resumed.",
}
_MOST = 500
_PLACES = ("training.", "model.", "augment.", "data.")
_SEVERITY = Qt.ItemDataRole.UserRole
_WHERE = Qt.ItemDataRole.UserRole + 1


class Messages(Panel):
    """Sentences in the order they came, each with the icon of its severity.

    They can be filtered and copied (Ctrl+C: the marked ones, without a mark all that are shown).
    One that is about a node or a setting is underlined; a click or Enter goes there.

    Signals:
        place_wished(address): somebody wants to see what a message is about.
        counted(number): how many warnings and errors there are.
    """

    place_wished = Signal(str)
    counted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = QListWidget()
        self.list.setAccessibleName("Messages of the run")
        self.list.setWordWrap(True)
        self.list.setIconSize(QSize(16, 16))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSpacing(1)
        self.list.setMouseTracking(True)
        options = [("all", "All"), ("grave", "Warnings and errors")]
        self.filter = Segmented(options, name="Messages shown")
        self.copy_button = button("Copy", self.copy, icon="copy")
        self.copy_button.setToolTip("Copies the marked messages, without a mark all that are shown")
        self.nothing = label("", "muted")
        self.tools.setLayout(row(self.filter, self.copy_button, self.nothing, STRETCH))
        whole = column(self.list, self.tools, gap=SPACE)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.filter.chosen.connect(lambda _key: self._show_filtered())
        self.list.itemClicked.connect(self._on_click)
        self.list.itemActivated.connect(self._go)
        self.list.itemEntered.connect(self._on_entered)
        QShortcut(
            QKeySequence(QKeySequence.StandardKey.Copy),
            self.list,
            self.copy,
            context=Qt.ShortcutContext.WidgetShortcut,
        )
        theme().follow(self._retint)
        self._show_filtered()

    def say(self, text: str, severity: str = "note", where: str = "") -> None:
        """Adds a sentence; ``severity`` is note, warning or error, ``where`` an address.

        What is no address of the project (a path on the disc) is not offered as a link.
        """
        item = QListWidgetItem(text)
        item.setData(_SEVERITY, severity if severity in _ICONS else "note")
        item.setIcon(icon(*_ICONS.get(severity, _ICONS["note"])))
        if where.startswith(_PLACES):
            font = item.font()
            font.setUnderline(True)
            item.setFont(font)
            item.setData(_WHERE, where)
            item.setToolTip(f"Go to {where}")
        self.list.addItem(item)
        if self.list.count() > _MOST:
            self.list.takeItem(0)
        self._filter(item)
        self.list.scrollToBottom()
        self._count()

    def texts(self) -> list[str]:
        """All sentences, oldest first."""
        return [item.text() for item in self._items()]

    def clear(self) -> None:
        """Forgets all."""
        self.list.clear()
        self._count()

    def copy(self) -> None:
        """Puts the marked messages on the clipboard, or all that are shown."""
        shown = [item for item in self._items() if not item.isHidden()]
        marked = [item for item in shown if item.isSelected()]
        lines = []
        for item in marked or shown:
            severity = item.data(_SEVERITY)
            lines.append(item.text() if severity == "note" else f"{severity}: {item.text()}")
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _items(self) -> list[QListWidgetItem]:
        return [self.list.item(row) for row in range(self.list.count())]

    def _filter(self, item: QListWidgetItem) -> None:
        item.setHidden(self.filter.current == "grave" and item.data(_SEVERITY) == "note")

    def _show_filtered(self) -> None:
        for item in self._items():
            self._filter(item)
        self._count()

    def _count(self) -> None:
        grave = sum(item.data(_SEVERITY) != "note" for item in self._items())
        none_shown = self.list.count() > 0 and not grave and self.filter.current == "grave"
        self.nothing.setText("No warnings." if none_shown else "")
        self.copy_button.setEnabled(self.list.count() > 0)
        self.counted.emit(grave)

    def _on_click(self, item: QListWidgetItem) -> None:
        if not QGuiApplication.keyboardModifiers():
            self._go(item)

    def _go(self, item: QListWidgetItem) -> None:
        if where := item.data(_WHERE):
            self.place_wished.emit(where)

    def _on_entered(self, item: QListWidgetItem) -> None:
        link = bool(item.data(_WHERE))
        shape = Qt.CursorShape.PointingHandCursor if link else Qt.CursorShape.ArrowCursor
        self.list.viewport().setCursor(shape)

    def _retint(self) -> None:
        for item in self._items():
            item.setIcon(icon(*_ICONS[item.data(_SEVERITY)]))


def ending_words(event: RunFinished) -> str:
    """How a run ended, and the best that it reached."""
    text = _ENDINGS[event.status]
    best = event.metrics.get("val_accuracy")
    if best is not None:
        text += f" Best validation accuracy {percent(best)} in epoch {event.best_epoch}."
    return text
