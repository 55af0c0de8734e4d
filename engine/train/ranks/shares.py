"""How a batch, or anything else in order, is dealt out to several processes."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Shares"]


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares of process ``rank`` of ``world``: contiguous, and of one size or one more.

    A batch with less than two images for each process is computed by all of them, whole: batch norm
    needs two.
    """

    rank: int
    world: int

    def own(self, whole: int) -> slice:
        """This process's share of ``whole`` things in order."""
        return slice(whole * self.rank // self.world, whole * (self.rank + 1) // self.world)

    def is_small(self, whole: int) -> bool:
        """Whether a batch of ``whole`` images is not dealt out."""
        return whole < 2 * self.world

    def part(self, places: slice, images: int) -> slice:
        """What this process computes of a batch at ``places`` of an epoch of so many ``images``."""
        whole = min(places.stop, images) - places.start
        own = slice(0, whole) if self.is_small(whole) else self.own(whole)
        return slice(places.start + own.start, places.start + own.stop)

    def fewest(self, whole: int) -> int:
        """The images of the smallest share of a batch."""
        return whole if self.is_small(whole) else whole // self.world

    def weight(self, images: int, whole: int) -> float:
        """What a mean over ``images`` of a batch counts, so that the mean of all is the batch's."""
        return images / whole if self.is_small(whole) else self.world * images / whole
