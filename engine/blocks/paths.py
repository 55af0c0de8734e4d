"""Looking into blocks and changing them at any depth, by the path of the ids that lead there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.blocks.base import Block
from engine.blocks.custom import Custom
from engine.blocks.editing import open_block, replace_everywhere, same_definition
from engine.graph.analysis import Analysis, analyse, analyse_inside
from engine.graph.edits import set_layer
from engine.graph.records import Graph
from engine.layers.base import Frame, Misfit

__all__ = ["View", "look", "write", "write_block"]


@dataclass(frozen=True)
class View:
    """What is to be seen at a place in a model.

    Attributes:
        path: the ids of the blocks that lead there; empty for the model itself.
        blocks: the block at each step; ready-made ones as :func:`open_block` gives them.
        graph: the nodes and wires there, with the values that they have in this use.
        analysis: what is known about them, for the shapes that arrive there.
    """

    path: tuple[str, ...]
    blocks: tuple[Custom, ...]
    graph: Graph
    analysis: Analysis


def look(model: Graph, frame: Frame, path: Sequence[str]) -> View:
    """The graph at ``path``, or at as much of it as there is in this model.

    In a block that is repeated it is the first repetition. A ready-made block can be looked into
    where the shapes that arrive are known: its inside depends on them.
    """
    view = View((), (), model, analyse(model, frame))
    for name in path:
        deeper = _step(view, name)
        if deeper is None:
            break
        view = deeper
    return view


def _step(view: View, name: str) -> View | None:
    node = view.graph.by_id.get(name)
    if node is None or not isinstance(node.layer, Block):
        return None
    inputs = view.analysis.nodes[name].inputs
    if not isinstance(node.layer, Custom) and not inputs:
        return None
    try:
        block = open_block(node.layer, inputs)
    except Misfit:
        return None
    graph = block.opened
    found = analyse_inside(graph, inputs)
    return View((*view.path, name), (*view.blocks, block), graph, found)


def write(
    model: Graph, frame: Frame, path: Sequence[str], graph: Graph, *, everywhere: bool = False
) -> Graph:
    """The model with another graph at ``path``; the model itself when nothing differs.

    A ready-made block on the way becomes one of the person's own, since only those can differ from
    what they were. With ``everywhere`` all uses of the innermost block's definition change with it.
    Raises FoveaError FV-P007 when the model becomes too large.
    """
    if not path:
        return graph
    here = look(model, frame, path)
    if here.path != tuple(path) or here.graph == graph:
        return model
    after = here.blocks[-1].with_inner(graph)
    return write_block(model, frame, path, after, everywhere=everywhere)


def write_block(
    model: Graph, frame: Frame, path: Sequence[str], after: Custom, *, everywhere: bool = False
) -> Graph:
    """The model with another block at ``path``; see :func:`write`."""
    outer = look(model, frame, path[:-1])
    here = _step(outer, path[-1])
    if here is None or here.blocks[-1] == after:
        return model
    before = here.blocks[-1]
    written = write(model, frame, path[:-1], set_layer(outer.graph, path[-1], after))
    if everywhere and not same_definition(before, after):
        return replace_everywhere(written, before, after)
    return written
