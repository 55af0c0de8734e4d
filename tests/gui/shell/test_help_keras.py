"""Help > Keras names: every name with its match, found by typing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from engine.augment.keras_tables import LAYERS, MATCHES
from gui.shell.help_keras import KerasNames
from gui.window import Window
from tests.gui.pages.conftest import click


@pytest.fixture
def names(qtbot, looks: QApplication) -> KerasNames:
    """The table, shown."""
    made = KerasNames()
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.show()
    return made


def test_every_name_is_there(qtbot, names: KerasNames) -> None:
    assert names.table.shown_names() == [match.name for match in MATCHES]
    click(qtbot, names.which.button("layers"))
    assert names.table.shown_names() == [match.name for match in LAYERS]


@pytest.mark.parametrize("typed", ["rotation_range", "rotation range", "ROTATION range"])
def test_a_name_is_found_by_typing(qtbot, names: KerasNames, typed: str) -> None:
    qtbot.keyClicks(names.search, typed)
    assert "rotation_range" in names.table.shown_names()
    assert len(names.table.shown_names()) < len(MATCHES)


def test_a_search_that_finds_nothing_says_so(qtbot, names: KerasNames) -> None:
    qtbot.keyClicks(names.search, "no such name")
    assert names.table.shown_names() == []
    assert names.none.isVisible()
    names.search.clear()
    assert not names.none.isVisible()


def test_a_search_holds_in_the_other_part(qtbot, names: KerasNames) -> None:
    qtbot.keyClicks(names.search, "flip")
    click(qtbot, names.which.button("layers"))
    assert names.table.shown_names() == ["RandomFlip"]


def test_the_help_menu_opens_it(window: Window) -> None:
    texts = {action.text().replace("&", ""): action for action in window.menuBar().actions()}
    entry = next(a for a in texts["Help"].menu().actions() if "Keras" in a.text())
    entry.trigger()
    made = window.findChild(KerasNames)
    assert made.isVisible()
    assert not made.isModal()
    made.reject()
