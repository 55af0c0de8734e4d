"""The main job as a new user does it: real clicks and keys through the real window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from engine.runs.listing import list_runs
from gui.document import Document
from gui.pages.base import Session
from gui.pages.model.page import ModelPage
from gui.pages.train.curves import TRAINING
from gui.pages.train.page import TrainPage
from gui.runner import Runner
from gui.settings import Settings
from gui.theme import theme
from gui.window import Window

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
ON_CARD = QPointF(40, 14)


@pytest.fixture
def start(qtbot, looks, tmp_path: Path, monkeypatch) -> Iterator[Callable[[], Window]]:
    """``start()`` is a new start of the program: another window and session, the same settings."""
    monkeypatch.setattr("gui.shell.files.documents_folder", lambda: tmp_path / "Fovea")
    runners: list[Runner] = []

    def make() -> Window:
        runner = Runner()
        runners.append(runner)
        window = Window(
            Session(Document(runner.background), runner, theme()), Settings(tmp_path / "s.ini")
        )
        qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_ready_to_close", True))
        window.resize(1280, 720)
        window.show()
        return window

    yield make
    for runner in runners:
        assert runner.shut_down(10), "a worker hangs"


def click(qtbot, widget: QWidget) -> None:
    assert widget.isVisible()
    assert widget.isEnabled()
    qtbot.mouseClick(widget, LEFT)


def train_page(window: Window) -> TrainPage:
    page = window.pages["train"]
    assert isinstance(page, TrainPage)
    return page


@pytest.mark.slow
def test_from_the_sample_to_a_model_and_back_tomorrow(qtbot, start, answers) -> None:
    window = start()
    answers()  # any question would fail: nothing unsaved is left behind
    try_the_sample(qtbot, window)
    run = train_and_stop(qtbot, window)
    edit_a_node(qtbot, window)
    edit_the_recipe_and_undo(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_S, CTRL)
    assert not window.session.document.dirty
    positions = train_page(window).curves.loss.points(TRAINING)[0].tolist()
    assert window.close()

    again = start()
    recent = again.welcome._rows.itemAt(0).widget()
    click(qtbot, recent)
    qtbot.waitUntil(lambda: again.current == "data", timeout=20_000)
    project = again.session.document.project
    assert project.model.node("stem").layer.out_channels == 20
    assert project.training.epochs == 120
    click(qtbot, again.rail.buttons["train"])
    page = train_page(again)
    qtbot.waitUntil(lambda: page.table.current() is not None, timeout=20_000)
    assert page.table.current().id == page.shown == run
    assert page.table.current().status == "stopped"
    qtbot.waitUntil(lambda: len(page.curves.loss.points(TRAINING)[0]) > 0, timeout=20_000)
    assert page.curves.loss.points(TRAINING)[0].tolist() == positions
    assert page.resume.isEnabled()
    assert again.close()


def try_the_sample(qtbot, window: Window) -> None:
    """Two clicks: Try the sample, Train."""
    assert window.current == "welcome"
    click(qtbot, window.welcome.sample)
    qtbot.waitUntil(lambda: window.current == "train", timeout=30_000)
    assert len(window.session.document.project.data.classes) == 4
    click(qtbot, window.top.primary)


def train_and_stop(qtbot, window: Window) -> str:
    """Watches until the curves have moved, stops on another page, and gives the run's id."""
    page = train_page(window)
    qtbot.waitUntil(lambda: len(page.curves.loss.points(TRAINING)[0]) >= 3, timeout=60_000)
    assert window.job.isVisible()
    run = window.session.runner.job.run
    click(qtbot, window.rail.buttons["augment"])
    click(qtbot, window.job.stop)
    qtbot.waitUntil(lambda: not window.session.runner.job.active, timeout=30_000)
    folder = window.session.document.folder
    assert [info.id for info in list_runs(folder)] == [run]
    click(qtbot, window.rail.buttons["train"])
    qtbot.waitUntil(lambda: page.resume.isEnabled(), timeout=20_000)
    return run


def edit_a_node(qtbot, window: Window) -> None:
    """Clicks a node on the canvas and types another number of channels."""
    click(qtbot, window.rail.buttons["model"])
    page = window.pages["model"]
    assert isinstance(page, ModelPage)
    qtbot.wait(50)  # the canvas finds its place once it is shown
    canvas = page.canvas
    spot = canvas.mapFromScene(canvas.graph_scene.nodes["stem"].pos() + ON_CARD)
    qtbot.mouseClick(canvas.viewport(), LEFT, pos=spot)
    assert canvas.selected() == ("stem",)
    line = page.inspector.node_panel.form.field("out_channels").findChild(QLineEdit)
    type_over(qtbot, line, "20")
    document = window.session.document
    assert document.project.model.node("stem").layer.out_channels == 20
    click(qtbot, window.top.undo)
    assert document.project.model.node("stem").layer.out_channels == 16
    click(qtbot, window.top.redo)
    assert document.project.model.node("stem").layer.out_channels == 20
    assert document.dirty


def edit_the_recipe_and_undo(qtbot, window: Window) -> None:
    """Types another number of epochs and takes it back by key."""
    click(qtbot, window.rail.buttons["train"])
    form = train_page(window).form
    type_over(qtbot, form.field("epochs").findChild(QLineEdit), "7")
    assert window.session.document.project.training.epochs == 7
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert window.session.document.project.training.epochs == 120


def type_over(qtbot, line: QLineEdit, text: str) -> None:
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)
