"""Noise: what a program says when something is wrong and it goes on (error logs, Qt's warnings)."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Said by the offscreen platform of windows with a smallest size, tooltips and menus.
OF_THE_PLATFORM = (
    "This plugin does not support propagateSizeHints()",
    "This plugin does not support raise()",
    "This plugin does not support grabbing the keyboard",
)


class _Ear(logging.Handler):
    """Keeps every log record of level ERROR and above."""

    def __init__(self, heard: list[str]) -> None:
        super().__init__(level=logging.ERROR)
        self.heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(f"log {record.levelname} of {record.name}: {record.getMessage()}")


@contextmanager
def listening() -> Iterator[list[str]]:
    """The noise made inside the block: error logs, and Qt's messages from warning upwards."""
    heard: list[str] = []
    ear = _Ear(heard)
    logging.getLogger().addHandler(ear)
    try:
        with _listening_to_qt(heard):
            yield heard
    finally:
        logging.getLogger().removeHandler(ear)


@contextmanager
def _listening_to_qt(heard: list[str]) -> Iterator[None]:
    if "PySide6.QtCore" not in sys.modules:
        yield
        return
    from PySide6.QtCore import QtMsgType, qInstallMessageHandler

    quiet = (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg)

    def hear(kind: QtMsgType, context: object, text: str) -> None:
        if kind not in quiet and text not in OF_THE_PLATFORM:
            heard.append(f"{kind.name}: {text}")

    previous = qInstallMessageHandler(hear)
    try:
        yield
    finally:
        qInstallMessageHandler(previous)
