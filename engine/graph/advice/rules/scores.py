"""Rules about the end of a model: class scores and the linear layers before them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from engine.graph.advice.base import Case, Remedy, Sign, rule
from engine.graph.advice.changes import delete, has_param, set_params
from engine.graph.edits import set_layer
from engine.graph.facts import NodeFacts
from engine.graph.records import Graph, Node
from engine.layers.activation import (
    HardSigmoid,
    HardTanh,
    Sigmoid,
    Softmax,
    Softsign,
    Tanh,
)
from engine.layers.base import Layer
from engine.layers.ends import Output
from engine.layers.pooling import GlobalAvgPool
from engine.layers.regularisation import Dropout
from engine.layers.reshape import Flatten, Identity
from engine.numbers import percent

__all__ = ["SQUEEZING", "huge_linear", "squeezed_scores"]

SQUEEZING: Final[tuple[type[Layer], ...]] = (
    HardSigmoid,
    HardTanh,
    Sigmoid,
    Softmax,
    Softsign,
    Tanh,
)
"""Activations whose values lie in a fixed, narrow range; a test finds those that are missing."""

_PASSING = (Dropout, Identity)
_HUGE = 5_000_000


@rule
def squeezed_scores(case: Case) -> Iterator[Sign]:
    """A softmax, or another activation, right before the class scores.

    Cross-entropy takes the logarithm of its own softmax. On top of a softmax the scores differ by 1
    at most, so the loss cannot fall below ``log(1 + (classes - 1) / e)`` and its gradient almost
    vanishes (Goodfellow, Bengio and Courville, "Deep learning", 2016, section 6.2.2.3). An
    activation such as ReLU on the scores themselves takes away the negative ones.
    """
    end = case.end(Output)
    if end is None or case.loss is None or not case.loss.logits:
        return
    for last in case.feeders(end.id):
        while isinstance(last.layer, _PASSING) and (before := case.feeders(last.id)):
            last = before[0]
        direct = end.layer.values().get("head") == "none" and last.layer.category == "Activation"
        if direct or isinstance(last.layer, SQUEEZING):
            yield Sign(
                (last.id, end.id),
                f"“{last.id}” limits the class scores, but the loss "
                f"“{case.loss.title}” applies a {case.loss.link} itself: the gradient almost "
                "vanishes.",
                f"Remove “{last.id}”; probabilities are computed after training anyway.",
                [Remedy(f"Remove {last.id}", partial(delete, names=(last.id,)))],
                sure=True,
            )


@rule
def huge_linear(case: Case) -> Iterator[Sign]:
    """One linear layer that holds most of the model's weights, more than five million.

    Usually a flattened image: it learns each pixel's place by heart. Lin, Chen and Yan ("Network in
    network", 2013, section 3.2) put the mean of each channel in its place, against overfitting; all
    later classifiers do. The first linear layer of VGG-16 holds 103 of its 138 million weights.
    """
    for node, layer, facts in case.known():
        linear = layer.category == "Linear" or isinstance(node.layer, Output)
        if linear and facts.parameters > max(_HUGE, case.analysis.parameters / 2):
            share = facts.parameters / case.analysis.parameters
            yield Sign(
                (node.id,),
                f"“{node.id}” holds {facts.parameters / 1e6:,.1f} million weights, "
                f"{percent(share, 0)} of the model: it learns small data sets by heart.",
                "Average over the image before it (global average pooling), or make it narrower.",
                _smaller(case, node, facts),
            )


def _smaller(case: Case, node: Node, facts: NodeFacts) -> Iterator[Remedy]:
    flatten = _flatten_before(case, node)
    if flatten is not None:
        yield Remedy(
            f"Average over the image in place of {flatten.id}",
            partial(set_layer, node_id=flatten.id, layer=GlobalAvgPool()),
        )
    width = node.layer.values().get("out_features")
    while has_param(node.layer, "out_features") and isinstance(width, int) and width >= 16:
        width //= 2
        if facts.inputs[0][0] * width <= _HUGE:
            yield Remedy(
                f"Give {node.id} {width:,} features",
                partial(_narrow, name=node.id, width=width),
            )


def _flatten_before(case: Case, node: Node) -> Node | None:
    while (before := case.feeders(node.id)) and isinstance(before[0].layer, (*_PASSING, Flatten)):
        node = before[0]
        if isinstance(node.layer, Flatten):
            return node
    return None


def _narrow(graph: Graph, name: str, width: int) -> Graph:
    return set_params(graph, name, out_features=width)
