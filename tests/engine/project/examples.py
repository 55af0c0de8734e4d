"""Projects for the tests of this folder."""

from __future__ import annotations

from itertools import pairwise

from engine.augment.presets import PRESETS
from engine.augment.safety import QUESTIONS, Answers
from engine.data.spec import DataSpec
from engine.graph.records import Graph, Node, Wire
from engine.layers.base import LAYERS
from engine.project.document import Project
from engine.recipe import Training


def example_model() -> Graph:
    """A small network: input, convolution, norm, relu, pool, class scores."""
    kinds = {
        "image": ("input", {}),
        "stem": ("conv2d", {"out_channels": 16, "kernel_size": 17, "bias": False}),
        "norm": ("batch_norm", {}),
        "act": ("relu", {}),
        "pool": ("global_avg_pool", {}),
        "scores": ("output", {}),
    }
    nodes = tuple(
        Node(name, LAYERS.get(kind)(**values), 0.0, 90.0 * row)
        for row, (name, (kind, values)) in enumerate(kinds.items())
    )
    names = list(kinds)
    return Graph(nodes, tuple(Wire(a, b) for a, b in pairwise(names)))


def example_project() -> Project:
    """A project with every section filled; its images do not exist."""
    return Project(
        name="Zellen ü 細胞",
        data=DataSpec(
            source="../images",
            layout="folders",
            manifest="ab" * 32,
            classes=("a", "b", "c"),
            size=32,
        ),
        augment=PRESETS["standard"].pipeline,
        model=example_model(),
        training=Training(epochs=3),
        answers=Answers(dict.fromkeys(QUESTIONS, False)),
    )
