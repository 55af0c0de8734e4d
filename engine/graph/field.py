"""Where the receptive field of one output lies on the image."""

from __future__ import annotations

from dataclasses import dataclass

from engine.graph.facts import NodeFacts
from engine.layers.base import Reach

__all__ = ["Field", "field_at", "middle", "place_under"]


@dataclass(frozen=True, slots=True)
class Field:
    """A rectangle on the image, in pixels from its top left corner; it may reach beyond the image.

    Attributes:
        top, left: where it begins.
        height, width: how far it reaches.
    """

    top: float
    left: float
    height: float
    width: float

    def share(self, height: int, width: int) -> float:
        """The part of an image of that size that lies in it, 0 to 1."""
        tall = min(height, self.top + self.height) - max(0.0, self.top)
        wide = min(width, self.left + self.width) - max(0.0, self.left)
        return max(0.0, tall) * max(0.0, wide) / (height * width)


def middle(facts: NodeFacts, height: int, width: int) -> tuple[int, int]:
    """Row and column of the output that sees the middle of an image of that size."""
    return place_under(facts, height / 2, width / 2)


def field_at(facts: NodeFacts, place: tuple[int, int]) -> Field | None:
    """What the output at row and column ``place`` sees; ``None`` for the whole image.

    The widest over all places where they differ, as after an upsampling.
    """
    if facts.reach is None:
        return None
    down, across = _axes(facts.reach)
    top = float(down.step * place[0] + down.low)
    left = float(across.step * place[1] + across.low)
    return Field(top, left, float(down.high - down.low + 1), float(across.high - across.low + 1))


def place_under(facts: NodeFacts, y: float, x: float) -> tuple[int, int]:
    """Row and column of the output whose field has its middle nearest to a point of the image."""
    if facts.reach is None or facts.shape is None or len(facts.shape) != 3:
        return 0, 0
    down, across = _axes(facts.reach)
    return _nearest(down, y, facts.shape[1]), _nearest(across, x, facts.shape[2])


def _axes(reach: Reach) -> tuple[Reach, Reach]:
    """The reach down and across the image."""
    return reach.rows, reach.columns


def _nearest(reach: Reach, at: float, count: int) -> int:
    centre = float(reach.low + reach.high + 1) / 2
    return min(max(round((at - centre) / float(reach.step)), 0), count - 1)
