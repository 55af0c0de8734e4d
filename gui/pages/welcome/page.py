"""Welcome: new, open, recent projects, and the sample."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.application import program_picture
from gui.pages.base import Action, Page, Session
from gui.theme import pixmap, theme
from gui.theme.tokens import SPACE
from gui.widgets import (
    STRETCH,
    Card,
    ElidedLabel,
    EmptyState,
    button,
    clear,
    column,
    label,
    row,
    scroll,
)

__all__ = ["RecentRow", "WelcomePage"]


class RecentRow(QPushButton):
    """One recent project: its name, place, and when it was last saved."""

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self.setProperty("look", "row")
        self.setAccessibleName(f"Open {folder.name}")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMinimumHeight(7 * SPACE)
        self._picture = QLabel()
        middle = Qt.TextElideMode.ElideMiddle
        words = column(
            ElidedLabel(folder.name, "section"),
            ElidedLabel(_home(folder.parent), "caption", middle),
            gap=2,
        )
        line = row(self._picture, words, label(_saved(folder), "caption"), gap=SPACE + 4)
        line.setStretch(1, 1)
        line.setContentsMargins(SPACE + 4, SPACE // 2, SPACE + 4, SPACE // 2)
        self.setLayout(line)
        for part in self.findChildren(QLabel):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme().follow(self._draw)
        self._draw()

    def _draw(self) -> None:
        self._picture.setPixmap(pixmap("folder", 22, "muted"))


class WelcomePage(Page):
    """Emits wishes; the window answers them and says with :meth:`show_recent` what there is."""

    name = "welcome"
    title = "Welcome"
    icon = "house"

    new_wished = Signal()
    open_wished = Signal()
    sample_wished = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.new = button("New from images…", self.new_wished.emit, look="primary", icon="images")
        self.open = button("Open…", self.open_wished.emit, icon="folder-open")
        self.sample = button("Try the sample", self.sample_wished.emit)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(2)
        outer = QHBoxLayout(self)
        outer.addStretch(1)
        outer.addLayout(self._middle(), 6)
        outer.addStretch(1)

    def _middle(self) -> QVBoxLayout:
        left = column(self._drop_frame(), self._sample_card(), gap=2 * SPACE)
        left.setStretch(0, 1)
        cards = row(gap=3 * SPACE)
        cards.addLayout(left, 5)
        cards.addWidget(self._recent_card(), 6)
        words = "How accurate is the model, and how do you know? Start with your images."
        mark = QLabel()
        mark.setPixmap(program_picture(48))
        names = column(label("Welcome to Fovea", "title"), label(words, "muted"), gap=2)
        whole = QVBoxLayout()
        whole.addStretch(2)
        whole.addLayout(row(mark, names, STRETCH, gap=2 * SPACE))
        whole.addSpacing(3 * SPACE)
        whole.addLayout(cards, 5)
        whole.addStretch(3)
        theme().follow(self._draw)
        self._draw()
        return whole

    def _drop_frame(self) -> QFrame:
        self.drop = QFrame()
        self.drop.setProperty("look", "drop")
        middle = Qt.AlignmentFlag.AlignHCenter
        self._picture = QLabel()
        kinds = "One folder per class. Also a CSV table, .npz or IDX files."
        inside = column(STRETCH, gap=SPACE, margin=3 * SPACE)
        for part in (
            self._picture,
            label("Drop a folder of images here", "section"),
            label(kinds, "muted"),
        ):
            inside.addWidget(part, 0, middle)
        inside.addSpacing(SPACE)
        inside.addWidget(self.new, 0, middle)
        inside.addStretch(1)
        self.drop.setLayout(inside)
        self.drop.setMinimumHeight(28 * SPACE)
        return self.drop

    def _sample_card(self) -> Card:
        card = Card()
        self._cells = QLabel()
        words = column(
            label("No images at hand?", "section"),
            label("600 synthetic cell images, made on the spot.", "muted", wrap=True),
            gap=2,
        )
        line = row(self._cells, words, self.sample, gap=2 * SPACE)
        line.setStretch(1, 1)
        card.body.addLayout(line)
        return card

    def _recent_card(self) -> QWidget:
        card = Card("Recent projects", margin=2 * SPACE)
        card.head.addWidget(self.open)
        self._none = EmptyState(
            "folder-open", "Nothing yet", "Projects that you make or open are listed here."
        )
        card.body.addWidget(self._none, 1)
        holder = QWidget()
        rows = QVBoxLayout(holder)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addLayout(self._rows)
        rows.addStretch(1)
        self._area = scroll(holder)
        card.body.addWidget(self._area, 1)
        return card

    def _draw(self) -> None:
        self._picture.setPixmap(pixmap("image-plus", 40, "muted"))
        self._cells.setPixmap(pixmap("microscope", 28, "link"))

    def show_recent(self, folders: list[Path]) -> None:
        """Lists the projects that can be opened again."""
        clear(self._rows)
        self._none.setVisible(not folders)
        self._area.setVisible(bool(folders))
        for folder in folders:
            line = RecentRow(folder)
            line.clicked.connect(lambda _on=False, folder=folder: self.session.open_path(folder))
            self._rows.addWidget(line)

    def primary_action(self) -> Action:
        """A project from images is the beginning of everything."""
        return Action("New from images…", self.new_wished.emit, "plus")


def _home(path: Path) -> str:
    try:
        return f"~/{path.relative_to(Path.home())}".removesuffix("/.")
    except ValueError:
        return str(path)


def _saved(folder: Path) -> str:
    try:
        when = (folder / "project.fovea").stat().st_mtime
    except OSError:
        return ""
    days = (time.time() - when) / 86_400
    if days < 1:
        return time.strftime("%H:%M", time.localtime(when))
    return time.strftime("%d %b %Y", time.localtime(when))
