"""What a template is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.graph.records import Graph
from engine.layers.base import Frame

__all__ = ["Template"]


@dataclass(frozen=True, slots=True)
class Template:
    """A model to start from, made for the size of the user's images.

    Attributes:
        name: what ``--template`` takes.
        title, summary: what the page shows.
        build: the graph for images and classes as in a frame.
    """

    name: str
    title: str
    summary: str
    build: Callable[[Frame], Graph]
