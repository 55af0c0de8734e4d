"""``fovea --self-test``: the engine's self-test, and every page of the window once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from engine.selftest.inventory import ROOT, lost_files
from engine.selftest.running import Result, Step, check
from engine.selftest.session import self_test
from engine.selftest.steps import PROJECT, STEPS
from gui.pages import PAGES
from gui.pages.base import Page
from gui.settings import Settings

if TYPE_CHECKING:
    from gui.app import App
    from gui.window import Window

__all__ = ["run_self_test", "window_steps"]

_SIZE = (1280, 720)
_PATIENCE = 60.0  # seconds for a page to fill itself
_HARMLESS = ("This plugin does not support",)  # of the platform without a screen
_log = logging.getLogger(__name__)


def run_self_test(start: Callable[[Settings], App]) -> int:
    """Does everything, says each step in a line on standard output; the exit code.

    ``start`` makes the program's window. The platform must have been set to ``offscreen``.
    """
    passed, said = self_test((*STEPS, *window_steps(start)), _tell)
    _say(said)
    return 0 if passed else 1


def _tell(result: Result) -> None:
    _say(str(result))


def _say(text: str) -> None:
    _log.info("%s", text)
    try:
        print(text, flush=True)
    except (OSError, AttributeError, ValueError):  # a program without a console has no output
        return


def window_steps(start: Callable[[Settings], App]) -> tuple[Step, ...]:
    """The window's part; it shows the project that the engine's steps have left."""
    return (
        Step("Parts of the window", lambda _place: _parts()),
        Step("Every page", lambda place: _pages(start, place)),
    )


def _parts() -> str:
    lost = [*lost_files("gui"), *lost_files("resources")]
    check(not lost, f"{len(lost)} files of the program are missing: {', '.join(lost[:5])}")
    folders = {path.parent.name for path in (ROOT / "gui" / "pages").glob("*/page.py*")}
    pages = {name for name, *_ in PAGES}
    check(pages <= folders, f"Pages without files: {', '.join(sorted(pages - folders))}")
    return f"{len(pages)} pages of the work, {len(folders - pages)} others"


def _pages(start: Callable[[Settings], App], place: Path) -> str:
    with _listening() as heard:
        app = start(Settings(place / "settings.ini"))
        app.crash.caught.connect(lambda error: heard.append(f"{type(error).__name__}: {error}"))
        window = app.window
        window.session.error_requested.connect(lambda error: heard.append(str(error)))
        window.resize(*_SIZE)
        window.show()
        try:
            seen = [_seen(window, name) for name in ("welcome", "computer")]
            window.files.open(place / PROJECT)
            check(window.session.document.project is not None, "The project did not open.")
            seen += [_seen(window, name) for name, *_ in PAGES]
        finally:
            window.end()
            app.crash.remove()
    check(not heard, f"{len(heard)} complaints: {'; '.join(heard[:3])}")
    return f"{len(seen)} pages at {_SIZE[0]}x{_SIZE[1]}: {', '.join(seen)}"


def _seen(window: Window, name: str) -> str:
    """Shows a page until it has filled itself, and looks whether anything is on it."""
    window.go(name)
    _fill(window, name)
    picture = window.stack.grab().toImage()
    places = ((x, y) for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7))
    colours = {picture.pixel(x, y) for x, y in places}
    check(len(colours) > 2, f"The page {name} is blank.")
    return name


def _fill(window: Window, name: str) -> None:
    """Waits until the page has filled itself; raises Failed when it has not in time."""
    limit = time.monotonic() + _PATIENCE
    quiet = 0  # looks in a row: what has just arrived may begin something more
    while quiet < 2:
        QApplication.processEvents()
        shown = window.stack.current
        check(window.current == name, f"The page {name} was not shown.")
        quiet = quiet + 1 if isinstance(shown, Page) and shown.filled else 0
        check(
            quiet > 0 or time.monotonic() < limit,
            f"The page {name} had not filled itself after {_PATIENCE:g} s.",
        )
        time.sleep(0.01)


@contextmanager
def _listening() -> Iterator[list[str]]:
    """What Qt complains about meanwhile."""
    heard: list[str] = []
    quiet = (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg)

    def hear(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        if kind not in quiet and not text.startswith(_HARMLESS):
            heard.append(text)

    before = qInstallMessageHandler(hear)
    try:
        yield heard
    finally:
        qInstallMessageHandler(before)
