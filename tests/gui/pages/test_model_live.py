"""The Model page while its project trains: real runs, real clicks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from engine.blocks.residual import Residual
from engine.graph.edits import rename, set_layer
from engine.runs.glimpses import MapsRead, NodeNorms, NormsRead
from engine.runs.listing import find_run, replay
from engine.train.control import Control
from gui.canvas.node_item import NodeItem
from gui.pages.base import Session
from gui.pages.model import ModelPage
from gui.pages.model.tints import SCALES, shade, tints
from gui.theme import theme
from gui.theme.tokens import contrast
from tests.gui.pages.conftest import FIRST, OpenPage, change, click, settle

LONG = 4000


@pytest.fixture
def page(qtbot, session: Session, tiny: Path, show: OpenPage) -> ModelPage:
    """The page of the tiny project, which can train for as long as a test needs."""
    session.document.open(tiny)
    project = session.document.project
    assert project is not None
    change(session, training=project.training.with_(epochs=LONG))
    made = show(ModelPage)
    click(qtbot, made.toolbar.arrange)
    return made


def colour_by(qtbot, page: ModelPage, name: str) -> None:
    """Opens the menu of the toolbar's button and chooses by the mouse."""
    menu, action = page.live.button.menu(), page.live.button.choices[name]
    menu.popup(page.live.button.mapToGlobal(QPoint(0, 0)))
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())


def select(page: ModelPage, name: str) -> None:
    """Clicks a node on the canvas."""
    canvas = page.canvas
    centre = canvas.graph_scene.nodes[name].sceneBoundingRect().center()
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=canvas.mapFromScene(centre))
    assert canvas.selected() == (name,)


def watch(page: ModelPage):
    control = page.runner.control
    assert isinstance(control, Control)
    return control.watch


def end(qtbot, page: ModelPage) -> None:
    page.runner.stop()
    qtbot.waitUntil(lambda: not page.runner.job.active, timeout=30_000)
    settle(qtbot, page.session)


def items(page: ModelPage) -> dict[str, NodeItem]:
    return page.canvas.graph_scene.nodes


def test_before_training_it_says_what_will_be_there_and_offers_train(
    qtbot, page: ModelPage
) -> None:
    assert not page.live.legend.isVisible()
    colour_by(qtbot, page, "gradients")
    assert page.live.legend.isVisible()
    assert "while this project trains" in page.live.legend.source.text()
    select(page, "stem")
    panel = page.live.panel
    assert panel.isVisible()
    assert not panel.body.isVisible()
    click(qtbot, panel.switch)
    settle(qtbot, page.session)
    assert "While this project trains" in panel.words.text()
    assert page.runner.control is None
    click(qtbot, page.live.legend.train)
    assert page.runner.job.active
    assert not page.live.legend.train.isVisible()
    assert not panel.train.isVisible()
    end(qtbot, page)


def test_the_canvas_is_coloured_while_it_trains(qtbot, page: ModelPage, tiny: Path) -> None:
    page.live.train()
    qtbot.waitUntil(lambda: page.runner.job.phase == "running", timeout=30_000)
    assert not watch(page).norms
    colour_by(qtbot, page, "gradients")
    assert watch(page).norms
    qtbot.waitUntil(lambda: items(page)["stem"].tint is not None, timeout=20_000)
    assert {name for name, item in items(page).items() if item.tint} == {"stem", "norm", "scores"}
    norms = page.live.norms.nodes["stem"]
    assert f"weights {norms.weight:.3g}" in items(page)["stem"].toolTip()
    qtbot.waitUntil(lambda: "of run 20" in page.live.legend.source.text(), timeout=5_000)
    first = page.live.norms.step
    qtbot.waitUntil(lambda: page.live.norms.step > first, timeout=20_000)
    colour_by(qtbot, page, "updates")
    assert page.live.legend.title.text() == "Update by weight norm"
    value = items(page)["scores"].tint.text
    colour_by(qtbot, page, "weights")
    assert items(page)["scores"].tint.text != value
    colour_by(qtbot, page, "")
    assert all(item.tint is None for item in items(page).values())
    assert not watch(page).norms
    assert not page.live.legend.isVisible()
    end(qtbot, page)
    kinds = {event.kind for event in replay(find_run(tiny, "last").path)}
    assert "norms_read" not in kinds


def test_a_node_shows_its_maps_of_the_chosen_image(qtbot, page: ModelPage) -> None:
    panel = page.live.panel
    select(page, "stem")
    click(qtbot, panel.switch)
    click(qtbot, panel.train)
    qtbot.waitUntil(lambda: panel.grid.read is not None, timeout=30_000)
    images = page.session.images.current
    assert images.splits[panel.choice.row] == 1, "not one that it learns from"
    assert (panel.grid.read.node, panel.grid.read.row) == ("stem", panel.choice.row)
    assert panel.grid.read.shape[0] == 8
    assert "8 channels at step" in panel.words.text()
    first = panel.grid.read.step
    qtbot.waitUntil(lambda: panel.grid.read.step > first, timeout=20_000)
    before = panel.choice.row
    click(qtbot, panel.choice.forth)
    assert panel.choice.row == before + 1
    assert panel.grid.read is None, "the maps of another image are not this one's"
    qtbot.waitUntil(
        lambda: panel.grid.read is not None and panel.grid.read.row == before + 1, timeout=20_000
    )
    select(page, "scores")
    qtbot.waitUntil(
        lambda: panel.grid.read is not None and panel.grid.read.node == "scores", timeout=20_000
    )
    assert panel.grid.read.shape == (3, 1, 1)
    page.runner.pause()
    select(page, "norm")
    qtbot.waitUntil(
        lambda: panel.grid.read is not None and panel.grid.read.node == "norm", timeout=20_000
    )
    page.runner.resume()
    click(qtbot, panel.switch)
    assert watch(page)._asked is None
    end(qtbot, page)


def test_an_image_is_chosen_in_the_gallery(qtbot, page: ModelPage) -> None:
    choice = page.live.panel.choice
    select(page, "stem")
    click(qtbot, page.live.panel.switch)
    click(qtbot, choice.all)
    gallery = choice.gallery
    assert gallery.isVisible()
    settle(qtbot, page.session)
    index = gallery.model().index(5, 0)
    spot = gallery.visualRect(index).center()
    qtbot.mouseClick(gallery.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert choice.row == 5
    assert not gallery.isVisible()
    click(qtbot, choice.all)
    assert gallery.currentIndex().row() == 5
    qtbot.keyClick(gallery, Qt.Key.Key_Left)
    assert choice.row == 4
    assert gallery.isVisible()
    qtbot.keyClick(gallery, Qt.Key.Key_Return)
    assert not gallery.isVisible()
    choice.choose(5)
    assert choice.name.text() == page.session.images.current.manifest.items[5].name.split("/")[-1]
    settle(qtbot, page.session)
    assert not choice.picture.pixmap().isNull()


def test_an_edit_says_whose_the_colours_are(qtbot, page: ModelPage) -> None:
    colour_by(qtbot, page, "gradients")
    page.live.train()
    qtbot.waitUntil(lambda: items(page)["stem"].tint is not None, timeout=30_000)
    settle_run(qtbot, page)
    assert "edited" not in page.live.legend.source.text()
    change(page.session, model=rename(page.document.project.model, "stem", "first"))
    assert "edited" in page.live.legend.source.text()
    assert items(page)["first"].tint is None
    assert items(page)["norm"].tint is not None
    page.document.undo_stack.undo()
    assert "edited" not in page.live.legend.source.text()
    assert items(page)["stem"].tint is not None
    end(qtbot, page)
    assert items(page)["stem"].tint is not None, "the last colours stay"
    assert page.live.legend.train.isVisible()


def settle_run(qtbot, page: ModelPage) -> None:
    qtbot.waitUntil(lambda: page.live._run_graph is not None, timeout=10_000)


def test_nothing_is_asked_while_the_page_cannot_be_seen(qtbot, page: ModelPage) -> None:
    colour_by(qtbot, page, "weights")
    select(page, "stem")
    click(qtbot, page.live.panel.switch)
    page.live.train()
    qtbot.waitUntil(lambda: page.live.maps is not None, timeout=30_000)
    page.hide()
    assert not watch(page).norms
    assert watch(page)._asked is None
    page.show()
    assert watch(page).norms
    assert watch(page)._asked is not None
    end(qtbot, page)


def test_a_page_that_comes_late_meets_the_run(qtbot, session, tiny: Path, show: OpenPage) -> None:
    session.document.open(tiny)
    project = session.document.project
    change(session, training=project.training.with_(epochs=LONG))
    session.runner.start_training(session.document.project, tiny)
    qtbot.waitUntil(lambda: session.runner.job.phase == "running", timeout=30_000)
    page = show(ModelPage)
    colour_by(qtbot, page, "gradients")
    qtbot.waitUntil(lambda: items(page)["stem"].tint is not None, timeout=20_000)
    assert session.runner.job.run in page.live.legend.source.text()
    end(qtbot, page)


def test_another_project_has_none_of_it(qtbot, page: ModelPage, tiny: Path, tmp_path: Path) -> None:
    colour_by(qtbot, page, "gradients")
    other = tmp_path / "other"
    shutil.copytree(tiny, other)
    page.live.train()
    qtbot.waitUntil(lambda: page.live.norms is not None, timeout=30_000)
    page.document.open(other)
    qtbot.waitUntil(lambda: page.live.norms is None, timeout=5_000)
    assert not watch(page).norms
    assert all(item.tint is None for item in items(page).values())
    end(qtbot, page)


def test_glimpses_come_apart_from_the_record_and_only_the_newest(
    qtbot, session, project_folder, fake_training
) -> None:
    from engine.project.document import Project

    fake_training.events += [NormsRead(step, 1) for step in range(200)]
    fake_training.events += [MapsRead("a", 0, step, 1) for step in range(200)]
    history: list[object] = []
    shown: list[object] = []
    session.runner.events.connect(history.extend)
    session.runner.glimpses.connect(shown.extend)
    session.runner.start_training(Project(), project_folder)
    fake_training.go_on.set()
    qtbot.waitUntil(lambda: session.runner.job.phase == "done", timeout=20_000)
    assert all(event.recorded for event in history)
    assert len(history) == 6
    assert shown[-2:] == [NormsRead(199, 1), MapsRead("a", 0, 199, 1)] or len(shown) < 40
    assert {type(one) for one in shown} == {NormsRead, MapsRead}


# What is drawn


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_words_can_be_read_on_every_shade(looks, mode: str) -> None:
    theme().set_mode(mode)
    text = theme().colours.text
    shades = [shade(decades / 4).name() for decades in range(-12, 13)]
    assert min(contrast(text, one) for one in shades) >= 4.5
    assert len(set(shades)) > 12
    assert shade(-5) == shade(-2) != shade(2) == shade(5)
    theme().set_mode("light")


def test_a_verdict_is_a_sign_and_words_not_only_a_colour(looks) -> None:
    nodes = {
        "first": NodeNorms(1.0, 1e-6, 1e-6, 100),
        "frozen": NodeNorms(1.0, 0.0, 0.0, 100, frozen=True),
        "next": NodeNorms(1.0, 0.1, 1e-3, 100),
        "block": NodeNorms(1.0, 0.1, 1e-3, 100),
        "block.repetition0": NodeNorms(1.0, 0.1, 1e-3, 100),
        "block.repetition0.conv": NodeNorms(1.0, 100.0, 1e-3, 100),
        "scores": NodeNorms(1.0, 0.1, 1e-3, 100),
    }
    shown = tints(nodes, "gradients", (), ("image", "first", "frozen", "block", "scores"))
    assert list(shown) == ["first", "frozen", "block", "scores"]
    assert shown["first"].text == "▼ 1e-06"
    assert "vanishing" in shown["first"].tip
    assert shown["frozen"].text == "not trained"
    assert shown["block"].text == "0.1"
    inside = tints(nodes, "gradients", ("block",), ("conv", "input"))
    assert inside["conv"].text.startswith("▲ ")
    for scale in SCALES:
        assert tints(nodes, scale, (), ("scores",))["scores"].text


def test_a_map_tells_its_channel_and_range(qtbot, page: ModelPage) -> None:
    from gui.pages.model.map_grid import MapGrid

    grid = MapGrid()
    qtbot.addWidget(grid)
    grid.resize(240, 10)
    grid.show()
    pixels = bytes(range(16)) + bytes(16)
    grid.show_maps(MapsRead("a", 0, 7, 1, 90, (2, 4, 4), pixels, (-1.0, 0.5), (2.0, 0.5)))
    assert grid.words() == "2 of 90 channels at step 7, 1 of them with one value everywhere"
    at = grid.cell(0).center()
    QApplication.sendEvent(grid, QHelpEvent(QHelpEvent.Type.ToolTip, at, grid.mapToGlobal(at)))
    assert QToolTip.text() == "Channel 1: -1 (black) to 2 (white)"
    assert grid.tell(1) == "Channel 2: 0.5 everywhere"
    assert grid.height() >= grid.cell(1).height()
    grid.show_maps(None)
    assert grid.height() == 0


def test_after_training_the_best_weights_are_looked_at(
    qtbot, session, trained: Path, show: OpenPage
) -> None:
    session.document.open(trained)
    page = show(ModelPage)
    click(qtbot, page.toolbar.arrange)
    panel = page.live.panel
    select(page, "stem")
    click(qtbot, panel.switch)
    qtbot.waitUntil(lambda: panel.grid.read is not None, timeout=20_000)
    assert FIRST in panel.words.text()
    assert panel.grid.read.shape[0] == 8
    assert panel.train.isVisible()
    click(qtbot, panel.choice.back)
    qtbot.waitUntil(lambda: panel.grid.read is not None, timeout=20_000)
    assert panel.grid.read.row == panel.choice.row
    change(session, model=rename(page.document.project.model, "norm", "other"))
    select(page, "other")
    qtbot.waitUntil(lambda: "no node “other”" in panel.words.text(), timeout=20_000)
    settle(qtbot, session)


def test_a_project_without_runs_says_what_will_be_there(qtbot, page: ModelPage) -> None:
    panel = page.live.panel
    select(page, "stem")
    click(qtbot, panel.switch)
    settle(qtbot, page.session)
    assert "While this project trains" in panel.words.text()
    assert panel.grid.read is None


def test_inside_a_block_its_own_nodes_are_coloured_and_shown(qtbot, page: ModelPage) -> None:
    project = page.document.project
    change(page.session, model=set_layer(project.model, "stem", Residual(out_channels=8)))
    page.live.train()
    page.blocks.open("stem")
    colour_by(qtbot, page, "gradients")
    qtbot.waitUntil(lambda: items(page)["conv1"].tint is not None, timeout=30_000)
    page.canvas.select(["conv1"])
    click(qtbot, page.live.panel.switch)
    panel = page.live.panel
    qtbot.waitUntil(lambda: panel.grid.read is not None, timeout=20_000)
    assert panel.grid.read.node == "stem.conv1"
    assert panel.grid.read.trouble == ""
    page.blocks.leave_to(())
    assert items(page)["stem"].tint is not None
    end(qtbot, page)
