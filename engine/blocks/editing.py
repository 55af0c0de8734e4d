"""Changing what is inside blocks: pure edits, at any depth of a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, cast

from engine.blocks.base import Block
from engine.blocks.custom import Custom, put_all, setting, value
from engine.blocks.knobs import MAX_KNOBS, Knob, Knobs, slug, usable
from engine.errors import FoveaError
from engine.graph.edits import arrange, set_layer
from engine.graph.records import Graph, Node, Wire, valid_id
from engine.layers.base import Layer, Misfit, Shape
from engine.layers.ends import Entry, Result, Source

__all__ = [
    "Definition",
    "definitions",
    "expose",
    "expose_all",
    "fresh",
    "open_block",
    "relabel",
    "replace_everywhere",
    "same_definition",
    "set_inner",
    "set_later",
    "unexpose",
]


def set_inner(block: Custom, graph: Graph) -> Custom:
    """The block with another graph inside; see :meth:`Custom.with_inner`."""
    return block.with_inner(graph)


def open_block(block: Block, inputs: tuple[Shape, ...]) -> Custom:
    """A ready-made block for inputs of these shapes as one whose inside can be edited.

    It has the same nodes under the same names, so the same parameters, costs, starting weights and
    results. Settings of the block that are found as they are inside become its knobs; one that
    changes which nodes there are, such as a stride that needs a shortcut, does not. Raises Misfit
    when the block cannot work on ``inputs``. A block of this kind is given back as it is.
    """
    if isinstance(block, Custom):
        return block
    bare = block.graph(inputs)
    nodes = tuple(
        replace(node, layer=Entry()) if isinstance(node.layer, Source) else node
        for node in bare.nodes
    )
    end = next(n for n in ("output", "result", "block_output") if n not in bare)
    wires = (*bare.wires, Wire(bare.nodes[-1].id, end))
    inner = arrange(Graph((*nodes, Node(end, Result())), wires))
    return Custom(label=block.title, inner=inner, knobs=_found_knobs(block, inputs, bare))


def _found_knobs(block: Block, inputs: tuple[Shape, ...], bare: Graph) -> Knobs:
    """The block's settings that some nodes inside have under whatever name, found by trying."""
    knobs, driven = [], set()
    for item in block.params():
        if item.type in ("spec", "value") or not usable(item.name):
            continue
        targets = [t for t in _followers(block, inputs, bare, item.name) if t not in driven]
        if targets:
            driven |= set(targets)
            present = getattr(block, item.name)
            knobs.append(Knob(item.name, item.label, tuple(targets), present))
    return Knobs(tuple(knobs))


def _followers(block: Block, inputs: tuple[Shape, ...], bare: Graph, name: str) -> list[str]:
    """The settings inside that take whatever value the block's own setting ``name`` has."""
    now = getattr(block, name)
    found: list[str] | None = None
    for other in _others(block, name):
        try:
            graph = block.with_(**{name: other}).graph(inputs)
        except (FoveaError, Misfit):
            continue
        if tuple(graph.by_id) != tuple(bare.by_id) or graph.wires != bare.wires:
            return []
        changed = _differences(bare, graph)
        if any((before, after) != (now, other) for before, after in changed.values()):
            return []
        found = list(changed) if found is None else [t for t in found if t in changed]
    return found or []


def _others(block: Block, name: str) -> list[Any]:
    item, now = block.param(name), getattr(block, name)
    if item.type == "bool":
        return [not now]
    if item.type == "choice":
        return [choice for choice in item.choices if choice != now]
    if item.type in ("int", "float") and now is not None:  # an empty one follows from the others
        # Two more as well, since a window may have to be odd.
        return [number for number in (now + 1, now + 2, now * 2) if number != now]
    return []


def _differences(before: Graph, after: Graph) -> dict[str, tuple[Any, Any]]:
    found: dict[str, tuple[Any, Any]] = {}
    for old, new in zip(before.nodes, after.nodes, strict=True):
        if type(old.layer) is not type(new.layer):
            return {"": (None, None)}
        for name, was in old.layer.values().items():
            if was != getattr(new.layer, name):
                found[f"{old.id}.{name}"] = (was, getattr(new.layer, name))
    return found


def expose(block: Custom, target: str, label: str = "", knob: str = "") -> Custom:
    """The block with the setting at ``target`` (``"conv1.stride"``) as a parameter of its own.

    ``label`` is what forms call it, by default what the setting is called there; its id, which
    addresses name, is made of it: ``Width`` is ``model.stage.width``. With ``knob``, the
    id of a parameter that there is, the setting joins those that it drives and takes its value.
    Raises FoveaError FV-H003 when there is no such setting, FV-M011 when it is driven already.
    """
    if target in block.knobs.by_target:
        known = block.knobs.by_target[target]
        raise _refused(f"“{target}” is a parameter of the block already: “{known.label}”.", target)
    if len(block.knobs) >= MAX_KNOBS:
        raise _refused(f"A block has at most {MAX_KNOBS} parameters.", target)
    owner, name = setting(block.opened, target)
    if knob:
        items = [
            replace(k, targets=(*k.targets, target)) if k.id == knob else k for k in block.knobs
        ]
    else:
        item = owner.param(name)
        wish = slug(label) if label and label != item.label else name
        new = Knob(_free_name(block, wish), label or item.label, (target,), getattr(owner, name))
        items = [*block.knobs, new]
    return block.with_(knobs=Knobs(tuple(items)))


def expose_all(block: Custom, wishes: Iterable[tuple[str, str]]) -> Custom:
    """The block with several settings as parameters; ``wishes`` are pairs of target and label.

    Settings that are to have one label and have one value become one parameter, which drives them
    all: the channels of two convolutions whose results are added. Of settings that have other
    values, all but the first are called after their node. Raises FoveaError as :func:`expose`.
    """
    for target, label in wishes:
        owner, name = setting(block.opened, target)
        item, now = owner.param(name), getattr(owner, name)
        words = label or item.label
        alike = [k for k in block.knobs if k.label == words]
        joined = next((k for k in alike if _one_value(k.value, now)), None)
        if joined is not None:
            block = expose(block, target, knob=joined.id)
        else:
            own = f"{words} of {target.rpartition('.')[0]}" if alike else words
            block = expose(block, target, own)
    return block


def _one_value(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


def unexpose(block: Custom, knob: str) -> Custom:
    """The block without one of its parameters; the settings inside keep the value it has."""
    gone = block.knobs.by_id.get(knob)
    if gone is None:
        return block
    kept = Knobs(tuple(k for k in block.knobs if k is not gone))
    inner = put_all(block.inner, [(name, gone.value) for name in gone.targets])
    return block.with_(inner=inner, knobs=kept)


def relabel(block: Custom, knob: str, label: str) -> Custom:
    """The block with another label of one of its parameters; raises FoveaError FV-H001."""
    if not 0 < len(label) <= 80:
        raise FoveaError("FV-H001", "A label is a text of 1 to 80 characters.", where=knob)
    return _with_knob(block, knob, label=label)


def set_later(block: Custom, knob: str, later: Any) -> Custom:
    """The block with another value of a parameter from the second repetition on.

    ``None`` is the same value in all. Raises FoveaError FV-H001 for a value that is not allowed.
    """
    return _with_knob(block, knob, later=later)


def _with_knob(block: Custom, knob: str, **changes: Any) -> Custom:
    items = tuple(replace(k, **changes) if k.id == knob else k for k in block.knobs)
    return block if items == block.knobs.items else block.with_(knobs=Knobs(items))


def _free_name(block: Custom, wish: str) -> str:
    taken = {*block.knobs.by_id, *type(block).model_fields}
    stem = wish if usable(wish) and valid_id(wish) else "parameter"
    names = (stem if number == 1 else f"{stem[:36]}_{number}" for number in range(1, MAX_KNOBS + 9))
    return next(name for name in names if name not in taken)


@dataclass(frozen=True)
class Definition:
    """What uses of one block have in common, and how many uses there are."""

    block: Custom
    uses: int


def same_definition(one: Layer, other: Layer) -> bool:
    """Whether two blocks differ in nothing but values, repetitions and places on the canvas."""
    if isinstance(one, Custom) and isinstance(other, Custom):
        return _core(one) == _core(other)
    return False


def _find_core(block: Custom) -> Custom:
    """The block without what belongs to one use of it."""
    nodes = tuple(replace(node, x=0.0, y=0.0) for node in block.inner.nodes)
    inner = replace(block.inner, nodes=nodes)
    return fresh(block).with_(inner=inner)


# The cast is for type checkers, which do not see that a frozen Spec is hashable.
_core = cast("Callable[[Custom], Custom]", lru_cache(4096)(_find_core))


def fresh(block: Custom) -> Custom:
    """A new use of the block's definition: its default values, not repeated."""
    plain = {k.id: value(block.inner, k.targets[0]) for k in block.knobs}
    return block.with_(knobs=block.knobs.with_values(plain), repeats=1)


def definitions(graph: Graph) -> tuple[Definition, ...]:
    """Every block that is used anywhere in the model, at any depth, outermost first."""
    found: dict[Custom, list[Custom]] = {}
    for block in _blocks(graph):
        found.setdefault(_core(block), []).append(block)
    return tuple(Definition(uses[0], len(uses)) for uses in found.values())


def _blocks(graph: Graph) -> Iterator[Custom]:
    deeper: list[Graph] = [graph]
    while deeper:
        at, deeper = deeper, []
        for place in at:
            for node in place.nodes:
                if isinstance(node.layer, Custom):
                    yield node.layer
                    deeper.append(node.layer.inner)


def replace_everywhere(graph: Graph, old: Custom, new: Custom) -> Graph:
    """The model in which every use of ``old``'s definition has ``new``'s, at any depth.

    Each use keeps its repetitions and the values of parameters that both have; a parameter that
    ``new`` alone has takes ``new``'s value.
    """
    core = _core(old)

    def changed(layer: Layer) -> Layer:
        if not isinstance(layer, Custom):
            return layer
        if _core(layer) == core:
            values = {k.id: k.value for k in layer.knobs}
            return new.with_(knobs=new.knobs.with_values(values), repeats=layer.repeats)
        inner = replace_everywhere(layer.inner, old, new)
        return layer if inner is layer.inner else layer.with_(inner=inner)

    for node in graph.nodes:
        graph = set_layer(graph, node.id, changed(node.layer))
    return graph


def _refused(what: str, where: str) -> FoveaError:
    return FoveaError("FV-M011", what, where=where, kept="The block is unchanged.")
