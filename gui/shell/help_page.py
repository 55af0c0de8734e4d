"""A page of the help: a text from ``resources/help``, read beside the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFrame, QTextBrowser, QWidget

from gui.theme import theme
from gui.theme.tokens import SPACE
from gui.widgets import column

__all__ = ["HELP", "HelpPage"]

HELP = Path(__file__).resolve().parents[2] / "resources" / "help"


class HelpPage(QDialog):
    """The page ``name`` (``"tuning-on-several-machines"``); not modal. Commands can be copied.

    Raises OSError where the file is gone.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(100 * SPACE, 76 * SPACE)
        text = (HELP / f"{name}.md").read_text(encoding="utf-8")
        title, _, rest = text.partition("\n")
        self.setWindowTitle(title.removeprefix("# "))
        self._rest = rest
        self.text = QTextBrowser()
        self.text.setOpenLinks(False)
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setAccessibleName(self.windowTitle())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self.setLayout(column(self.text, buttons, gap=2 * SPACE, margin=2 * SPACE))
        self._fill()
        theme().follow(self._fill)
        self.text.setFocus()

    def _fill(self) -> None:
        """Writes the text in the fonts and colours of the theme."""
        document = self.text.document()
        document.setDefaultFont(theme().font())
        document.setMarkdown(self._rest)
        body = theme().font().pointSizeF()
        block = document.begin()
        while block.isValid():
            level = block.blockFormat().headingLevel()
            pieces = block.begin()
            while not pieces.atEnd():
                piece = pieces.fragment()
                if level or piece.charFormat().fontFixedPitch():
                    cursor = QTextCursor(block)
                    cursor.setPosition(piece.position())
                    cursor.setPosition(
                        piece.position() + piece.length(), QTextCursor.MoveMode.KeepAnchor
                    )
                    cursor.mergeCharFormat(_heading() if level else _command(body))
                pieces += 1
            block = block.next()
        self.text.moveCursor(QTextCursor.MoveOperation.Start)


def _heading() -> QTextCharFormat:
    look = QTextCharFormat()
    look.setFontPointSize(theme().font("title").pointSizeF())
    look.setFontWeight(QFont.Weight.DemiBold)
    return look


def _command(size: float) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setFontFamilies(["JetBrains Mono", "DejaVu Sans Mono", "monospace"])
    look.setFontPointSize(size)
    look.setForeground(theme().colour("link"))
    return look
