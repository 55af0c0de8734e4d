"""A layer in few words, for the second line of its node and for its tooltip."""

from __future__ import annotations

from html import escape

from engine.blocks.custom import Custom
from engine.graph.facts import NodeFacts
from engine.graph.records import Node
from engine.layers.base import Layer, show
from engine.spec import Param, Spec
from gui.numbers import compact

__all__ = ["brief", "describe", "pace", "status", "tip"]

_ALWAYS = ("kernel_size", "out_channels", "out_features", "rate", "groups", "head")
_BARE = ("out_channels", "out_features", "rate", "mode")
_MOST = 4


def brief(layer: Layer) -> str:
    """The parameters that matter: ``"3×3, 64, stride 2"``.

    The size of the window, the width and the strength are always told, others when they differ
    from their default.
    """
    own = layer.settings if isinstance(layer, Custom) else None
    told = (
        _window(spec) if item.name == "kernel_size" else _word(item, getattr(spec, item.name))
        for spec in ((layer,) if own is None else (own, layer))
        for item in spec.params()
        if not item.hidden and not item.advanced
    )
    return ", ".join([word for word in told if word][:_MOST])


def pace(node: Node) -> str:
    """How fast a node learns, where it is not as fast as the rest; a frozen one shows a lock."""
    return f"lr ×{node.lr_factor:g}" if node.lr_factor not in (0.0, 1.0) else ""


def _window(layer: Spec) -> str:
    values = layer.values()
    high = values["kernel_size"]
    return f"{high}×{values.get('kernel_width') or high}"


def _word(item: Param, value: object) -> str:
    if value == item.default and item.name not in _ALWAYS:
        return ""
    label = item.label.lower()
    if item.type == "bool":
        return label if value else f"no {label}"
    if value is None or (item.name in _ALWAYS and value == item.default and item.type == "choice"):
        return ""
    if item.name == "groups" and value == 1:
        return ""
    return f"{value}" if item.name in _BARE else f"{label} {value}"


def status(facts: NodeFacts | None) -> str:
    """The line under a node: its output's shape, what is wrong, or what it waits for."""
    if facts is None:
        return ""
    if facts.problem:
        return facts.problem
    if facts.waits_for:
        return f"waits for {facts.waits_for}"
    return show(facts.shape) if facts.shape else ""


def describe(node: Node, facts: NodeFacts | None) -> str:
    """A node in one sentence, as screen readers say it."""
    frozen = "frozen" if node.lr_factor == 0 else pace(node)
    parts = [f"{node.layer.title} {node.id}", brief(node.layer), frozen, status(facts)]
    return ", ".join(part for part in parts if part)


def tip(node: Node, facts: NodeFacts | None) -> str:
    """The tooltip of a node, as rich text."""
    lines = [f"<b>{escape(node.layer.title)}</b> {escape(node.id)}"]
    words = brief(node.layer)
    if words:
        lines.append(escape(words))
    if facts is not None and facts.problem:
        lines += [escape(facts.problem), escape(facts.fix)]
    elif facts is not None and facts.waits_for:
        lines.append(f"Waits until “{escape(facts.waits_for)}” is right.")
    elif facts is not None and facts.shape:
        lines.append(f"Output: {show(facts.shape)}")
        if facts.parameters:
            lines.append(f"{compact(facts.parameters)} parameters")
    if node.lr_factor == 0:
        lines.append("Frozen: training leaves it as it is")
    elif pace(node):
        lines.append(f"Learns at {node.lr_factor:g} times the learning rate")
    return "<br>".join(line for line in lines if line)
