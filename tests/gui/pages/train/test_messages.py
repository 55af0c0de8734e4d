"""Messages: filtered, copied, and followed to what they are about."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from engine.runs.events import Notice
from gui.pages.model.page import ModelPage
from gui.pages.train.messages import Messages
from gui.pages.train.page import TrainPage
from gui.window import Window
from tests.gui.pages.conftest import LEFT, click

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def messages(qtbot, looks) -> Messages:
    """Three messages, one of them a link."""
    made = Messages()
    qtbot.addWidget(made)
    made.resize(500, 250)
    made.show()
    made.went = []
    made.place_wished.connect(made.went.append)
    made.say("It begins.")
    made.say("The loss jumped.", "warning", "training.optimizer.lr")
    made.say("The disc is full.", "error", "/somewhere/else")
    return made


def at(messages: Messages, row: int):
    return messages.list.visualItemRect(messages.list.item(row)).center()


def test_only_warnings_on_demand(qtbot, messages: Messages) -> None:
    click(qtbot, messages.filter.button("grave"))
    assert [messages.list.item(row).isHidden() for row in range(3)] == [True, False, False]
    messages.say("Another note.")
    assert messages.list.item(3).isHidden()
    click(qtbot, messages.filter.button("all"))
    assert not any(messages.list.item(row).isHidden() for row in range(4))


def test_nothing_grave_is_said_so(qtbot, messages: Messages) -> None:
    messages.clear()
    messages.say("It begins.")
    click(qtbot, messages.filter.button("grave"))
    assert messages.nothing.text() == "No warnings."


def test_copies_what_is_marked_or_all_that_is_shown(qtbot, messages: Messages) -> None:
    click(qtbot, messages.copy_button)
    assert QApplication.clipboard().text().splitlines() == [
        "It begins.",
        "warning: The loss jumped.",
        "error: The disc is full.",
    ]
    messages.list.setFocus()
    qtbot.mouseClick(messages.list.viewport(), LEFT, pos=at(messages, 0))
    qtbot.keyClick(messages.list, Qt.Key.Key_C, CTRL)
    assert QApplication.clipboard().text() == "It begins."


def test_a_message_about_a_place_is_a_link(qtbot, messages: Messages) -> None:
    viewport = messages.list.viewport()
    qtbot.mouseClick(viewport, LEFT, pos=at(messages, 1))
    assert messages.went == ["training.optimizer.lr"]
    qtbot.mouseClick(viewport, LEFT, CTRL, at(messages, 1))
    qtbot.mouseClick(viewport, LEFT, pos=at(messages, 0))
    qtbot.mouseClick(viewport, LEFT, pos=at(messages, 2))
    assert len(messages.went) == 1, "a path on the disc is no place in the project"
    messages.list.setCurrentRow(1)
    qtbot.keyClick(messages.list, Qt.Key.Key_Return)
    assert len(messages.went) == 2
    assert messages.list.item(1).font().underline()
    assert not messages.list.item(2).font().underline()


def test_the_tab_counts_what_is_grave(page: TrainPage) -> None:
    tab = page.tabs.indexOf(page.messages)
    assert page.tabs.tabText(tab) == "Messages"
    page._take([Notice("Slow.", "warning"), Notice("Fine.")])
    assert page.tabs.tabText(tab) == "Messages (1)"


def test_a_message_leads_to_a_field(qtbot, page: TrainPage) -> None:
    page.recipe.search.setText("seed")
    page._take([Notice("Too high.", "warning", "training.optimizer.lr")])
    page.messages.place_wished.emit("training.clip_norm")
    field = page.form.field("clip_norm")
    assert field.isVisible()
    assert page.recipe.search.text() == ""
    qtbot.waitUntil(lambda: not field.visibleRegion().isEmpty(), timeout=5_000)


def test_a_message_leads_to_a_node(qtbot, window: Window, tiny) -> None:
    window.files.open(tiny)
    window.go("train")
    window.session.show_place("model.stem")
    assert window.current == "model"
    model = window.pages["model"]
    assert isinstance(model, ModelPage)
    assert list(model.canvas.selected()) == ["stem"]
    window.session.show_place("model.norm.epsilon")
    assert list(model.canvas.selected()) == ["norm"]
    assert not window.session.show_place("nowhere")


def test_a_message_about_a_node_that_is_gone_says_so(qtbot, window: Window, tiny) -> None:
    window.files.open(tiny)
    window.go("train")
    window.session.show_place("model.stem")
    with qtbot.waitSignal(window.session.toast_requested) as said:
        window.session.show_place("model.stem9.weight")
    assert said.args == ["The model no longer has a node “stem9”.", "warning"]
