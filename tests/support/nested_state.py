"""Weights of torchvision's models in ours, in the order in which both are written."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn

from engine.blocks.base import Block, inside
from engine.compile.assemble import module_names
from engine.layers.base import Layer, Shape

__all__ = ["entries", "fill", "hand_over"]


def fill(module: nn.Module) -> nn.Module:
    """The module, made without values, with random ones that keep activations near 1.

    Statistics and factors are anything but 0 and 1, so that each of them counts.
    """
    stream = torch.Generator().manual_seed(0)
    state: dict[str, Tensor] = {}
    for name, like in module.state_dict().items():
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(0)
        elif like.shape[1:].numel() > 1:
            state[name] = torch.randn(like.shape, generator=stream) * math.sqrt(2 / like[0].numel())
        elif name.endswith(("bias", "mean")):
            state[name] = torch.rand(like.shape, generator=stream) - 0.5
        else:
            state[name] = torch.rand(like.shape, generator=stream) + 0.5
    module.load_state_dict(state, assign=True)
    return module.eval()


def entries(
    layer: Layer, inputs: tuple[Shape, ...], module: nn.Module
) -> Iterator[tuple[nn.Module, str]]:
    """Where the values of a layer's module are kept; those of a block in the order of its nodes."""
    if not isinstance(layer, Block):
        yield from ((module, name) for name in module.state_dict())
        return
    found = inside(layer, inputs)
    names = module_names(found.graph)
    for node in found.graph.nodes:
        if node.layer.max_inputs != 0:
            part = module.get_submodule(names[node.id])
            yield from entries(node.layer, found.facts[node.id].inputs, part)


def hand_over(values: Iterable[Tensor], places: Iterable[tuple[nn.Module, str]]) -> None:
    """Puts the values into the places, in order; none is left on either side, none is copied.

    A linear layer's ``[out, in]`` may go into a 1 x 1 convolution's ``[out, in, 1, 1]``.
    """
    for value, (module, name) in zip(list(values), list(places), strict=True):
        like = module.state_dict()[name]
        assert like.shape[: value.ndim] == value.shape, name
        assert like.shape[value.ndim :].numel() == 1, name
        module.load_state_dict({name: value.view(like.shape)}, strict=False, assign=True)
