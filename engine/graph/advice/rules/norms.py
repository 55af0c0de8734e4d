"""Rules about normalisation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from engine.graph.advice.base import Case, Remedy, Sign, rule
from engine.graph.advice.changes import has_param, listed, put_behind, set_params
from engine.graph.records import Graph
from engine.layers.normalisation import BatchNorm

__all__ = ["bias_before_norm", "no_normalisation"]

_WEIGHTED = ("Convolution", "Linear")
_PLAIN = (*_WEIGHTED, "Activation", "Pooling", "Regularisation", "Reshape", "Ends")
_DEEP = 8


@rule
def bias_before_norm(case: Case) -> Iterator[Sign]:
    """A bias that the batch normalisation behind it subtracts again.

    Ioffe and Szegedy, "Batch normalization", 2015, section 3.2: "the bias b can be ignored since
    its effect will be cancelled by the subsequent mean subtraction". It is trained for nothing, and
    weight decay or a high learning rate may let it drift.
    """
    for node, layer, _ in case.known():
        followers = case.followers(node.id)
        if layer.category not in _WEIGHTED or not layer.values().get("bias"):
            continue
        if followers and all(isinstance(after.layer, BatchNorm) for after in followers):
            yield Sign(
                (node.id,),
                f"The bias of “{node.id}” has no effect: “{followers[0].id}” behind it subtracts "
                "the mean of each channel, and has a learned constant of its own.",
                "Switch the bias off.",
                [
                    Remedy(
                        f"Switch off the bias of {node.id}",
                        partial(set_params, name=node.id, bias=False),
                    )
                ],
                sure=True,
            )


@rule
def no_normalisation(case: Case) -> Iterator[Sign]:
    """A deep chain of layers without normalisation or shortcut.

    Gradients of plain networks shrink or grow with each layer: Simonyan and Zisserman ("Very deep
    convolutional networks", 2014) had to start their 13 layers from a trained network of 11, and He
    et al. ("Deep residual learning", 2015, figure 1) show that depth then costs accuracy. Batch
    normalisation is what made such networks train from random weights. Counted are the layers with
    weights, from 8 on.
    """
    known = [(node, layer) for node, layer, _ in case.known()]
    if any(layer.category not in _PLAIN for _, layer in known):
        return
    weighted = [node.id for node, layer in known if layer.category in _WEIGHTED]
    images = [node.id for node, layer in known if layer.category == "Convolution"]
    if len(weighted) < _DEEP or not images:
        return
    yield Sign(
        tuple(weighted),
        f"{len(weighted)} layers with weights follow each other without normalisation or shortcut: "
        "from random weights such a network trains slowly or not at all.",
        "Put batch normalisation behind each convolution, or start from a residual network.",
        [
            Remedy(
                f"Put batch normalisation behind {listed(images)}",
                partial(_normalised, names=tuple(images)),
            )
        ],
        sure=True,
    )


def _normalised(graph: Graph, names: tuple[str, ...]) -> Graph:
    for name in names:
        graph = put_behind(graph, name, BatchNorm())
        if has_param(graph.node(name).layer, "bias"):
            graph = set_params(graph, name, bias=False)
    return graph
