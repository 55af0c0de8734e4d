"""The documents that the desktop asks the running program to open."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtWidgets import QApplication

from engine.errors import FoveaError
from gui.application import Application

if TYPE_CHECKING:
    from gui.window import Window

__all__ = ["AskedDocuments"]

_WAITS_MS = 100
_READING_SECONDS = 10


class AskedDocuments(QObject):
    """Opens in ``window`` what ``qt`` is asked for, also what it was asked for before.

    One project is open at a time: of several that are asked for at once the last is opened, and the
    others are named. While a dialog waits for an answer they wait, too.
    """

    def __init__(self, qt: Application, window: Window) -> None:
        super().__init__(window)
        self._qt = qt
        self._window = window
        self._timer = QTimer(self, singleShot=True, interval=_WAITS_MS)
        self._timer.timeout.connect(self._open_asked)
        qt.documents_wished.connect(self._timer.start)
        self._timer.start()

    def _open_asked(self) -> None:
        if QApplication.activeModalWidget() is not None:
            self._timer.start()
            return
        asked = self._qt.take_documents()
        if not asked:
            return
        self._window.come_forward()
        *others, last = asked
        self._open(last)
        if others:
            self._window.toast.say(_left_out(others), "warning", seconds=_READING_SECONDS)

    def _open(self, address: QUrl) -> None:
        if not address.isLocalFile():
            self._window.session.error(_no_file(address))
            return
        path = Path(address.toLocalFile())
        if not self._is_open(path):
            self._window.files.open_path(path)

    def _is_open(self, path: Path) -> bool:
        """Whether it is what the window shows: opening it anew would ask for its unsaved edits."""
        from engine.project.store import locate

        folder = self._window.session.document.folder
        with contextlib.suppress(OSError, ValueError):
            return folder is not None and os.path.samefile(locate(path), folder)
        return False


def _left_out(addresses: list[QUrl]) -> str:
    names = [Path(address.path()) for address in addresses]
    first = f"“{_name(names[0])}”"
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    were = "were" if more else "was"
    return f"One project is open at a time: {first}{more} {were} not opened."


def _name(path: Path) -> str:
    from engine.project.store import locate

    return locate(path).name[:40] or "/"


def _no_file(address: QUrl) -> FoveaError:
    return FoveaError(
        "FV-P003",
        "There is nothing to open here.",
        where=address.toString()[:200] or "an empty address",
        why="It is the address of something that is no file on this computer.",
        kept="Nothing was changed.",
        fix="Save it on this computer first, and open it there.",
    )
