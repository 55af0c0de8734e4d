"""What another thread may ask of a running training, to look at it while it goes on."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Ask", "Watch", "node_path"]

PER_SECOND = 2.0
"""Answers a second: the eye follows them, and reading costs the training next to nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """The activation maps of one node (its path, ``block.node`` within a block) for one image."""

    row: int
    node: str


def node_path(known: Collection[str], way: Sequence[str]) -> str:
    """The path of a node from the ids that lead to it, such as ``("block1", "conv1")``.

    A block that is repeated holds its repetitions, in which the ids go on; the first of them
    stands for all where ``known``, all paths that there are, says so.
    """
    path = ""
    for number, part in enumerate(way):
        path += part
        if number < len(way) - 1:
            repeated = f"{path}.{_REPETITION}"
            path = f"{repeated if repeated in known else path}."
    return path


_REPETITION = "repetition0"


class Watch:
    """Asks for norms and activation maps; the loop answers between two steps.

    The asking side may be any thread: every switch is one assignment, as in ``Control``. The
    answers are :class:`engine.runs.glimpses.NormsRead` and ``MapsRead`` in the stream of events,
    at most ``per_second`` of each. Nothing is installed in the model and nothing is computed while
    nothing is asked; what is computed otherwise changes no weight, no statistic and no draw.

    Attributes:
        norms: whether norms are asked for. Beside the rate, they also come with the last update of
            every epoch, where the loop waits for the device anyway.
    """

    def __init__(self, per_second: float = PER_SECOND) -> None:
        self.norms = False
        self._pause = 1.0 / per_second
        self._asked: Ask | None = None
        self._answered: Ask | None = None
        self._norms_at = self._maps_at = float("-inf")

    # Asking

    def ask_maps(self, row: int, node: str) -> None:
        """Asks for the maps of a node for image ``row`` of the data set, until asked otherwise.

        The first answer comes after the step in hand, also while the run is paused.
        """
        self._asked = Ask(row, node)

    def forget_maps(self) -> None:
        """Asks for no maps any more."""
        self._asked = None

    def wishes(self) -> dict[str, Any]:
        """All that is asked, as plain values; :meth:`follow` of another watch asks the same."""
        asked = self._asked
        return {"norms": self.norms, "maps": [asked.row, asked.node] if asked else None}

    def follow(self, wishes: Mapping[str, Any]) -> None:
        """Asks what :meth:`wishes` of another watch gave; the same maps are not asked anew."""
        self.norms = bool(wishes.get("norms"))
        maps, asked = wishes.get("maps"), self._asked
        if not maps:
            self.forget_maps()
        elif asked is None or [asked.row, asked.node] != maps:
            self.ask_maps(int(maps[0]), str(maps[1]))

    # Answering, on the training's thread

    @property
    def waiting(self) -> bool:
        """Whether somebody asked for maps and has no answer yet."""
        asked = self._asked
        return asked is not None and asked is not self._answered

    def norms_due(self, *, last: bool) -> bool:
        """Whether the coming update is to be read; ``last`` says that it ends its epoch."""
        if not self.norms:
            return False
        now = time.monotonic()
        if not last and now - self._norms_at < self._pause:
            return False
        self._norms_at = now
        return True

    def maps_due(self) -> Ask | None:
        """What to answer now, None while there is nothing or it was answered a moment ago."""
        asked = self._asked
        if asked is None:
            return None
        now = time.monotonic()
        if asked is self._answered and now - self._maps_at < self._pause:
            return None
        self._answered, self._maps_at = asked, now
        return asked
