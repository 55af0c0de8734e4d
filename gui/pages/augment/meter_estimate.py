"""How long measuring will take, said before it begins."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from engine.meter import Reading

__all__ = ["about", "seconds_for"]

LOOKS = 9_000
SECONDS = 4.0
SIDE = 32
"""A training looks at about 9,000 images, which takes about 4 s on one processor core for colour
images of 32 px (``engine.meter.probe``; a test holds the two numbers together)."""
TRAININGS = 4
MOST_IMAGES = 2_000
MARGIN = 2.0
"""Beside the trainings, images are changed and judged, and a card that seems to hurt is trained
with once more, twice as long."""


def seconds_for(images: int, side: int, sides: int, known: Iterable[Reading] = ()) -> float:
    """The time in seconds for ``sides`` comparisons, of which the one without augmentation is one.

    Earlier readings of the project, where there are any, say how long this machine really takes;
    else it is worked out from the number of training and validation ``images`` and their ``side``.
    """
    measured = [reading.how.seconds for reading in known if reading.how.seconds > 0]
    if measured:
        return sides * statistics.median(measured)
    half = max(1, min(images, MOST_IMAGES) // 2)
    epochs = min(40, max(12, round(LOOKS / half)))
    pixels = (min(side, SIDE) / SIDE) ** 2
    return sides * TRAININGS * MARGIN * SECONDS * pixels * half * epochs / LOOKS


def about(seconds: float) -> str:
    """A time as coarse as it is known: ``about 40 s``, ``about 3 min``, ``about 1.5 h``."""
    if seconds < 15:
        return "a few seconds"
    if seconds < 55:
        return f"about {max(10, round(seconds / 10) * 10)} s"
    if seconds < 55 * 60:
        return f"about {max(1, round(seconds / 60))} min"
    return f"about {round(seconds / 1800) / 2:g} h"
