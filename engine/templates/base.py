"""What a template is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from engine.graph.records import Graph
from engine.layers.base import Frame

__all__ = ["GROUPS", "Group", "Template"]

Group = Literal["Small images and few data", "Classics"]

GROUPS: Final[tuple[Group, ...]] = ("Small images and few data", "Classics")
"""The groups in the order to show."""


@dataclass(frozen=True, slots=True)
class Template:
    """A model to start from, made for the size of the user's images.

    Attributes:
        name: what ``--template`` takes; that of torchvision's function where the model equals its
            own, layer by layer, for images of the published size.
        title, summary: what the page shows; the summary says when to use it.
        build: the graph for images and classes as in a frame.
        group: where it stands in the chooser.
    """

    name: str
    title: str
    summary: str
    build: Callable[[Frame], Graph]
    group: Group = "Classics"
