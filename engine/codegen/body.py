"""One graph as the body of one class: its modules, and a forward pass in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from engine.blocks.base import Block
from engine.codegen.expressions import parse
from engine.codegen.printer import fits
from engine.codegen.variables import Flow, variables
from engine.compile.plan import fitting_in_place, module_names
from engine.graph.facts import NodeFacts
from engine.graph.records import Graph
from engine.layers.base import Frame, Layer, Shape
from engine.layers.code import UNCHANGED, Code, Make

__all__ = ["Body", "Step", "body", "depth_first"]

Constructor = Callable[[Layer, tuple[Shape, ...]], Make]
_BLOCK = "{module}({all})"


@dataclass(frozen=True, slots=True)
class Step:
    """One node: its module, if it needs one, and its line in ``forward``.

    Attributes:
        node: the node's id.
        name: the attribute that holds the module.
        make: the module's constructor; None where the line needs no module.
        source: the node that feeds it first, or the one behind nodes that change nothing.
        shape: what it gives.
        target: the variable for the result; empty when it is returned.
        expression: what is computed.
        start: statements that set starting values.
    """

    node: str
    name: str
    make: Make | None
    source: str
    shape: Shape
    target: str
    expression: str
    start: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """A class but for its name.

    Attributes:
        entries: the ids and shapes of the nodes that are arguments of ``forward``.
        arguments: what they are called there.
        steps: everything that is computed, in order.
        result: the id of the node whose value is returned, or of the one that made that value.
        returned: the variable to return; empty when the last step returns its result.
        helpers, imports: what the modules need.
    """

    entries: tuple[tuple[str, Shape], ...]
    arguments: tuple[str, ...]
    steps: tuple[Step, ...]
    result: str
    returned: str
    helpers: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


def body(
    graph: Graph,
    facts: Mapping[str, NodeFacts],
    result: str,
    construct: Constructor,
    frame: Frame | None = None,
) -> Body:
    """The class that computes the node ``result``, as ``compile.assemble`` builds it.

    ``construct`` gives the constructors of blocks.
    """
    names, codes = module_names(graph), {}
    order = depth_first(graph, result)
    for name in order:
        layer = fitting_in_place(graph, graph.by_id[name])
        layer = layer.bind(frame) if frame else layer
        if layer.max_inputs != 0:
            codes[name] = _Coded(layer, facts[name].inputs, construct)
    flow = _flow(graph, order, codes)
    entries = tuple(node.id for node in graph.nodes if node.layer.max_inputs == 0)
    called = variables(flow, entries, flow.root(result))
    steps = []
    for name in flow.order:
        sources = [called[flow.root(wire.source)] for wire in graph.arriving(name)]
        target = "" if name == flow.order[-1] and name == flow.root(result) else called[name]
        source = flow.root(graph.arriving(name)[0].source)
        coded = codes[name].written(names[name], sources, target)
        shape = facts[name].shape or ()
        steps.append(replace(coded, node=name, source=source, shape=shape, target=target))
    used = [codes[step.node].code for step in steps]
    inline = bool(steps) and steps[-1].node == flow.root(result)
    return Body(
        entries=tuple((name, facts[name].shape or ()) for name in entries),
        arguments=tuple(called[name] for name in entries),
        steps=tuple(steps),
        result=flow.root(result),
        returned="" if inline else called[flow.root(result)],
        helpers=tuple(dict.fromkeys(name for code in used for name in code.helpers)),
        imports=tuple(dict.fromkeys(line for code in used for line in code.imports)),
    )


class _Coded:
    """The code of one node, before it is known what its inputs are called."""

    def __init__(self, layer: Layer, inputs: tuple[Shape, ...], construct: Constructor) -> None:
        self._layer, self._inputs = layer, inputs
        self._block = construct(layer, inputs) if isinstance(layer, Block) else None
        self.code = Code(call=_BLOCK) if self._block else layer.code(inputs)

    def written(self, name: str, sources: list[str], target: str) -> Step:
        """The step, but for what only the graph knows."""
        expression = _call(self.code, name, sources)
        long = not fits(2, f"{target or 'return'} = {expression}")
        if long and not self._block and not _splits(self.code.call):
            self.code = self._layer.make(self._inputs).code()
            expression = _call(self.code, name, sources)
        make = self._block or (parse(self.code.build) if self.code.build else None)
        start = tuple(line.format(module=f"self.{name}") for line in self.code.start)
        return Step("", name, make, "", (), "", expression, start)


def _call(code: Code, name: str, sources: list[str]) -> str:
    return code.call.format(*sources, module=f"self.{name}", all=", ".join(sources))


def _splits(call: str) -> bool:
    """Whether the printer can split a call that is too long."""
    plain = call.startswith(("{module}(", "torch.")) and call.endswith(")")
    return (plain and ")." not in call) or (call.count("+") > 1 and "[" not in call)


def depth_first(graph: Graph, result: str) -> list[str]:
    """The nodes that ``result`` needs, each behind what feeds it, branch after branch."""
    done: dict[str, None] = {}
    stack = [(result, False)]
    while stack:
        name, ready = stack.pop()
        if name in done:
            continue
        if ready:
            done[name] = None
            continue
        stack.append((name, True))
        stack += [(wire.source, False) for wire in reversed(graph.arriving(name))]
    return list(done)


def _flow(graph: Graph, order: list[str], codes: Mapping[str, _Coded]) -> Flow:
    """Who reads whose value; nodes that change nothing are left out."""
    same = {
        name: graph.arriving(name)[0].source
        for name, coded in codes.items()
        if coded.code.call == UNCHANGED and not coded.code.build
    }
    flow = Flow(same)
    for name in order:
        if name in codes and name not in same:
            flow.add(name, [wire.source for wire in graph.arriving(name)])
    return flow
