"""Whether signals and gradients pass through the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from typing_extensions import override

from engine.numbers import percent
from engine.train.guards.base import Facts, Finding, Guard, Look

__all__ = ["DeadUnits", "Gradients", "Saturation"]

_NO_GRADIENT = {
    "vanishing": "The gradient vanishes on its way back: it reaches {node} a hundred times weaker "
    "than the last layers, so that it hardly learns. Batch norm, ReLU instead of sigmoid, or "
    "residual blocks let it through.",
    "exploding": "The gradient explodes on its way back: it reaches {node} a hundred times "
    "stronger than the last layers. Batch norm, or gradients clipped at 1, keep it in range.",
    "none": "No gradient reaches {node}: it does not learn at all. Look whether an activation "
    "behind it is zero everywhere; a lower learning rate or a leaky ReLU prevents that.",
}


class DeadUnits(Guard):
    """Most channels behind a ReLU are zero for every image of the probe (see :attr:`Look.dead`).

    They get no gradient and stay so (Maas, Hannun and Ng, "Rectifier nonlinearities improve neural
    network acoustic models", 2013; Lu et al., "Dying ReLU and initialization", 2019).
    """

    kind = "dead_units"

    @override
    def judge(self, facts: Facts) -> Finding | None:
        shares = _lasting([look.dead for look in facts.lasting])
        if not shares:
            return None
        node = max(shares, key=lambda path: shares[path])
        share = shares[node]
        what = "All" if share >= 1.0 else f"{percent(share, 0)} of the"
        return Finding(
            f"{what} channels of “{node}” are dead: they are zero for every image"
            f"{_others(shares)}. Try a lower learning rate, batch norm before it, or a leaky ReLU.",
            f"model.{node}",
            "warning" if share >= 0.9 else "note",
        )


class Saturation(Guard):
    """A sigmoid, tanh or the like whose values lie at the ends of its range, nine of ten and more.

    There its slope is next to zero, and so is what is learned before it (Glorot and Bengio,
    "Understanding the difficulty of training deep feedforward neural networks", 2010).
    """

    kind = "saturation"

    @override
    def judge(self, facts: Facts) -> Finding | None:
        shares = _lasting([look.saturated for look in facts.lasting])
        if not shares:
            return None
        node = next(iter(shares))
        return Finding(
            f"“{node}” is saturated: {percent(shares[node], 0)} of its values lie at the ends of "
            f"its range{_others(shares)}, where hardly any gradient passes. Try batch norm before "
            "it, a ReLU instead, or a lower learning rate.",
            f"model.{node}",
        )


class Gradients(Guard):
    """Vanishing, exploding or missing gradients by the rule of :func:`engine.train.flow.flow`, with
    the same verdict in two looks in a row.
    """

    kind = "gradients"

    @override
    def judge(self, facts: Facts) -> Finding | None:
        looks = facts.lasting
        lasting = [path for path in _flow(looks) if len({look.flow[path] for look in looks}) == 1]
        for verdict in ("none", "exploding", "vanishing"):
            nodes = [path for path in lasting if looks[-1].flow[path] == verdict]
            if nodes:
                node = nodes[-1] if verdict == "exploding" else nodes[0]
                text = _NO_GRADIENT[verdict].format(node=f"“{node}”")
                return Finding(text, f"model.{node}")
        return None


def _flow(looks: Sequence[Look]) -> list[str]:
    """The nodes that have a verdict in every look, in the order of computation."""
    if not looks:
        return []
    return [path for path in looks[-1].flow if all(path in look.flow for look in looks)]


def _lasting(shares: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The least share of every node that is in all of them."""
    if not shares:
        return {}
    return {p: min(s[p] for s in shares) for p in shares[-1] if all(p in s for s in shares)}


def _others(shares: Mapping[str, float]) -> str:
    more = len(shares) - 1
    return f" (so it is at {more} more node{'s' if more > 1 else ''})" if more else ""
