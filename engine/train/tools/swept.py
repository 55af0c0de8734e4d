"""A trainer whose learning rate is set from outside."""

from __future__ import annotations

from engine.train.pieces import Pieces
from engine.train.position import Position
from engine.train.trainer import Trainer

__all__ = ["Swept"]


class Swept(Trainer):
    """Trains with the rate :attr:`now` instead of that of the schedule."""

    def __init__(self, pieces: Pieces, position: Position) -> None:
        super().__init__(pieces, position)
        self.now = 0.0

    def rate(self, step: int) -> float:
        """The rate of the moment, whatever the step."""
        return self.now
