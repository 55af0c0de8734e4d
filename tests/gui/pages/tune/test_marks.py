"""Letting the tuner choose a setting where it is set: menus, marks, undo."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMenu, QWidget

from engine.augment.edits import set_card
from engine.graph.records import Graph
from engine.optimizers.sgd import SGD
from engine.search import SearchSpace
from gui.forms import SpecForm
from gui.forms.mark import TunedMark
from gui.pages.augment.page import AugmentPage
from gui.pages.base import Session
from gui.pages.data.page import DataPage
from gui.pages.model.page import ModelPage
from gui.pages.train.page import TrainPage
from tests.gui.pages.conftest import OpenPage, change

LET = "Let the tuner choose…"


@pytest.fixture
def opened(session: Session, tiny: Path) -> Session:
    """The session with the tiny project."""
    session.document.open(tiny)
    return session


def menu_at(widget: QWidget) -> QMenu:
    """The context menu that a right click on a widget opens."""
    at = QPoint(4, 4)
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(widget, QContextMenuEvent(reason, at, widget.mapToGlobal(at)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def entry(menu: QMenu, text: str) -> QAction:
    """An entry of a menu."""
    return next(action for action in menu.actions() if action.text() == text)


def choose(menu: QMenu, text: str) -> None:
    """Clicks an entry of a menu that is open."""
    entry(menu, text).trigger()
    menu.close()


def marks(form: QWidget) -> list[str]:
    """What the marks that can be seen say."""
    return [mark.toolTip() for mark in form.findChildren(TunedMark) if mark.isVisible()]


def inner(form: SpecForm, path: str) -> QWidget:
    """The field at a dotted path of a form."""
    name, _, rest = path.partition(".")
    field = form.field(name)
    return inner(field.form, rest) if rest else field


def space(session: Session) -> SearchSpace:
    project = session.document.project
    assert project is not None
    return project.search


def test_a_nested_setting_is_marked_by_its_menu_and_unmarked_by_undo(
    qtbot, opened: Session, show: OpenPage
) -> None:
    form = show(TrainPage).form
    choose(menu_at(inner(form, "optimizer.lr").findChild(QLineEdit)), LET)
    (row,) = space(opened).entries
    assert row.address == "training.optimizer.lr"
    assert opened.document.undo_stack.undoText() == "Let the tuner choose learning rate"
    (tip,) = marks(form)
    assert tip == "The tuner chooses: 0.0001 to 0.03, log; click to change"
    opened.document.undo_stack.undo()
    assert marks(form) == []
    opened.document.undo_stack.redo()
    assert len(marks(form)) == 1


def test_a_mark_leaves_the_fields_as_wide_as_they_were(opened: Session, show: OpenPage) -> None:
    form = show(TrainPage).form
    names = ("optimizer.lr", "optimizer.weight_decay", "batch_size")
    before = {name: inner(form, name).width() for name in names}
    for name in ("optimizer.lr", "batch_size"):
        choose(menu_at(inner(form, name).findChild(QLineEdit)), LET)
    QApplication.processEvents()
    assert len(marks(form)) == 2
    assert {name: inner(form, name).width() for name in names} == before


def test_the_menu_of_a_searched_setting_leads_to_its_row_or_ends_it(
    qtbot, opened: Session, show: OpenPage
) -> None:
    form = show(TrainPage).form
    opened.tuning.choose("training.batch_size")
    menu = menu_at(form.field("batch_size"))
    assert LET not in [action.text() for action in menu.actions()]
    with qtbot.waitSignal(opened.place_requested) as asked:
        choose(menu, "Change its range…")
    assert asked.args == ["search.training.batch_size"]
    choose(menu_at(form.field("batch_size")), "Do not search")
    assert not space(opened)
    assert opened.document.undo_stack.undoText() == "Do not search batch size"


def test_a_mark_is_reached_by_tab_after_its_field_and_leads_to_the_row(
    qtbot, opened: Session, show: OpenPage
) -> None:
    page = show(TrainPage)
    opened.tuning.choose("training.epochs")
    opened.tuning.choose("training.batch_size")
    field = page.form.field("batch_size").findChild(QLineEdit)
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Tab)
    mark = QApplication.focusWidget()
    assert isinstance(mark, TunedMark)
    with qtbot.waitSignal(opened.place_requested) as asked:
        qtbot.keyClick(mark, Qt.Key.Key_Space)
    assert asked.args == ["search.training.batch_size"]


def test_what_must_stay_fixed_says_why(qtbot, opened: Session, show: OpenPage) -> None:
    page = show(TrainPage)
    assert page.recipe.reveal("seed")
    qtbot.wait(20)
    menu = menu_at(page.form.field("seed"))
    action = entry(menu, LET)
    assert not action.isEnabled()
    assert action.toolTip().endswith(".")
    assert menu.toolTipsVisible()
    menu.close()


def test_kinds_are_searched_and_marks_come_and_go_with_them(
    qtbot, opened: Session, show: OpenPage
) -> None:
    form = show(TrainPage).form
    choose(menu_at(form.field("optimizer").findChild(QComboBox)), LET)
    (row,) = space(opened).entries
    assert row.address == "training.optimizer"
    assert row.choices[0] == "adamw"
    assert marks(form)[0].startswith("The tuner chooses: AdamW")
    opened.tuning.choose("training.optimizer.lr")
    recipe = opened.document.project.training
    change(opened, training=recipe.with_(optimizer=SGD()))
    qtbot.waitUntil(lambda: len(marks(form)) == 2)


def test_images_cards_and_nodes_can_be_searched(qtbot, opened: Session, show: OpenPage) -> None:
    data = show(DataPage)
    choose(menu_at(data.pixels.field("size")), LET)
    assert len(marks(data.pixels)) == 1
    augment = show(AugmentPage)
    card = augment.cards.cards["rotate"]
    choose(menu_at(card), "Let the tuner decide whether it is on")
    assert opened.document.undo_stack.undoText() == "Let the tuner choose whether rotate is on"
    assert marks(card.head) == ["The tuner chooses: Off or On; click to change"]
    choose(menu_at(card.form.field("degrees")), LET)
    model = show(ModelPage)
    model.canvas.select(["stem"])
    form = model.inspector.node_panel.form
    choose(menu_at(form.field("out_channels")), LET)
    assert [row.address for row in space(opened).entries] == [
        "data.size",
        "augment.rotate.on",
        "augment.rotate.degrees",
        "model.stem.out_channels",
    ]
    assert len(marks(form)) == 1
    model.canvas.select(["norm"])
    assert marks(model.inspector) == []


def test_a_card_that_was_removed_takes_its_mark_along(
    qtbot, opened: Session, show: OpenPage
) -> None:
    page = show(AugmentPage)
    opened.tuning.choose("augment.flip.on")
    project = opened.document.project
    change(opened, augment=set_card(project.augment, "flip", on=False))
    assert marks(page.cards.cards["flip"].head)
    opened.document.close()
    assert all(not marks(card) for card in page.cards.cards.values())


def test_the_canvas_offers_presence_kind_and_templates(
    qtbot, opened: Session, show: OpenPage
) -> None:
    page = show(ModelPage)
    page.canvas.select(["norm"])
    menu = QMenu()
    qtbot.addWidget(menu)
    page.canvas.menu_opening.emit(menu)
    (decide,) = menu.findChildren(QMenu)
    choose(decide, "Whether it is there")
    assert space(opened).entries[0].address == "model.norm.present"
    assert opened.document.undo_stack.undoText() == "Let the tuner choose whether norm is there"
    assert marks(page.inspector) == ["The tuner chooses: Off or On; click to change"]
    page.canvas.select([])
    ground = QMenu()
    qtbot.addWidget(ground)
    page.canvas.menu_opening.emit(ground)
    choose(ground, "Let the tuner choose among templates")
    assert space(opened).entries[1].address == "model"
    again = QMenu()
    qtbot.addWidget(again)
    page.canvas.menu_opening.emit(again)
    assert entry(again, "Let the tuner choose among templates").isChecked()


def test_nodes_that_the_tuner_may_change_are_marked_on_the_canvas(
    qtbot, opened: Session, show: OpenPage
) -> None:
    page = show(ModelPage)
    scene = page.canvas.graph_scene
    for address in ("model.stem.out_channels", "model.norm.present", "training.epochs"):
        opened.tuning.choose(address)
    assert {n for n, item in scene.nodes.items() if item.searched} == {"stem", "norm"}
    words = "The tuner chooses whether it is there (Off or On)"
    assert words in scene.nodes["norm"].toolTip()
    page.canvas.select(["norm"])
    assert page.canvas.accessibleDescription().endswith(words)
    opened.tuning.choose("model.stem")
    assert scene.nodes["stem"].toolTip().count(" and its kind (") == 1
    before = scene.nodes["stem"]
    opened.document.apply(opened.document.project.with_(model=Graph()), "Clear")
    opened.document.undo_stack.undo()
    assert scene.nodes["stem"] is not before
    assert scene.nodes["stem"].searched
    opened.tuning.release("model.norm.present")
    assert scene.nodes["norm"].searched is None


def test_a_block_is_marked_for_what_is_searched_in_it(
    qtbot, opened: Session, show: OpenPage
) -> None:
    page = show(ModelPage)
    block, _ = page.blocks.wishes.group(("stem", "norm"), "Body", ())
    opened.tuning.choose(f"model.{block}.stem.out_channels")
    scene = page.canvas.graph_scene
    assert "channels of stem (" in scene.nodes[block].toolTip()
    page.blocks.open(block)
    assert [n for n, item in scene.nodes.items() if item.searched] == ["stem"]
