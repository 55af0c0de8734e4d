"""Whether what a recipe asks of the model can be done by this model."""

from __future__ import annotations

from collections.abc import Iterator

from engine.blocks.dropping import dropouts, paths
from engine.blocks.sizes import trouble_at
from engine.graph.analysis import analyse
from engine.problems import Problem
from engine.project.document import Project

__all__ = ["options"]


def options(project: Project) -> Iterator[Problem]:
    """Settings of the recipe that this model cannot follow, or that have nothing to act on."""
    yield from _dropping(project)
    yield from _freezing(project)
    yield from _resizing(project)


def _dropping(project: Project) -> Iterator[Problem]:
    recipe, model = project.training, project.model
    if recipe.dropout and not dropouts(model):
        yield Problem(
            "warning",
            "The recipe sets a rate of dropout, but the model has no dropout layer.",
            "training.dropout",
            "Add a dropout layer before the class scores, or leave the rate empty.",
        )
    if recipe.drop_path and not paths(model):
        yield Problem(
            "warning",
            "The recipe sets a rate of stochastic depth, but the model has no branch that could be "
            "left out.",
            "training.drop_path",
            "Add a stochastic depth layer at the end of a residual branch, use blocks that have "
            "the setting (ConvNeXt, MBConv, encoder), or leave the rate empty.",
        )


def _freezing(project: Project) -> Iterator[Problem]:
    recipe = project.training
    if recipe.freeze_epochs >= recipe.epochs:
        yield Problem(
            "warning",
            f"Only the head learns: the other layers would join after {recipe.freeze_epochs} "
            f"epochs, and the run has {recipe.epochs}.",
            "training.freeze_epochs",
            "Choose fewer epochs for the head alone, or more for the run.",
        )


def _resizing(project: Project) -> Iterator[Problem]:
    """Sizes that the model cannot take; a model that is wrong at its own size is told elsewhere."""
    recipe, frame = project.training, project.frame()
    sides = recipe.sides(frame.height, recipe.epochs)
    if not sides or not analyse(project.model, frame).ok:
        return
    found = trouble_at(project.model, frame, sides)
    if found is not None:
        side, trouble = found
        yield Problem(
            "error",
            f"The run would begin with images of {side} px, which this model cannot take: "
            f"{trouble}",
            "training.resize_from",
            "Begin with larger images, switch progressive resizing off, or use a model that ends "
            "in global average pooling.",
        )
