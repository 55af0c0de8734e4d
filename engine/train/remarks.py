"""What a run does beyond the usual, said at its start."""

from __future__ import annotations

from collections.abc import Iterator

from engine.blocks.dropping import dropouts, paths
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.recipe import Training
from engine.train.averaging import first_averaged

__all__ = ["remarks"]


def remarks(recipe: Training, graph: Graph, frame: Frame) -> tuple[str, ...]:
    """Sentences about the settings that change how this run learns and what is kept of it."""
    return tuple(
        text
        for part in (_passes(recipe), _rates(recipe, graph), _stages(recipe, frame), _kept(recipe))
        for text in part
    )


def _passes(recipe: Training) -> Iterator[str]:
    parts = recipe.accumulation
    if parts > 1:
        size = -(-recipe.batch_size // parts)
        yield f"Each batch goes through the network in {parts} parts of up to {size} images."
    if recipe.sam is not None:
        yield "Sharpness-aware minimisation: each update takes two passes through the network."


def _rates(recipe: Training, graph: Graph) -> Iterator[str]:
    if recipe.dropout is not None and (count := dropouts(graph)):
        yield f"Dropout is {recipe.dropout:g} in {_places(count)}, as the recipe says."
    if recipe.drop_path is not None and (count := paths(graph)):
        yield (
            f"Stochastic depth rises to {recipe.drop_path:g} over {_places(count)}, as the recipe "
            "says."
        )


def _places(count: int) -> str:
    return "1 place" if count == 1 else f"{count} places"


def _stages(recipe: Training, frame: Frame) -> Iterator[str]:
    if recipe.freeze_epochs:
        yield f"Only the head learns until epoch {recipe.freeze_epochs} is over."
    sides = recipe.sides(frame.height, recipe.epochs)
    if sides:
        grown = ", ".join(map(str, sides))
        yield f"Images begin smaller: {grown} px, then {frame.height} px."


def _kept(recipe: Training) -> Iterator[str]:
    if recipe.averaging == "ema":
        yield "Validated and kept is a fading average of the weights (EMA)."
    elif recipe.averaging == "swa":
        yield (
            f"From epoch {first_averaged(recipe) + 1} on, the mean of the epochs' weights (SWA) is "
            "validated and kept, and the learning rate stays where it is."
        )
    if recipe.keep == "one_se":
        yield "Kept is the latest epoch within one standard error of the best."
    elif recipe.keep == "last":
        yield "Kept is the last epoch."
