"""A block that a person made: a graph inside, with named parameters, repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final

from typing_extensions import override

from engine.blocks.base import Block
from engine.blocks.ends import between_ends, in_repetition
from engine.blocks.hostile import refuse_deep
from engine.blocks.knobs import Knobs, slug
from engine.blocks.starting import START, START_KNOBS
from engine.errors import FoveaError, suggest
from engine.graph.analysis import analyse_inside
from engine.graph.builder import GraphBuilder
from engine.graph.facts import layer_facts
from engine.graph.records import MAX_NODES, Graph
from engine.layers.base import LAYERS, Layer, Misfit, Shape, TooLarge, TooSmall
from engine.layers.ends import Entry, Source
from engine.spec import Instance, Spec, compose, param

if TYPE_CHECKING:
    from torch import nn

__all__ = ["MOST_LEVELS", "MOST_REPEATS", "Custom"]

MOST_LEVELS: Final = 8
MOST_REPEATS: Final = 100
_LONGEST: Final = 60


class _OfInstance:
    """An attribute that the class has, too, for the palette: what a new block would have."""

    def __init__(self, of_class: Any, get: Callable[[Custom], Any]) -> None:
        self._of_class, self._get = of_class, get

    def __get__(self, instance: Custom | None, owner: type[Custom]) -> Any:
        return self._of_class if instance is None else self._get(instance)


@LAYERS.register
class Custom(Block):
    """A graph as one node, as a person made it with "Group into block" or by opening a block.

    ``inner`` has an ``Entry`` node for each input, in the order of its nodes, and one ``Result``.
    ``knobs`` name settings inside; their values are this use's own, what the inner graph says at
    those places is the default. With ``repeats`` the graph is chained: each repetition gets what
    the one before gives, so that output channels may differ from input channels; a knob's ``later``
    holds from the second one on. Modules are nested under the block's name (``stage.conv1``), in
    repetitions under their number (``stage.0.conv1``).

    A block carries its definition: changing one use changes no other. Nothing about it is wrong to
    draw; only more than 8 levels of blocks in each other, more than 10,000 nodes with repetitions
    counted (FV-P007), and knobs that lead nowhere (FV-H001) are refused.
    """

    kind = "custom"
    title: ClassVar[Any] = _OfInstance("Custom block", lambda block: block.label)
    summary = (
        "A block of your own: open it to change what is inside, name its parameters, repeat it."
    )
    min_inputs: ClassVar[Any] = _OfInstance(1, lambda block: len(block.entries))
    max_inputs: ClassVar[Any] = _OfInstance(1, lambda block: len(block.entries))

    label: str = param("Custom block", hidden=True, help="What the block is called on the canvas.")
    repeats: int = param(
        1,
        ge=1,
        le=MOST_REPEATS,
        search=(1, 4),
        help="How many times the block is chained; 1 is the block alone. Deeper models see more "
        "of the image and learn harder tasks, and take longer.",
    )
    inner: Instance[Graph] = param(START, hidden=True, help="The nodes and wires inside.")
    knobs: Instance[Knobs] = param(START_KNOBS, hidden=True, help="The named parameters.")

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other or not isinstance(other, Custom):
            return self is other
        return self._hash == other._hash and self._fields == other._fields

    @cached_property
    def _fields(self) -> tuple[object, ...]:
        return (self.label, self.repeats, self.knobs, self.inner)

    @cached_property
    def _hash(self) -> int:
        """Remembered: what is known about a block is looked up by it with every edit."""
        return hash(self._fields)

    @override
    def validate_together(self) -> None:
        if not 0 < len(self.label) <= _LONGEST or not self.label.isprintable():
            raise FoveaError(
                "FV-H001",
                "This cannot be the name of a block.",
                where="label",
                why=f"A name is a text of 1 to {_LONGEST} characters.",
            )
        if self.nesting > MOST_LEVELS:
            raise FoveaError(
                "FV-P007",
                f"Blocks lie in each other on {self.nesting} levels.",
                where="inner",
                why=f"The limit is {MOST_LEVELS} levels.",
                kept="The model is unchanged.",
                fix="Ungroup one of the blocks.",
            )
        _check_knobs(self)
        if self.node_count > MAX_NODES:
            raise FoveaError(
                "FV-P007",
                f"“{self.label}” would stand for {self.node_count:,} nodes.",
                where="repeats",
                why=f"The limit is {MAX_NODES:,} nodes, repetitions counted.",
                kept="The model is unchanged.",
                fix="Repeat the block, or a block inside it, less often.",
            )

    @classmethod
    @override
    def from_json(cls, value: Any, pointer: str = "") -> Custom:
        """The block that a JSON object describes; see :meth:`Spec.from_json`.

        Depth and size are looked at before anything is made.
        """
        refuse_deep(value, pointer, MOST_LEVELS, MAX_NODES)
        return super().from_json(value, pointer)

    @property
    @override
    def suggested_id(self) -> str:
        """Made of the label: ``"Stage 2"`` gives ``stage_2``."""
        return slug(self.label) or "block"

    @property
    @override
    def node_count(self) -> int:
        return self._count

    @cached_property
    def _count(self) -> int:
        later = (self.repeats - 1) * self._later.node_count if self.repeats > 1 else 0
        return self.opened.node_count + later

    @property
    @override
    def nesting(self) -> int:
        return 1 + self.inner.nesting

    @cached_property
    def entries(self) -> tuple[str, ...]:
        """The ids of the nodes where its inputs enter, in their order."""
        return tuple(node.id for node in self.inner.nodes if isinstance(node.layer, Entry))

    @cached_property
    def opened(self) -> Graph:
        """The graph inside with the knobs' values, as it is in the first repetition."""
        return turned(self.inner, self.knobs)

    @cached_property
    def _later(self) -> Graph:
        """As :attr:`opened`, from the second repetition on."""
        return turned(self.inner, self.knobs.after_the_first())

    @property
    def settings(self) -> Spec | None:
        """The knobs' values as a Spec of their own, for forms and addresses; None without knobs."""
        if not self.knobs:
            return None
        parts = []
        for knob in self.knobs:
            owner, name = setting(self.inner, knob.targets[0])
            parts.append((knob.id, type(owner), name, knob.label, getattr(owner, name)))
        return _settings_class(tuple(parts))(**{knob.id: knob.value for knob in self.knobs})

    def with_settings(self, settings: Spec) -> Custom:
        """The block with other values of its knobs; raises FoveaError FV-H001."""
        knobs = self.knobs.with_values(settings.values())
        return self if knobs == self.knobs else self.with_(knobs=knobs)

    def with_inner(self, graph: Graph) -> Custom:
        """The block with another graph inside, ``graph`` being an edited :attr:`opened`.

        A driven setting that was changed changes its knob, and with it all that the knob drives.
        Knobs lose targets that are gone, and disappear with their last one. Raises FoveaError
        FV-P007 when the block becomes too large.
        """
        if graph == self.opened:
            return self
        kept, defaults = [], []
        for knob in self.knobs:
            found = {name: value(graph, name) for name in knob.targets if _leads(graph, name)}
            if not found:
                continue
            new = next((now for now in found.values() if now != knob.value), knob.value)
            kept.append(replace(knob, targets=tuple(found), value=new))
            for name in found:
                old = value(self.inner, name) if _leads(self.inner, name) else new
                defaults.append((name, old))
        return self.with_(inner=put_all(graph, defaults), knobs=Knobs(tuple(kept)))

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        return self._once(inputs) if self.repeats == 1 else self._chain(inputs)

    def repetition(self, number: int) -> Custom:
        """One repetition as a block of its own, counted from 0."""
        if number == 0:
            return self if self.repeats == 1 else self.with_(repeats=1)
        return self.with_(repeats=1, knobs=self.knobs.after_the_first())

    def _once(self, inputs: tuple[Shape, ...]) -> Graph:
        analysis = analyse_inside(self.opened, inputs)
        for problem in analysis.problems:
            raise self._misfit(problem.message, problem.where, problem.code, analysis)
        if not self.entries:
            raise Misfit(f"“{self.label}” has no input: open it and add “{Entry.title}”.")
        return between_ends(self.opened, inputs)

    def _chain(self, inputs: tuple[Shape, ...]) -> Graph:
        if len(self.entries) != 1:
            raise Misfit(
                f"“{self.label}” is repeated and has {len(self.entries)} inputs. Only a block with "
                "one input can be chained: set its repetitions to 1.",
                "repeats",
            )
        make = GraphBuilder()
        make.add("input", Source.of(inputs[0]))
        first, later = self.repetition(0), self.repetition(1)
        shape = inputs[0]
        for number in range(self.repeats):
            block = later if number else first
            facts = layer_facts(block, (shape,))
            if isinstance(facts, Misfit):
                raise in_repetition(facts, number, self.repeats)
            shape = facts.shape
            make.add(f"repetition{number}", block)
        return make.graph()

    def _misfit(self, message: str, where: str, code: str, analysis: Any) -> Misfit:
        """The first problem inside in the words of the place where the block stands."""
        for port, name in enumerate(self.entries if where not in self.entries else ()):
            message = message.replace(f"“{name}”", f"{{{port}}}")
        at = f" at “{where}”" if where and f"“{where}”" not in message else ""
        kind = {TooSmall.code: TooSmall, TooLarge.code: TooLarge}.get(code, Misfit)
        fault = f"{where}.{analysis.nodes[where].param}" if where in analysis.nodes else ""
        knob = self.knobs.by_target.get(fault)
        return kind(f"Inside “{self.label}”{at}: {message}", knob.id if knob else None)

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        if self.repeats == 1:
            return super().build(inputs)
        from torch import nn

        self.shape(inputs)
        made: list[nn.Module] = []
        for number in range(self.repeats):
            block = self.repetition(number)
            made.append(block.build(inputs))
            inputs = (block.shape(inputs),)
        return nn.Sequential(*made)


_settings_class = lru_cache(1024)(lambda parts: compose("Parameters", parts))


def setting(graph: Graph, target: str) -> tuple[Spec, str]:
    """The spec and the name of the setting at an address inside: ``"conv1.stride"``.

    Raises FoveaError FV-H003 when it leads nowhere.
    """
    name, *rest = target.split(".")
    if name not in graph or not rest:
        raise _nowhere(target, suggest(name, graph.by_id))
    return _setting(graph.by_id[name].layer, rest)


def _setting(layer: Layer, names: Sequence[str]) -> tuple[Spec, str]:
    if isinstance(layer, Custom):
        if len(names) == 1 and names[0] in layer.knobs and layer.settings is not None:
            return layer.settings, names[0]
        if len(names) > 1:
            return setting(layer.opened, ".".join(names))
    item = layer.param(names[0])
    if len(names) > 1 or item.type in ("spec", "value"):
        raise _nowhere(".".join(names))
    return layer, item.name


def value(graph: Graph, target: str) -> Any:
    """The value of the setting at an address inside; raises FoveaError FV-H003."""
    owner, name = setting(graph, target)
    return getattr(owner, name)


def _leads(graph: Graph, target: str) -> bool:
    try:
        setting(graph, target)
    except FoveaError:
        return False
    return True


def put_all(graph: Graph, values: Sequence[tuple[str, Any]]) -> Graph:
    """The graph with other values of settings inside, given by their addresses.

    Nodes that keep theirs stay the same objects; settings of one node are changed together, since
    some are only allowed with others. Raises FoveaError FV-H001, FV-H002 or FV-H003.
    """
    by_node: dict[str, list[tuple[str, Any]]] = {}
    for target, new in values:
        setting(graph, target)
        name, rest = target.split(".", 1)
        by_node.setdefault(name, []).append((rest, new))
    nodes = []
    for node in graph.nodes:
        layer = _put(node.layer, by_node[node.id]) if node.id in by_node else node.layer
        nodes.append(node if layer is node.layer else replace(node, layer=layer))
    made = tuple(nodes)
    return graph if made == graph.nodes else replace(graph, nodes=made)


def _put(layer: Layer, values: Sequence[tuple[str, Any]]) -> Layer:
    own = {name: new for name, new in values if "." not in name}
    if isinstance(layer, Custom):
        turn = {name: own.pop(name) for name in tuple(own) if name in layer.knobs}
        if turn and layer.settings is not None:
            layer = layer.with_settings(layer.settings.with_(**turn))
        deeper = [(name, new) for name, new in values if "." in name]
        layer = layer.with_inner(put_all(layer.opened, deeper)) if deeper else layer
    changed = {name: new for name, new in own.items() if getattr(layer, name) != new}
    return layer.with_(**changed) if changed else layer


def turned(graph: Graph, knobs: Knobs) -> Graph:
    """The graph with the values of knobs in the settings that they drive."""
    return put_all(graph, [(name, knob.value) for knob in knobs for name in knob.targets])


def _check_knobs(block: Custom) -> None:
    """Every knob leads somewhere that no other one drives, with values that are allowed there."""
    driven: set[str] = set()
    ids: set[str] = set()
    for number, knob in enumerate(block.knobs):
        where = f"knobs/{number}"
        if knob.id in ids or knob.id in type(block).model_fields:
            raise FoveaError("FV-H001", f"The parameter “{knob.id}” is there twice.", where=where)
        ids.add(knob.id)
        for place, target in enumerate(knob.targets):
            try:
                setting(block.inner, target)
            except FoveaError as error:
                error.code, error.where = "FV-H001", f"{where}/targets/{place}"
                raise
            if target in driven:
                what = f"Two parameters drive “{target}”."
                raise FoveaError("FV-H001", what, where=f"{where}/targets/{place}")
            driven.add(target)
    try:
        _ = block.opened
        if any(knob.later is not None for knob in block.knobs):
            _ = block._later
    except FoveaError as error:
        error.where = "knobs"
        raise


def _nowhere(target: str, fix: str = "") -> FoveaError:
    return FoveaError(
        "FV-H003",
        f"There is no setting named “{target:.80}”.",
        where=target[:80],
        why="The address leads nowhere in this block.",
        fix=fix,
    )
