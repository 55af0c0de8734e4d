"""Weights of somebody else's model, moved into ours in the order in which both are written."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

import torch
from torch import Tensor, nn

from engine.blocks.base import Block
from engine.compile.plan import module_names
from engine.graph.analysis import walk
from engine.graph.records import Graph
from engine.layers.base import Frame

__all__ = ["give", "leaves", "values_for"]

_PERIOD = 65_537


def leaves(module: nn.Module, graph: Graph, frame: Frame | None = None) -> Iterator[nn.Module]:
    """The layers in the order of the graph's nodes, those inside blocks included."""
    names, facts = module_names(graph), walk(graph, frame)
    for node in graph.nodes:
        if node.layer.max_inputs == 0:
            continue
        part = module.get_submodule(names[node.id])
        if isinstance(node.layer, Block):
            yield from leaves(part, node.layer.graph(facts[node.id].inputs))
        else:
            yield part


def values_for(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Values for a state: random, of a size that keeps activations near 1, and quickly made."""
    noise = torch.rand(_PERIOD, generator=torch.Generator().manual_seed(0))
    made = {}
    for number, (name, like) in enumerate(state.items()):
        count = like.numel()
        picked = noise.roll(977 * number).repeat(count // _PERIOD + 1)[:count].view(like.shape)
        if name.endswith("num_batches_tracked"):
            made[name] = torch.tensor(0)
        elif like.ndim > 1:
            made[name] = (picked - 0.5) * math.sqrt(24 / like[0].numel())
        else:
            made[name] = picked - 0.5 if name.endswith(("bias", "mean")) else picked + 0.5
    return made


def give(parts: Iterable[nn.Module], state: Mapping[str, Tensor]) -> None:
    """Puts the values into the layers, in order; every shape must fit, and nothing be left.

    No value is copied: both models share the memory.
    """
    given = iter(state.values())
    for part in parts:
        own = part.state_dict()
        taken = dict(zip(own, [next(given) for _ in own], strict=True))
        for name, like in own.items():  # a linear layer's weights may enter a 1 x 1 convolution
            ones = (1,) * (like.ndim - taken[name].ndim)
            assert (*taken[name].shape, *ones) == like.shape
            taken[name] = taken[name].view(like.shape)
        part.load_state_dict(taken, assign=True)
    assert next(given, None) is None, "all values have a place"
