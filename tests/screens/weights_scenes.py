"""Scenes of fine-tuning on the Model page: the report of a file, frozen nodes, the menu."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from PySide6.QtWidgets import QApplication

from engine.compile.module import compile_model
from engine.graph.edits import set_training
from engine.graph.training import NodeTraining
from gui.pages.model.page import ModelPage
from tests.screens.studio import Studio

__all__ = ["WEIGHTS_SCENES"]

WEIGHTS_SCENES: dict[str, Callable[[Studio], None]] = {}


def scene(function: Callable[[Studio], None]) -> Callable[[Studio], None]:
    """Puts a scene into the table under its function's name."""
    WEIGHTS_SCENES[function.__name__.replace("_", "-")] = function
    return function


def _opened(studio: Studio) -> ModelPage:
    page = studio.open("model")
    assert isinstance(page, ModelPage)
    return page


def _file(page: ModelPage, folder: Path, *, whole: bool) -> Path:
    """Weights of the page's model with a head of ten classes; else without some."""
    project = page.document.project
    assert project is not None
    state = dict(compile_model(project.model, project.frame(), seed=5).state_dict())
    for name in ("scores.weight", "scores.bias"):
        state[name] = torch.zeros(10, *state[name].shape[1:])
    if not whole:
        state["block2.conv1.weight"] = torch.zeros(64, 32, 5, 5)
        state["block3.conv2.weight"] = state["block3.conv2.weight"].double()
        del state["block1.norm1.bias"]
        state["auxiliary.weight"] = torch.zeros(10, 64)
    path = folder / "blood cells.pth"
    torch.save(state, path)
    return path


def _asked(studio: Studio, *, whole: bool) -> ModelPage:
    page = _opened(studio)
    page.weights.load(_file(page, studio.place, whole=whole))
    studio.until(lambda: page.weights.dialog is not None)
    return page


@scene
def model_weights_report(studio: Studio) -> None:
    """A file that fits, but for its head."""
    _asked(studio, whole=True)


@scene
def model_weights_partial(studio: Studio) -> None:
    """A file of which some layers fit."""
    _asked(studio, whole=False)


@scene
def model_weights_frozen(studio: Studio) -> None:
    """Loaded weights: frozen nodes with their locks, one that learns slowly, selected."""
    page = _asked(studio, whole=True)
    dialog = page.weights.dialog
    assert dialog is not None
    dialog.freeze.setChecked(True)
    dialog.load.click()
    studio.settle()
    project = page.document.project
    assert project is not None
    slow = set_training(project.model, ["block3"], NodeTraining(lr_factor=0.1))
    page.document.apply(project.with_(model=slow), "Edit")
    page.canvas.select(["block3"])
    page.canvas.set_zoom(1.0)
    page.canvas.centerOn(page.canvas.graph_scene.nodes["block2"])


@scene
def model_weights_menu(studio: Studio) -> None:
    """The menu of starting weights."""
    page = _opened(studio)
    page.weights.menu.popup(
        page.weights.button.mapToGlobal(page.weights.button.rect().bottomLeft())
    )
    QApplication.processEvents()
