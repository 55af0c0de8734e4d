"""Choosing a template: by mouse and by keyboard, one undo step, nothing changed by Escape."""

import pytest
from PySide6.QtCore import Qt

from engine.data.spec import DataSpec
from engine.graph.analysis import analyse
from engine.project import store
from engine.project.document import Project
from engine.templates import DEFAULT, TEMPLATES, grouped
from gui.numbers import compact
from gui.pages.model import ModelPage
from gui.pages.model.template_gallery import TemplateGallery


@pytest.fixture
def page(qtbot, session, tmp_path):
    project = Project(data=DataSpec(classes=("round", "oval", "long"), size=64))
    project = project.with_(model=TEMPLATES["small_resnet"].build(project.frame()))
    store.create(tmp_path, project)
    session.document.open(tmp_path)
    made = ModelPage(session)
    qtbot.addWidget(made)
    made.resize(1200, 900)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def gallery(qtbot, page):
    qtbot.mouseClick(page.toolbar.templates, Qt.MouseButton.LeftButton)
    made = page.findChild(TemplateGallery)
    qtbot.waitExposed(made)
    return made


def model(page):
    return page.document.project.model


def row(gallery, name):
    gallery.list.scrollToItem(gallery.list._rows[name])
    return gallery.list.visualItemRect(gallery.list._rows[name]).center()


def test_a_click_and_the_button_replace_the_model_as_one_step(qtbot, page, gallery):
    before, frame = model(page), page.document.project.frame()
    qtbot.mouseClick(
        gallery.list.viewport(), Qt.MouseButton.LeftButton, pos=row(gallery, "resnet18")
    )
    assert model(page) is before, "choosing a row only looks at it"
    qtbot.mouseClick(gallery.use, Qt.MouseButton.LeftButton)
    assert model(page) == TEMPLATES["resnet18"].build(frame)
    assert page.document.undo_stack.undoText() == "Start from “ResNet-18”"
    page.document.undo_stack.undo()
    assert model(page) is before


def test_a_double_click_takes_a_template(qtbot, page, gallery):
    spot = row(gallery, "lenet")
    qtbot.mouseClick(gallery.list.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    qtbot.mouseDClick(gallery.list.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert "conv2" in model(page)


def test_the_keyboard_alone_takes_a_template(qtbot, page, gallery):
    assert gallery.list.current() == DEFAULT
    qtbot.keyClicks(gallery.list, "dens")
    assert gallery.list.current() == "densenet121"
    qtbot.keyClick(gallery.list, Qt.Key.Key_Return)
    assert "denseblock4" in model(page)


def test_escape_leaves_everything_as_it_was(qtbot, page, gallery):
    before = model(page)
    qtbot.keyClick(gallery.list, Qt.Key.Key_Down)
    qtbot.keyClick(gallery.list, Qt.Key.Key_Escape)
    assert model(page) is before
    assert not page.document.undo_stack.canUndo()


def test_headings_are_passed_over_and_choose_nothing(qtbot, page, gallery):
    before, seen = model(page), []
    for _ in TEMPLATES:
        seen.append(gallery.list.current())
        qtbot.keyClick(gallery.list, Qt.Key.Key_Down)
    assert seen == [t.name for templates in grouped().values() for t in templates]
    head = gallery.list.item(0)
    assert head.text() in grouped()
    gallery.list.scrollToItem(head)
    spot = gallery.list.visualItemRect(head).center()
    qtbot.mouseDClick(gallery.list.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert gallery.isVisible()
    assert model(page) is before


def test_sizes_are_those_for_the_images_of_the_project(qtbot, page, gallery):
    frame = page.document.project.frame()
    qtbot.waitUntil(lambda: all(gallery.list.cost(name)[0] for name in TEMPLATES), timeout=60_000)
    for name in ("small_resnet", "resnet50", "vgg11"):
        told = analyse(TEMPLATES[name].build(frame), frame)
        parameters, cost = gallery.list.cost(name)
        assert parameters == f"{compact(told.parameters)} parameters"
        assert cost == f"{compact(told.macs)} multiply-adds"
    assert "64 × 64 px and 3 classes" in gallery.about.text()
