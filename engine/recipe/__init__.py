"""The training recipe, in parts: each file holds the settings of one section of the form."""

from engine.recipe.defaults import default_recipe
from engine.recipe.training import Training

__all__ = ["Training", "default_recipe"]
