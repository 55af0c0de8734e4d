"""The names of a model's tensors in the order in which a person writes the layers down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import fx, nn

__all__ = ["names_in_order"]


def names_in_order(model: nn.Module) -> list[str]:
    """The names of ``state_dict``, branch after branch in the order of the inputs where they meet.

    The order of computation goes level by level through parallel branches; the files of other
    libraries go along each branch to its end, which is what a walk back from the output finds. In
    that order the n-th layer of some shapes is the same one on both sides.
    """
    found = dict.fromkeys(_walk(model, ""))
    return [*found, *(name for name in model.state_dict() if name not in found)]


def _walk(module: nn.Module, prefix: str) -> Iterator[str]:
    from torch import fx, nn

    if isinstance(module, fx.GraphModule):
        for node in _after_inputs(module.graph):
            if node.op == "call_module":
                name = str(node.target)
                yield from _walk(module.get_submodule(name), f"{prefix}{name}.")
    elif isinstance(module, nn.Sequential):
        for name, part in module.named_children():
            yield from _walk(part, f"{prefix}{name}.")
    else:
        yield from (prefix + name for name in module.state_dict())


def _after_inputs(graph: fx.Graph) -> Iterator[fx.Node]:
    """The nodes that the output needs, each after all that it needs, first inputs first."""
    done: set[fx.Node] = set()
    waiting = [next(node for node in graph.nodes if node.op == "output")]
    while waiting:
        node = waiting[-1]
        ahead = [before for before in node.all_input_nodes if before not in done]
        if node in done or not ahead:
            waiting.pop()
            if node not in done:
                done.add(node)
                yield node
        else:
            waiting.append(ahead[0])
