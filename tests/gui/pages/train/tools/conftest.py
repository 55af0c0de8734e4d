"""The Train page of the tiny project, and hands for its tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from gui.pages.base import Session
from gui.pages.train.page import TrainPage
from gui.pages.train.tools.dialog import ToolDialog
from tests.gui.pages.conftest import OpenPage, settle


@pytest.fixture
def page(session: Session, tiny: Path, show: OpenPage) -> TrainPage:
    """The page of the tiny project, without runs."""
    session.document.open(tiny)
    return show(TrainPage)


def choose(page: TrainPage, text: str) -> None:
    """Opens a tool by its entry in the menu."""
    (action,) = [action for action in page.tools.menu.actions() if action.text() == text]
    assert page.tools.button.isEnabled()
    action.trigger()


def opened(page: TrainPage, kind: type[ToolDialog]) -> ToolDialog:
    """The dialog of a kind that is open."""
    (dialog,) = [each for each in page.findChildren(kind) if each.isVisible()]
    return dialog


def ended(qtbot, dialog: ToolDialog) -> None:
    """Waits until the dialog's work is done."""
    qtbot.waitUntil(lambda: not dialog.running, timeout=60_000)
    settle(qtbot, dialog.page.session)
