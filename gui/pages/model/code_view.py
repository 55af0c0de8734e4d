"""Code to look at: a line belongs to a node, and a selected node's lines are marked."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont, QTextCursor, QTextFormat
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from engine.codegen.model import Listing
from gui.pages.model.code_highlight import CodeHighlighter
from gui.theme import theme

__all__ = ["CodeView"]


class CodeView(QPlainTextEdit):
    """Read-only code; ``line_chosen(id)`` when the caret comes to a line of another node."""

    line_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._listing = Listing("", ())
        self._selected: frozenset[str] = frozenset()
        self._quiet = False
        self.setProperty("look", "code")
        font = self.font()
        font.setFeature(QFont.Tag("calt"), 0)  # “->” stays the two letters that one would type
        self.setFont(font)
        self.setReadOnly(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTextInteractionFlags(
            self.textInteractionFlags().TextSelectableByMouse
            | self.textInteractionFlags().TextSelectableByKeyboard
        )
        self.setAccessibleName("PyTorch code of the model")
        self.highlighter = CodeHighlighter(self.document())
        self.cursorPositionChanged.connect(self._on_caret)
        theme().follow(self._mark)

    def show_listing(self, listing: Listing) -> None:
        """Shows other code; the part in sight stays in sight."""
        self._replace(listing.text.rstrip("\n").split("\n"))
        self._listing = listing
        self._mark()

    def _replace(self, lines: list[str]) -> None:
        """Writes the lines that differ; all others stay, with caret, scrolling and colours."""
        old = self.toPlainText().split("\n")
        cursor = QTextCursor(self.document())
        self._quiet = True
        for start, end, new in _changes(old, lines):
            first = self.document().findBlockByNumber(start)
            last = self.document().findBlockByNumber(end - 1)
            cursor.setPosition(first.position())
            cursor.setPosition(last.position() + last.length() - 1, cursor.MoveMode.KeepAnchor)
            cursor.insertText("\n".join(new))
        self._quiet = False

    def show_selected(self, ids: Iterable[str]) -> None:
        """Marks the lines of nodes, and brings the first into sight when none is."""
        selected = frozenset(ids)
        if selected == self._selected:
            return
        self._selected = selected
        self._mark()
        lines = self.marked_lines()
        first, last = self._visible_lines()
        if lines and not any(first <= line <= last for line in lines):
            self._bring(lines[0])

    def marked_lines(self) -> tuple[int, ...]:
        """The numbers of the lines that are marked, from 0."""
        nodes = enumerate(self._listing.nodes)
        return tuple(number for number, node in nodes if node and node in self._selected)

    def _mark(self) -> None:
        marks = []
        for line in self.marked_lines():
            mark = QTextEdit.ExtraSelection()
            mark.format.setBackground(theme().colour("accent_soft"))
            mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            mark.cursor = QTextCursor(self.document().findBlockByNumber(line))
            marks.append(mark)
        self.setExtraSelections(marks)

    def _visible_lines(self) -> tuple[int, int]:
        first = self.firstVisibleBlock().blockNumber()
        rows = self.viewport().height() // max(1, self.fontMetrics().lineSpacing())
        return first, first + rows - 1

    def _bring(self, line: int) -> None:
        first, last = self._visible_lines()
        self.verticalScrollBar().setValue(max(0, line - (last - first) // 3))

    def _on_caret(self) -> None:
        line = self.textCursor().blockNumber()
        if self._quiet or not self.hasFocus() or line >= len(self._listing.nodes):
            return
        node = self._listing.nodes[line]
        if node and self._selected != {node}:
            self.line_chosen.emit(node)


def _changes(old: list[str], new: list[str]) -> list[tuple[int, int, list[str]]]:
    """Runs of lines to replace, from and to before which line, and by what; never empty ones."""
    if len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [(n, n + 1, [after]) for n, (before, after) in pairs if before != after]
    least = min(len(old), len(new))
    same = next((n for n in range(least) if old[n] != new[n]), least)
    least -= same
    tail = next((n for n in range(least) if old[-1 - n] != new[-1 - n]), least)
    if same + tail in (len(old), len(new)):  # lines come or go: a neighbour goes along
        same, tail = (same - 1, tail) if same else (same, tail - 1)
    return [(same, len(old) - tail, new[same : len(new) - tail])]
