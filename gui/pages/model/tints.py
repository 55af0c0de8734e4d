"""From the norms of a training to the colours of the canvas."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from html import escape

from PySide6.QtGui import QColor

from engine.runs.glimpses import NodeNorms
from engine.train.flow import DECADES, USUAL_UPDATE, WORDS, flow, update_ratio
from engine.train.watch import node_path
from gui.canvas.tint import Tint
from gui.theme import theme

__all__ = ["SCALES", "Scale", "shade", "tints"]

_STRONGEST = 0.5  # share of the hue in the outermost colour; more would drown the words on it
_SIGNS = {"vanishing": "▼ ", "exploding": "▲ ", "none": "▼ ", "broken": "! "}
Values = Mapping[str, tuple[float, float, str]]
"""For each path the value, its place on the scale in powers of ten, and the verdict."""


@dataclass(frozen=True)
class Scale:
    """One way to colour.

    Attributes:
        title: what is shown. help: what it means and when to look at it.
        ticks: the words at -2, -1, 0, 1 and 2 powers of ten.
        values: how it is computed.
    """

    title: str
    help: str
    ticks: tuple[str, str, str, str, str]
    values: Callable[[Mapping[str, NodeNorms]], Values]


def _gradients(nodes: Mapping[str, NodeNorms]) -> Values:
    return {path: (one.ratio, one.decades, one.verdict) for path, one in flow(nodes).items()}


def _updates(nodes: Mapping[str, NodeNorms]) -> Values:
    return {path: _at(update_ratio(norms), USUAL_UPDATE, norms) for path, norms in nodes.items()}


def _weights(nodes: Mapping[str, NodeNorms]) -> Values:
    sizes = {path: norms.weight / math.sqrt(max(1, norms.count)) for path, norms in nodes.items()}
    usual = [size for path, size in sizes.items() if "." not in path and 0 < size < math.inf]
    middle = statistics.median(usual) if usual else 1.0
    return {path: _at(sizes[path], middle, norms) for path, norms in nodes.items()}


def _at(value: float, middle: float, norms: NodeNorms) -> tuple[float, float, str]:
    if not math.isfinite(value):
        return value, DECADES, "broken"
    decades = math.log10(value / middle) if value > 0 else -DECADES
    return value, decades, "frozen" if norms.frozen else ""


SCALES: dict[str, Scale] = {
    "gradients": Scale(
        "Gradient by weight norm",
        "How much gradient reaches a node, against the three trained nodes nearest to the output. "
        "▼ marks a vanishing gradient (a hundredth of the least of them), ▲ an exploding one (a "
        "hundred times the largest).",
        ("÷ 100", "÷ 10", "as at the output", "× 10", "× 100"),
        _gradients,
    ),
    "updates": Scale(
        "Update by weight norm",
        "How much one update changes a node's weights. About 0.001 is usual; far less on all nodes "
        "says that the learning rate is too low, far more that it is too high.",
        ("1e-05", "1e-04", "0.001", "0.01", "0.1"),
        _updates,
    ),
    "weights": Scale(
        "Weight size",
        "The root mean square of a node's weights, against the median of all nodes. Weights that "
        "keep growing or shrinking ask for another weight decay.",
        ("÷ 100", "÷ 10", "median", "× 10", "× 100"),
        _weights,
    ),
}
"""The ways to colour, by name."""


def tints(
    nodes: Mapping[str, NodeNorms], scale: str, way: tuple[str, ...], names: Collection[str]
) -> dict[str, Tint]:
    """The tints of the canvas' nodes ``names``, which lie within the blocks ``way``."""
    chosen = SCALES[scale]
    values = chosen.values(nodes)
    found = {name: node_path(nodes, (*way, name)) for name in names}
    return {
        name: _tint(chosen, nodes[path], *values[path])
        for name, path in found.items()
        if path in values
    }


def _tint(scale: Scale, norms: NodeNorms, value: float, decades: float, verdict: str) -> Tint:
    text = "not trained" if verdict == "frozen" else f"{_SIGNS.get(verdict, '')}{value:.2g}"
    lines = [f"{scale.title}: {value:.3g}, {WORDS[verdict]}" if verdict else ""]
    lines[0] = lines[0] or f"{scale.title}: {value:.3g}"
    lines.append(
        f"Norms: weights {norms.weight:.3g}, gradient {norms.gradient:.3g}, "
        f"update {norms.update:.3g}"
    )
    shown = 0.0 if verdict == "frozen" else decades
    return Tint(shade(shown), text, "".join(f"<br>{escape(line)}" for line in lines))


def shade(decades: float) -> QColor:
    """The colour of a place on the scale: blue below 0, the ground at 0, orange above.

    Blue and orange are told apart with every kind of colour vision; the number beside each node
    says the same in words.
    """
    look = theme()
    ground = look.colour("surface")
    hue = look.series_colour(0 if decades < 0 else 1)
    share = _STRONGEST * min(1.0, abs(decades) / DECADES)
    pairs = (
        (ground.red(), hue.red()),
        (ground.green(), hue.green()),
        (ground.blue(), hue.blue()),
    )
    return QColor(*(round(a + (b - a) * share) for a, b in pairs))
