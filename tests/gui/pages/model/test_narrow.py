"""The Model page in the smallest window: what is there can be read, nothing is cut off."""

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from engine.blocks.grouping import group
from engine.graph.edits import duplicate
from gui.pages.model.tint_legend import ScaleBar
from gui.window import Window
from tests.gui.pages.conftest import click

SMALLEST = (880, 516)  # what a window of 960 x 600 leaves to a page


@pytest.fixture
def narrow(page, qtbot):
    """The page in the smallest window, inside a block that is used twice."""

    def twice(graph):
        grown, name = group(graph, ["block2"], "Stage")
        return duplicate(grown, [name])[0]

    assert page.wishes.edit(twice, "Group")
    page.setMinimumSize(*SMALLEST)  # as the window has its own
    page.resize(*SMALLEST)
    page.blocks.open(next(n.id for n in page.place.view.graph.nodes if n.layer.kind == "custom"))
    qtbot.wait(10)
    return page


def cut_off(part: QWidget) -> list[str]:
    """The words in a part of the page that have less room than they need."""
    found = []
    for widget in part.findChildren(QWidget):
        if not widget.isVisible() or not isinstance(widget, (QLabel, QAbstractButton, ScaleBar)):
            continue
        wraps = isinstance(widget, QLabel) and widget.wordWrap()
        room, need = widget.width(), widget.sizeHint().width()
        if wraps:
            room, need = widget.height(), widget.heightForWidth(widget.width())
        if room < need:
            found.append(getattr(widget, "text", lambda: "scale")() or widget.accessibleName())
    return found


def test_the_smallest_window_leaves_a_page_this_size(window: Window):
    window.resize(window.minimumSize())
    assert (window.stack.width(), window.stack.height()) >= SMALLEST


def test_way_and_legend_take_another_line(narrow, qtbot):
    narrow.live.colour_by("gradients")
    qtbot.waitUntil(narrow.blocks.breadcrumb.reach.isVisible)
    qtbot.waitUntil(lambda: cut_off(narrow.blocks.breadcrumb) == [])
    qtbot.waitUntil(lambda: cut_off(narrow.live.legend) == [])
    assert narrow.blocks.breadcrumb.reach.isVisible()


def test_code_takes_the_room_of_the_palette(narrow, qtbot):
    click(qtbot, narrow.toolbar.code)
    qtbot.waitUntil(lambda: not narrow.palette_panel.isVisible())
    qtbot.waitUntil(lambda: min(narrow.beside.sizes()) >= 224)
    qtbot.waitUntil(lambda: cut_off(narrow.code) == [])
    click(qtbot, narrow.toolbar.code)
    assert narrow.palette_panel.isVisible()
    click(qtbot, narrow.toolbar.code)
    narrow.resize(1200, 700)
    assert narrow.palette_panel.isVisible()
