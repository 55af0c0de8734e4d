"""The learning rate that a recipe plans, before a run is started."""

from __future__ import annotations

import numpy as np

from engine.recipe import Training
from gui.plots import CurvePlot
from gui.theme.tokens import SPACE

__all__ = ["SchedulePlot", "planned"]

_POINTS = 600
"""Steps that the run is thought to have; what they come to does not depend on it much."""
_HEIGHT = 20 * SPACE


def planned(recipe: Training, points: int = _POINTS) -> tuple[list[float], list[float]]:
    """Positions in epochs and the learning rate there, over a whole run of ``points`` steps.

    ``optimizer.peak * schedule.factor(step, points)``. What a schedule decides from what it sees in
    the run (a plateau) cannot be planned, and is not in it.
    """
    xs = [recipe.epochs * (step + 1) / points for step in range(points)]
    peak = recipe.optimizer.peak
    return xs, [peak * recipe.schedule.factor(step, points) for step in range(points)]


class SchedulePlot(CurvePlot):
    """A small plot below the schedule's settings."""

    def __init__(self) -> None:
        super().__init__("Learning rate", x_label="Epoch", empty="")
        self.header.hide_legend()
        self.add_series("Learning rate", colour=0, smoothed=False)
        self.setMinimumWidth(20 * SPACE)
        self.setFixedHeight(_HEIGHT)
        self.setToolTip("The learning rate over the run, as the recipe plans it.")
        self.setAccessibleName("Plot: planned learning rate")
        self._shown: tuple[object, ...] = ()

    def show_recipe(self, recipe: Training) -> None:
        """Draws the plan of a recipe, if it is another."""
        wanted = (recipe.epochs, recipe.optimizer, recipe.schedule)
        if wanted == self._shown:
            return
        self._shown = wanted
        xs, ys = planned(recipe)
        self.clear()
        self.append("Learning rate", np.array(xs), np.array(ys))
        self.fit()
        self.flush()
