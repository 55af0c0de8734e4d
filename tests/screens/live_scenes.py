"""Scenes of the Model page while its project trains: colours and activation maps."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from engine.graph.builder import GraphBuilder
from engine.graph.edits import arrange
from engine.layers.activation import Sigmoid
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.pooling import GlobalAvgPool
from engine.project.document import Project
from gui.pages.model.page import ModelPage
from tests.screens.projects import lasting
from tests.screens.studio import Studio

__all__ = ["LIVE_SCENES"]

LIVE_SCENES: dict[str, Callable[[Studio], None]] = {}


def scene(function: Callable[[Studio], None]) -> Callable[[Studio], None]:
    """Puts a scene into the table under its function's name."""
    LIVE_SCENES[function.__name__.replace("_", "-")] = function
    return function


def vanishing(project: Project) -> Project:
    """The lasting project with a deep model of sigmoids, in which the gradient vanishes."""
    make = GraphBuilder()
    make.add("image", Input())
    for number in range(1, 9):
        make.add(f"conv{number}", Conv2d(out_channels=8, kernel_size=3, padding=1))
        make.add(f"sigmoid{number}", Sigmoid())
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    return lasting(project.with_(model=arrange(make.graph())))


@scene
def model_colours(studio: Studio) -> None:
    """Gradients as colours and a node's activation maps, while a model trains."""
    page = studio.open("model", vanishing)
    assert isinstance(page, ModelPage)
    page.live.colour_by("gradients")
    page.canvas.select(["conv2"])
    page.live.panel.switch.setChecked(True)
    studio.train_until(epoch=2)
    studio.until(lambda: page.live.norms is not None and page.live.panel.grid.read is not None)
    below(page.live.panel)
    studio.settle()


@scene
def model_colours_far(studio: Studio) -> None:
    """A residual network coloured by its updates, all of it in sight."""
    page = studio.open("model", lasting)
    assert isinstance(page, ModelPage)
    page.live.colour_by("updates")
    studio.train_until(epoch=2)
    studio.until(lambda: page.live.norms is not None)
    page.canvas.fit()
    studio.settle()


@scene
def model_colours_waiting(studio: Studio) -> None:
    """What colours and maps will be there once it trains."""
    page = studio.open("model")
    assert isinstance(page, ModelPage)
    page.live.colour_by("updates")
    page.canvas.select(["scores"])
    page.live.panel.switch.setChecked(True)
    studio.settle()
    below(page.live.panel)


def below(part: QWidget) -> None:
    """Scrolls to the lower end of what lies around a part."""
    around = part.parentWidget()
    while not isinstance(around, QScrollArea):
        assert around is not None
        around = around.parentWidget()
    for _ in range(3):
        QApplication.processEvents()
    around.verticalScrollBar().setValue(around.verticalScrollBar().maximum())
