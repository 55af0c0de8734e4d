"""The projects of the pictures: the sample, with two short real runs, evaluated."""

from __future__ import annotations

from pathlib import Path

from engine.augment.edits import add_card, add_group
from engine.augment.pipeline import Pipeline
from engine.data.spec import DataSpec
from engine.evaluate import evaluate
from engine.graph.builder import GraphBuilder
from engine.graph.edits import disconnect
from engine.graph.layout import arrange
from engine.graph.records import Graph
from engine.layers.activation import Sigmoid
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.pooling import GlobalAvgPool
from engine.optimizers.sgd import SGD
from engine.project import store
from engine.project.document import Project
from engine.runs.events import RunFinished
from engine.schedules.simple import Constant
from engine.train.loop import train
from engine.transforms.base import TRANSFORMS
from gui.sample_project import SAMPLE_NAME, create_sample

__all__ = [
    "IMAGES",
    "PROJECT",
    "diverging",
    "lasting",
    "misfit",
    "prepare",
    "small",
    "twelve",
    "vanishing",
    "without",
]

PROJECT = SAMPLE_NAME
IMAGES = f"{SAMPLE_NAME} images"
_EPOCHS = 6
_TWELVE = (
    *("flip", "rotate", "hue", "saturation", "shift", "zoom", "elastic", "brightness_contrast"),
    *("gamma", "gaussian_noise", "gaussian_blur", "random_erasing"),
)
_EMPTY = {"data": DataSpec(), "augment": Pipeline(), "model": Graph()}


def prepare(stage: Path) -> None:
    """Puts the sample below ``stage``, with a run without and one with augmentation, evaluated."""
    folder = create_sample(stage)
    loaded = store.load(folder)
    project = small(loaded.project)
    store.save(folder, project, expect_digest=loaded.digest)
    for pipeline in (Pipeline(), project.augment):
        *_, last = train(project.with_(augment=pipeline), folder)
        assert isinstance(last, RunFinished), last
        for split in ("val", "test"):
            evaluate(folder, last.run, split)


def small(project: Project) -> Project:
    """The project with images of 32 px and few epochs, so that training takes seconds."""
    recipe = project.training.with_(epochs=_EPOCHS)
    return project.with_(data=project.data.with_(size=32), training=recipe)


def lasting(project: Project, epochs: int = 400) -> Project:
    """The project with a recipe that still trains when the picture is taken."""
    return project.with_(training=project.training.with_(epochs=epochs))


def without(project: Project, part: str) -> Project:
    """The project with ``part`` (data, augment or model) empty."""
    return project.with_(**{part: _EMPTY[part]})


def twelve(project: Project) -> Project:
    """The project with twelve cards, two of them a group."""
    pipeline = Pipeline()
    for kind in _TWELVE:
        pipeline, _ = add_card(pipeline, TRANSFORMS.get(kind)())
    pipeline, _ = add_group(pipeline, ("hue", "saturation"))
    return project.with_(augment=pipeline)


def misfit(project: Project) -> Project:
    """The project with a model that does not fit: a wire is lost."""
    wire = next(wire for wire in project.model.wires if wire.target == "block3")
    return project.with_(model=disconnect(project.model, wire))


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


def diverging(project: Project) -> Project:
    """The project with a recipe under which the weights soon overflow."""
    wild = SGD(lr=10.0, weight_decay=1.0)
    recipe = project.training.with_(optimizer=wild, schedule=Constant(), clip_norm=None)
    return project.with_(training=recipe)
