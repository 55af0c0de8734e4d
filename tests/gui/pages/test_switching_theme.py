"""After a switch of the theme, the window looks like one that was started in it."""

from __future__ import annotations

from pathlib import Path

import shiboken6
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from gui.document import Document
from gui.pages.base import Session
from gui.runner import Runner
from gui.settings import Settings
from gui.shell.dialogs import AboutDialog
from gui.theme import theme
from gui.widgets import Covers
from gui.window import Window
from tests.gui.pages.conftest import settle

PAGES = ("data", "augment", "model", "train", "evaluate")


def opened(qtbot, settings: Settings, folder: Path) -> Window:
    """A window of 1280 by 800 with the project in ``folder`` open and every page visited."""
    runner = Runner()
    window = Window(Session(Document(runner.background), runner, theme()), settings)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    window.files.open(folder)
    window._making.stop()
    qtbot.waitUntil(lambda: window.current == "data", timeout=20_000)
    for name in PAGES:
        window.go(name)
        settle(qtbot, window.session)
    return window


def pictures(qtbot, window: Window) -> dict[str, QImage]:
    """Every page, and a dialog that is opened now, as they are painted."""
    made = {}
    for name in PAGES:
        window.go(name)
        window.setFocus()  # no cursor blinks
        settle(qtbot, window.session)
        qtbot.waitUntil(window.updatesEnabled)  # the page has changed, and is painted
        qtbot.waitUntil(lambda: not any(one.any_shut for one in window.findChildren(Covers)))
        made[name] = window.grab().toImage()
    dialog = AboutDialog(None, "", window)
    dialog.open()
    QApplication.processEvents()
    made["dialog"] = dialog.grab().toImage()
    shiboken6.delete(dialog)
    return made


def test_a_switch_leaves_nothing_behind(qtbot, looks, settings: Settings, tiny: Path) -> None:
    seen = {}
    for first, second in (("light", "dark"), ("dark", "light")):
        theme().set_mode(first)
        window = opened(qtbot, settings, tiny)
        seen[first, "fresh"] = pictures(qtbot, window)
        with qtbot.waitSignal(theme().changed, timeout=20_000):
            window.set_theme(second)
        seen[second, "switched"] = pictures(qtbot, window)
        window.end()
    for mode in ("light", "dark"):
        fresh, switched = seen[mode, "fresh"], seen[mode, "switched"]
        assert [name for name in fresh if fresh[name] != switched[name]] == []
