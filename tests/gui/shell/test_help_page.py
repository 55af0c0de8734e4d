"""Pages of the help in the window."""

from __future__ import annotations

from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from gui.shell.help_page import HELP, HelpPage
from gui.window import Window


def test_the_menu_opens_the_page_on_several_machines(window: Window) -> None:
    actions = [one for one in window.findChildren(QAction) if "several machines" in one.text()]
    actions[0].trigger()
    pages = window.findChildren(HelpPage)
    assert [page.windowTitle() for page in pages] == ["Tuning on several machines"]
    shown = pages[0].text.toPlainText()
    assert "python -m engine worker cells --storage" in shown
    assert "|" not in shown, "the table is drawn, not its source"


def test_every_page_can_be_shown_in_both_themes(qtbot: QtBot) -> None:
    names = [file.stem for file in HELP.glob("*.md")]
    assert names
    for name in names:
        page = HelpPage(name)
        qtbot.addWidget(page)
        before = page.text.toPlainText()
        page._fill()
        assert page.text.toPlainText() == before
        assert page.windowTitle()
        assert not page.windowTitle().startswith("#")
