"""The projects of the pictures: the sample, with two short real runs, evaluated."""

from __future__ import annotations

from pathlib import Path

from engine.augment.edits import add_card, add_group
from engine.augment.pipeline import Pipeline
from engine.blocks.custom import Custom
from engine.blocks.editing import expose, fresh
from engine.blocks.grouping import group
from engine.data.spec import DataSpec
from engine.evaluate import evaluate
from engine.graph.edits import (
    add_node,
    arrange,
    connect,
    disconnect,
    insert_on_wire,
    set_layer,
)
from engine.graph.records import Graph
from engine.layers.activation import Sigmoid
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
    "staged",
    "twelve",
    "wasteful",
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


def staged(project: Project) -> Project:
    """The project with its first block in an own block that is used twice, once repeated."""
    graph, name = group(project.model, ["block1"], "Stage")
    block = graph.node(name).layer
    assert isinstance(block, Custom)
    block = expose(expose(block, "block1.stride"), "block1.out_channels", "Width")
    graph = set_layer(graph, name, block.with_(repeats=3))
    graph, _ = insert_on_wire(graph, graph.leaving(name)[0], fresh(block), 0.0, 0.0)
    return project.with_(model=arrange(graph))


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


def wasteful(project: Project) -> Project:
    """The project with a model that can be trained, and should not be."""
    graph = project.model
    stem = graph.node("stem").layer
    graph = set_layer(graph, "stem", stem.with_(kernel_size=3, stride=4, bias=True))
    graph, _ = add_node(graph, Sigmoid(), *_beside(graph, "dropout"), node_id="squash")
    graph = connect(connect(graph, "pool", "squash"), "squash", "dropout")
    return project.with_(model=arrange(graph))


def _beside(graph: Graph, name: str) -> tuple[float, float]:
    node = graph.node(name)
    return node.x, node.y


def diverging(project: Project) -> Project:
    """The project with a recipe under which the weights soon overflow."""
    wild = SGD(lr=10.0, weight_decay=1.0)
    recipe = project.training.with_(optimizer=wild, schedule=Constant(), clip_norm=None)
    return project.with_(training=recipe)
