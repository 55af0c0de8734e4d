"""Colours for Python code."""

from __future__ import annotations

import keyword
import re
from typing import Final

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from gui.theme import theme

__all__ = ["CodeHighlighter"]

_PARTS: Final = re.compile(
    r"(?P<comment>#.*)"
    r'|(?P<text>"[^"]*")'
    r"|(?P<defined>(?<=class )\w+|(?<=def )\w+)"
    r"|(?P<number>\b\d[\d.]*(?:e-?\d+)?\b)"
    rf"|(?P<keyword>\b(?:{'|'.join(keyword.kwlist)})\b)"
    r"|(?P<self>\bself\b)"
)
_QUOTES: Final = '"""'
_COLOURS: Final = {
    "comment": "muted",
    "text": "success",
    "defined": "text",
    "number": "warning",
    "keyword": "link",
    "self": "muted",
}
"""Only colours that are readable as text; what is defined is bold instead."""


class CodeHighlighter(QSyntaxHighlighter):
    """Colours the parts of a document with Python code, in the theme's colours.

    ``set_faded`` writes everything in the colour of what is not valid now.
    """

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._faded = False
        self._formats: dict[str, QTextCharFormat] = {}
        self._dress()
        theme().follow(self._dress)

    @property
    def faded(self) -> bool:
        """Whether the code is shown as not valid now."""
        return self._faded

    def set_faded(self, faded: bool) -> None:
        """Shows the code as valid or not valid now."""
        if faded != self._faded:
            self._faded = faded
            self._dress()

    def _dress(self) -> None:
        for part, colour in _COLOURS.items():
            self._formats[part] = _format(theme().colour("disabled" if self._faded else colour))
        if not self._faded:
            self._formats["defined"].setFontWeight(QFont.Weight.Bold)
        self._plain = _format(theme().colour("disabled" if self._faded else "text"))
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colours one line; the state says whether a docstring goes on in the next one."""
        self.setFormat(0, len(text), self._plain)
        inside = self.previousBlockState() == 1
        if inside or text.lstrip().startswith(_QUOTES):
            quotes = text.count(_QUOTES)
            ends = quotes == 2 or (inside and quotes == 1)
            self.setFormat(0, len(text), self._formats["comment"])
            self.setCurrentBlockState(0 if ends else 1)
            return
        self.setCurrentBlockState(0)
        for found in _PARTS.finditer(text):
            part = found.lastgroup or ""
            self.setFormat(found.start(), found.end() - found.start(), self._formats[part])


def _format(colour: QColor) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(colour)
    return made
