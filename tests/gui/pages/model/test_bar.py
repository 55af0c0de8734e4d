"""The bar above the canvas: what is said about the model can be read at any width."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel

from engine.graph.edits import remove
from tests.gui.pages.conftest import click


def cut_off(bar) -> list[str]:
    """The words in the bar that have less room than they need."""
    parts = [*bar.findChildren(QLabel), *bar.findChildren(QAbstractButton)]
    shown = [part for part in parts if part.isVisible() and part.text()]
    return [part.text() for part in shown if part.width() < part.sizeHint().width()]


def widen(page, qtbot, width: int) -> None:
    page.setMinimumWidth(width)
    page.resize(width, 620)
    qtbot.wait(20)


@pytest.mark.parametrize("width", [880, 1000, 1200, 1500, 1900])
def test_nothing_in_the_bar_is_cut_off(page, qtbot, width):
    bar = page.toolbar
    widen(page, qtbot, width)
    assert bar.state.isVisible()
    qtbot.waitUntil(lambda: cut_off(bar) == [])
    page.wishes.edit(lambda graph: remove(graph, ["block2"], heal=False), "Delete")
    qtbot.waitUntil(lambda: "problem" in bar.state.text)
    qtbot.waitUntil(lambda: cut_off(bar) == [])


def test_zoom_gives_way_first_then_words_and_all_come_back(page, qtbot):
    bar = page.toolbar
    words = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    widen(page, qtbot, 1900)
    assert bar.closer.isVisible()
    assert bar.templates.toolButtonStyle() == words
    widen(page, qtbot, 1200)
    assert not bar.closer.isVisible()
    assert bar.templates.toolButtonStyle() == words
    widen(page, qtbot, 880)
    assert bar.templates.toolButtonStyle() != words
    click(qtbot, bar.code)
    assert page.code.isVisible(), "buttons without words work all the same"
    widen(page, qtbot, 1900)
    assert bar.closer.isVisible()
    assert bar.templates.toolButtonStyle() == words
