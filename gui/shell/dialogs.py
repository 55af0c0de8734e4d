"""The window's small dialogs: an error's six fields, questions, shortcuts, about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

import engine
from engine.errors import FoveaError
from gui.application import program_picture
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, ProblemBox, Question, column, label, row

__all__ = ["AboutDialog", "ErrorDialog", "Question", "ShortcutsDialog"]


class ErrorDialog(QDialog):
    """An error, told in its six fields; not modal, so that work can go on."""

    def __init__(self, error: FoveaError, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.error = error
        self.setWindowTitle("Fovea")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(65 * SPACE)
        box = ProblemBox(error)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton("Copy text", QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(str(error)))
        buttons.rejected.connect(self.reject)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setDefault(True)
        copy.setAutoDefault(False)
        self.setLayout(column(box, STRETCH, buttons, gap=2 * SPACE, margin=2 * SPACE))
        close.setFocus()


_WIDE = 150 * SPACE  # three columns of shortcuts have room


class ShortcutsDialog(QDialog):
    """Every shortcut of the window's menus, as the platform writes them; to be opened often.

    Its two hundred labels take a while to make: :meth:`prepare` does so ahead.
    """

    def __init__(self, groups: dict[str, list[tuple[str, str]]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self._window = parent.window()
        self.columns = self.columns_for(parent)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self._keys = QWidget()
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(self._keys)
        self.setLayout(column(area, buttons, gap=2 * SPACE, margin=2 * SPACE))
        self._filling = self._fill(groups)

    @staticmethod
    def columns_for(parent: QWidget) -> int:
        """How many columns have room in a window; one would be too high for a small screen."""
        return 3 if parent.window().width() >= _WIDE else 2

    def _fill(self, groups: dict[str, list[tuple[str, str]]]) -> Iterator[None]:
        """Makes one group at each step."""
        columns = tuple(QVBoxLayout() for _ in range(self.columns))
        gap = (5 if self.columns > 2 else 3) * SPACE
        self._keys.setLayout(row(*columns, gap=gap, margin=0))
        for box in columns:
            box.setSpacing(SPACE)
        most = sum(len(entries) + 2 for entries in groups.values()) / len(columns)
        placed = 0
        for name, entries in groups.items():
            middle = placed + (len(entries) + 2) / 2
            box = columns[min(int(middle / most), len(columns) - 1)]
            box.addSpacing(SPACE if box.count() else 0)
            box.addWidget(label(name, "section"))
            box.addLayout(_keys(entries))
            placed += len(entries) + 2
            yield
        for box in columns:
            box.addStretch(1)

    def prepare(self) -> Iterator[None]:
        """Makes, styles and lays out what it shows, a part at each step."""
        yield from self._filling
        self.grab(QRect(0, 0, 1, 1))

    def open(self) -> None:
        """Shows what there is, as large as it needs."""
        for _ in self._filling:
            pass
        wanted = self._keys.sizeHint() + QSize(7 * SPACE, 11 * SPACE)  # margins, bar, button
        room = self._window.size() - QSize(2 * SPACE, 2 * SPACE)
        self.resize(wanted.boundedTo(room))
        super().open()


def _keys(entries: Sequence[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(3 * SPACE)
    grid.setVerticalSpacing(SPACE // 4)
    grid.setColumnStretch(0, 1)
    for line, (text, keys) in enumerate(entries):
        grid.addWidget(label(text), line, 0)
        grid.addWidget(label(keys, "mono"), line, 1, Qt.AlignmentFlag.AlignRight)
    return grid


class AboutDialog(QDialog):
    """Name, version, licences and where the log lies."""

    def __init__(self, log: Path | None, device: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Fovea")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(60 * SPACE)
        picture = QLabel()
        picture.setPixmap(program_picture(48))
        words = label("Train, understand and improve image classifiers.")
        name = column(label("Fovea", "title"), words, gap=SPACE // 2)
        facts = {
            "Version": engine.__version__,
            "Device": device or "not looked up yet",
            "Log": str(log or "none"),
            "Network": "Nothing leaves this computer.",
            "Icons": "Lucide (ISC)",
            "Fonts": "Inter and JetBrains Mono (OFL)",
        }
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        top = row(picture, name, gap=2 * SPACE)
        top.setStretch(1, 1)
        self.setLayout(column(top, _facts(facts), buttons, gap=3 * SPACE, margin=3 * SPACE))

    def showEvent(self, event: QShowEvent) -> None:
        """Is as high as its words need in its width; Qt would make room for narrower ones."""
        self.setFixedHeight(self.heightForWidth(self.width()))
        super().showEvent(event)


def _facts(facts: dict[str, str]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(3 * SPACE)
    grid.setVerticalSpacing(SPACE)
    grid.setColumnStretch(1, 1)
    for line, (name, fact) in enumerate(facts.items()):
        grid.addWidget(label(name, "muted"), line, 0, Qt.AlignmentFlag.AlignTop)
        words = label(fact, wrap=True, select=True)
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        grid.addWidget(words, line, 1)
    return grid
