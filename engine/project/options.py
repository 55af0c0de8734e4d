"""Whether what a recipe asks of the model can be done by this model."""

from __future__ import annotations

from collections.abc import Iterator

from engine.blocks.dropping import dropouts, paths
from engine.problems import Problem
from engine.project.document import Project

__all__ = ["options"]


def options(project: Project) -> Iterator[Problem]:
    """Settings of the recipe that have nothing to act on in the model."""
    yield from _dropping(project)


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
