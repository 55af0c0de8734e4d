"""A real project on disc that trains in a second: 90 grey images of 8 px in an .npz."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.scan import scan
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.normalisation import BatchNorm
from engine.layers.pooling import GlobalAvgPool
from engine.layers.regularisation import Dropout
from engine.project.document import Project
from engine.project.store import create
from engine.recipe import Training
from tests.engine.train.hand_made import data


def make_project(folder: Path, **recipe: object) -> Project:
    """The project, saved in ``folder``; 3 epochs of batches of 8 unless ``recipe`` says else."""
    pixels, labels = data(90)
    source = folder.parent / f"{folder.name}.npz"
    parts = {"train": slice(0, 60), "val": slice(60, 75), "test": slice(75, 90)}
    arrays = {f"{name}_images": pixels[part, 0] for name, part in parts.items()}
    arrays |= {
        f"{name}_labels": labels[part, None].astype(np.uint8) for name, part in parts.items()
    }
    np.savez(source, **arrays)
    folder.mkdir()
    spec = scan(source, folder).spec.with_(size=8)
    project = Project(
        name="tiny", data=spec, training=Training(**{"epochs": 3, "batch_size": 8} | recipe)
    )
    project = project.with_(model=small_graph())
    create(folder, project)
    return project


def small_graph() -> Graph:
    """One convolution with batch norm and dropout."""
    make = GraphBuilder()
    make.add("image", Input())
    make.add("stem", Conv2d(out_channels=8, kernel_size=3))
    make.add("norm", BatchNorm())
    make.add("relu", Relu())
    make.add("drop", Dropout(rate=0.2))
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    return make.graph()
