"""The program as the desktop knows it: its name, its icon, and what it is asked to open."""

from __future__ import annotations

import ctypes
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, QUrl, Signal
from PySide6.QtGui import QFileOpenEvent, QIcon, QPixmap
from PySide6.QtWidgets import QApplication

import engine

__all__ = [
    "TASKBAR_ID",
    "Application",
    "claim_taskbar",
    "present",
    "program_icon",
    "program_picture",
]

TASKBAR_ID = "Fovea.Fovea"
"""Windows groups windows in the taskbar by it; a shortcut to the program has to carry the same."""
_ICONS = Path(__file__).resolve().parents[1] / "resources" / "program"
_SIDES = (16, 22, 24, 32, 48, 64, 128, 256)
"""Of the icon's pictures: what a window needs. On X11 every window sends them all to the screen."""
_DOCK = 512
_log = logging.getLogger(__name__)


class Application(QApplication):
    """Qt's application, which also hears what the desktop asks it to open.

    macOS names a document by an event, when it starts the program for it and while it runs; other
    systems start the program with an argument. What is asked for is kept until somebody takes it,
    so that nothing is lost before there is a window. ``documents_wished`` tells that there is some.
    """

    documents_wished = Signal()

    def __init__(self, arguments: Sequence[str] = ("fovea",)) -> None:
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


def present(qt: QApplication) -> None:
    """Says to the desktop which program this is; to be called before there is a window.

    The desktop finds the menu entry, and with it name and icon, by ``fovea`` (Wayland: the id of
    the application; X11: the class, with the application's first argument) or by the taskbar's id.
    """
    claim_taskbar()
    qt.setApplicationName("Fovea")
    qt.setApplicationVersion(engine.__version__)
    qt.setDesktopFileName("fovea")
    qt.setWindowIcon(program_icon())


def program_icon() -> QIcon:
    """The icon of the program, the same as in the desktop's menu; every window has it."""
    icon = QIcon()
    for side in (*_SIDES, _DOCK) if sys.platform == "darwin" else _SIDES:
        icon.addFile(str(_ICONS / f"fovea-{side}.png"))
    return icon


def program_picture(side: int) -> QPixmap:
    """The program's icon as a picture of ``side`` device-independent pixels, for labels."""
    ratio = max([1.0, *(screen.devicePixelRatio() for screen in QApplication.screens())])
    return program_icon().pixmap(QSize(side, side), ratio)


def claim_taskbar() -> None:
    """Makes the windows' group in Windows' taskbar Fovea's own, not Python's.

    Without it the group has Python's icon, and pinning it pins Python. Never raises.
    """
    if sys.platform != "win32":
        return
    try:
        code = ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID(TASKBAR_ID)
    except (OSError, AttributeError) as error:
        _log.warning("The taskbar's id could not be set: %s", error)
        return
    if code:
        _log.warning("The taskbar's id could not be set: code %#x", code & 0xFFFFFFFF)
