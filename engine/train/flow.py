"""Whether gradients reach every node: what vanishing and exploding mean here, as one rule."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from engine.runs.glimpses import NodeNorms

__all__ = ["DECADES", "USUAL_UPDATE", "WORDS", "Flow", "flow", "relative_gradient", "update_ratio"]

DECADES = 2.0
"""Powers of ten away from the output side that count as vanishing or exploding.

With one learning rate for all, a node a hundred times behind needs a hundred times the updates for
the same change: in a usual run of some thousand it does not learn at all.
"""

USUAL_UPDATE = 1e-3
"""The change per update, relative to the weights, of a network that learns well.

A rule of thumb (Stanford CS231n, "Neural networks 3", on the ratio of weights to updates): far less
and the learning rate is too low, far more and it is too high.
"""

WORDS = {
    "": "in the usual range",
    "vanishing": "vanishing: the gradient shrinks on its way back from the output",
    "exploding": "exploding: the gradient grows on its way back from the output",
    "none": "no gradient arrives",
    "broken": "not a number",
    "frozen": "not trained",
}
"""A verdict in words."""

_SMALLEST = 0.01
_HEAD = 3


@dataclass(frozen=True, slots=True)
class Flow:
    """How much gradient a node gets.

    Attributes:
        ratio: gradient norm by weight norm; see :func:`relative_gradient`.
        decades: by how many powers of ten it lies below (negative) or above the middle of the
            output side's range, 0 where that is not known.
        verdict: a key of :data:`WORDS`.
    """

    ratio: float
    decades: float
    verdict: str


def relative_gradient(norms: NodeNorms) -> float:
    """Gradient norm by weight norm: what an update at learning rate 1 would change, as a share.

    Comparable between nodes of any size, for both norms grow with the root of the number of weights
    (You et al., "Large batch training of convolutional networks", 2017, scale updates by it).
    Weights that start at zero have no size of their own yet: a weight counts as 0.01 at least,
    a fifth of what He's initialisation gives a 3x3 kernel of 64 channels.
    """
    return norms.gradient / max(norms.weight, _SMALLEST * math.sqrt(max(1, norms.count)))


def update_ratio(norms: NodeNorms) -> float:
    """Norm of the change by weight norm (at least as in :func:`relative_gradient`)."""
    return norms.update / max(norms.weight, _SMALLEST * math.sqrt(max(1, norms.count)))


def flow(nodes: Mapping[str, NodeNorms]) -> dict[str, Flow]:
    """The gradient of every node of a ``NormsRead``, judged against the output side.

    Backpropagation multiplies by one layer after the other on its way from the output to the image.
    Where the factors are below 1 the gradient vanishes with depth, above 1 it explodes (Glorot and
    Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010; He et
    al., "Delving deep into rectifiers", 2015). So a node's relative gradient is compared to the
    range of the last three trained nodes, among which normalised layers and the classifier differ
    by a hundredfold without harm: ``DECADES`` below the range is vanishing, ``DECADES`` above it
    exploding; exactly zero and not finite are verdicts of their own.
    """
    ratios = {path: relative_gradient(norms) for path, norms in nodes.items()}
    top = [
        ratio
        for path, ratio in ratios.items()
        if "." not in path and not nodes[path].frozen and 0 < ratio < math.inf
    ][-_HEAD:]
    return {path: _judge(nodes[path], ratio, top) for path, ratio in ratios.items()}


def _judge(norms: NodeNorms, ratio: float, head: list[float]) -> Flow:
    if norms.frozen:
        return Flow(ratio, 0.0, "frozen")
    if not math.isfinite(ratio):
        return Flow(ratio, DECADES, "broken")
    if ratio == 0.0:
        return Flow(ratio, -DECADES, "none")
    here = math.log10(ratio)
    low, high = (math.log10(end(head)) if head else here for end in (min, max))
    verdict = (
        "vanishing" if here <= low - DECADES else "exploding" if here >= high + DECADES else ""
    )
    return Flow(ratio, here - (low + high) / 2, verdict)
