"""The program as the desktop knows it: the documents that it is asked to open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QUrl, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

__all__ = ["Application"]


class Application(QApplication):
    """Qt's application, which also hears what the desktop asks it to open.

    macOS names a document by an event, when it starts the program for it and while it runs; other
    systems start the program with an argument. What is asked for is kept until somebody takes it,
    so that nothing is lost before there is a window. ``documents_wished`` tells that there is some.
    """

    documents_wished = Signal()

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__(list(arguments))
        self._wished: list[QUrl] = []

    def event(self, event: QEvent) -> bool:
        """Keeps the address of a document; all else is Qt's."""
        if isinstance(event, QFileOpenEvent):
            self._wished.append(QUrl(event.url()))
            self.documents_wished.emit()
            return True
        return super().event(event)

    def take_documents(self) -> list[QUrl]:
        """The addresses asked for since this was asked last, in their order, each once."""
        taken, self._wished = self._wished, []
        return list(dict.fromkeys(taken))
