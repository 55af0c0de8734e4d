"""What a learning rate range test found: the curve, and the rates that it suggests."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

__all__ = ["LrPoint", "LrTest", "judge", "rates", "sweep"]

SMOOTHING = 0.9
"""Weight of the past in the mean: some ten steps, so that the curve lags by a quarter of a decade
in the usual sweep of 200 steps over six decades."""

DIVERGED = 4.0
"""A smoothed loss of so many times the lowest one ends the test (fastai's rule)."""

_SETTLED = 10  # steps until the mean has enough losses for its minimum to count
_SKIPPED = 0.1  # share of the points at the start that say nothing: the mean has too few losses
_FLAT_NOISE = 6.0  # the lowest of some hundred noisy values lies three deviations down by itself
_FLAT_SHARE = 0.02
_APART = 10.0
_PLATEAU = 0.05  # of the whole fall: what is above it has not begun to fall


@dataclass(frozen=True, slots=True)
class LrPoint:
    """One step of the test: its learning rate, its loss, and the smoothed loss up to it."""

    rate: float
    loss: float
    smoothed: float


@dataclass(frozen=True, slots=True)
class LrTest:
    """The result of a learning rate range test.

    Attributes:
        points: the steps in order; losses that are not finite are not among them.
        steepest: where the smoothed loss falls fastest over the logarithm of the rate.
        valley: the middle, on a logarithmic axis, of the longest descent.
        tenth: a tenth of the rate with the lowest smoothed loss.
        suggestion: the rate to use, ``None`` where the curve names none.
        sure: whether the curve speaks clearly.
        diverged: whether the loss ran away before the largest rate was reached.
        how: how the suggestion was chosen, and what makes it doubtful, in sentences.
        current: the learning rate of the project.
        seconds, device: how long the test took, and where it ran.
    """

    points: tuple[LrPoint, ...]
    steepest: float | None = None
    valley: float | None = None
    tenth: float | None = None
    suggestion: float | None = None
    sure: bool = False
    diverged: bool = False
    how: str = ""
    current: float = 0.0
    seconds: float = 0.0
    device: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values; the curve as three lists."""
        names = ("steepest", "valley", "tenth", "suggestion", "sure", "diverged", "how")
        names += ("current", "seconds", "device")
        curve = {
            "rates": [point.rate for point in self.points],
            "losses": [point.loss for point in self.points],
            "smoothed": [point.smoothed for point in self.points],
        }
        return {name: getattr(self, name) for name in names} | curve


def rates(start: float, end: float, steps: int) -> Iterator[float]:
    """``steps`` learning rates from ``start`` to ``end``, each the same factor above the last."""
    for step in range(steps):
        yield start * (end / start) ** (step / (steps - 1))


def sweep(
    step: Callable[[float], float], along: Sequence[float], *, smoothing: float = SMOOTHING
) -> Iterator[LrPoint]:
    """Takes a step with each rate in turn, and ends early where the loss diverges.

    ``step`` trains with a rate and gives the loss before the update; one that is not finite ends
    the test without a point. The smoothed loss is an exponential mean, corrected for its start at
    zero: ``m = b m + (1 - b) l``, ``m / (1 - b^t)`` (Kingma and Ba 2015, section 3). The first ten
    steps, when it is a mean of few, cannot set the lowest value.
    """
    mean, lowest = 0.0, math.inf
    for number, rate in enumerate(along, 1):
        loss = step(rate)
        if not math.isfinite(loss):
            return
        mean = smoothing * mean + (1 - smoothing) * loss
        smoothed = mean / (1 - smoothing**number)
        yield LrPoint(rate, loss, smoothed)
        if number > _SETTLED:
            lowest = min(lowest, smoothed)
        if smoothed > DIVERGED * lowest:
            return


def judge(points: Sequence[LrPoint], *, diverged: bool, smoothing: float = SMOOTHING) -> LrTest:
    """Reads the suggestions off a curve.

    The test and its reading follow Smith (2017, “Cyclical learning rates”, section 3.3), the three
    suggestions those that fastai names steep, valley and minimum. The valley is suggested: on a log
    axis it keeps clear of both ends of the descent, whatever their shape. The level stretch before
    the descent, which is as long as the range was chosen, does not count to it. ``diverged`` says
    that the last rate was given up.
    """
    made = LrTest(tuple(points), diverged=diverged)
    skipped = round(_SKIPPED * len(points))
    read = points[skipped:]
    if len(read) < 8:
        return replace(made, how=_too_short(points))
    values = [point.smoothed for point in read]
    low = min(range(len(values)), key=values.__getitem__)
    if trouble := _flat(read, low, smoothing):
        return replace(made, how=trouble)
    first = _leaves_plateau(values, low)
    begin, end = (first + place for place in _longest_descent(values[first : low + 1]))
    steep = _steepest(values, low)
    chosen = read[begin + (end - begin) // 2].rate
    made = replace(
        made,
        steepest=_round(read[steep].rate),
        valley=_round(chosen),
        tenth=_round(read[low].rate / 10),
        suggestion=_round(chosen),
    )
    doubts = _doubts(made, last=low >= len(read) - 2)
    fall = f"The smoothed loss falls from {values[begin]:.3g} to {values[low]:.3g}"
    span = f"between the rates {read[begin].rate:.2g} and {read[low].rate:.2g}"
    way = "; the suggestion is the middle of this descent on the logarithmic axis."
    return replace(made, sure=not doubts, how=" ".join((f"{fall} {span}{way}", *doubts)))


def _too_short(points: Sequence[LrPoint]) -> str:
    if not points:
        return "The loss was not a number at the smallest rate already: look at data and model."
    return (
        f"The loss diverged after {len(points)} steps, too early to read a curve. Start at a "
        "smaller rate."
    )


def _flat(read: Sequence[LrPoint], low: int, smoothing: float) -> str:
    """Why the curve names no rate: it does not fall by more than its own noise; empty if it does.

    The noise is that of the smoothed curve, from the jumps between two losses that follow each
    other: their variance is twice a loss's own, and the mean keeps (1 - b) / (1 + b) of that.
    """
    jumps = [(b.loss - a.loss) ** 2 for a, b in pairwise(read[:low])]
    spread = math.sqrt(sum(jumps) / (2 * len(jumps))) if jumps else 0.0
    noise = spread * math.sqrt((1 - smoothing) / (1 + smoothing))
    first = read[0].smoothed
    drop = first - read[low].smoothed
    if low == 0:
        return "The loss only rises: no rate of this range lowers it. Start at a smaller rate."
    if drop < max(_FLAT_NOISE * noise, _FLAT_SHARE * abs(first)):
        return (
            f"The curve is flat: the smoothed loss falls from {first:.3g} to "
            f"{read[low].smoothed:.3g}, which is no more than its own noise. Take more steps or a "
            "larger batch, and see that images and labels belong together."
        )
    return ""


def _doubts(test: LrTest, *, last: bool) -> list[str]:
    found: list[str] = []
    steep, valley = test.steepest or math.nan, test.valley or math.nan
    if max(steep / valley, valley / steep) > _APART:
        found.append(
            f"This is not sure: the steepest descent, at {steep:.2g}, is more than ten times away."
        )
    if last and not test.diverged:
        found.append(
            "This is not sure: the loss still fell at the largest rate, so the limit was not seen."
        )
    return found


def _steepest(values: Sequence[float], low: int) -> int:
    """Where the values fall fastest up to ``low``, by differences over a fiftieth of the curve."""
    half = max(1, len(values) // 100)
    places = range(half, max(half + 1, low - half + 1))
    return min(places, key=lambda i: values[min(i + half, len(values) - 1)] - values[i - half])


def _leaves_plateau(values: Sequence[float], low: int) -> int:
    """The last place before ``low`` where the values have not fallen yet."""
    level = values[0] - _PLATEAU * (values[0] - values[low])
    return max(place for place in range(low) if values[place] >= level)


def _longest_descent(values: Sequence[float]) -> tuple[int, int]:
    """First and last place of the longest falling subsequence; of equal ones the lowest end.

    By patience sorting: ``tails[k]`` is the best end of a falling run of k + 1 values.
    """
    tails: list[float] = []
    ends: list[int] = []
    starts: list[int] = []
    for place, value in enumerate(values):
        length = bisect.bisect_left(tails, -value)
        start = starts[length - 1] if length else place
        if length == len(tails):
            tails.append(-value)
            ends.append(place)
            starts.append(start)
        else:
            tails[length], ends[length], starts[length] = -value, place, start
    return starts[-1], ends[-1]


def _round(rate: float) -> float:
    """Two figures: the curve does not say more."""
    return float(f"{rate:.2g}")
