"""Shapes, costs, receptive fields and problems of a graph, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.graph.facts import Analysis, NodeFacts, layer_facts
from engine.graph.order import find_loop, topological
from engine.graph.records import Graph, Node
from engine.graph.smallest import smallest_side
from engine.layers.base import Frame, Layer, Misfit, Reach, Shape, TooSmall
from engine.layers.ends import Entry, Input, Output, Result, Source
from engine.problems import Problem

__all__ = ["Analysis", "NodeFacts", "analyse", "analyse_inside", "walk"]

_Ends = dict[type[Layer], str]


def analyse(graph: Graph, frame: Frame) -> Analysis:
    """Everything that is known about ``graph`` for images and classes as in ``frame``.

    Takes linear time and never raises: a wrong graph gives problems. A node that is fed by a wrong
    one is not wrong itself, it waits. The same graph is not analysed twice in a row: while a slider
    of another page moves, several places ask about it with every step.
    """
    global _latest
    known, told, found = _latest
    if graph is not known or frame != told or found is None:
        found = _analyse(graph, frame)
        _latest = (graph, frame, found)  # one assignment: other threads see the old or the new
    return found


def analyse_inside(graph: Graph, inputs: Sequence[Shape | None]) -> Analysis:
    """Everything that is known about the inside of a block where ``inputs`` arrive.

    The graph has an ``Entry`` for each input, in the order of its nodes, and a ``Result``.
    Receptive fields are told in places of the input. Never raises; an unknown input is a problem
    of its entry.
    """
    shapes = iter(inputs)
    nodes = []
    for node in graph.nodes:
        shape = next(shapes, None) if isinstance(node.layer, Entry) else None
        nodes.append(replace(node, layer=Source.of(shape)) if shape else node)
    return _analyse(replace(graph, nodes=tuple(nodes)), None)


_latest: tuple[Graph | None, Frame | None, Analysis | None] = (None, None, None)


def _analyse(graph: Graph, frame: Frame | None) -> Analysis:
    facts = walk(graph, frame)
    order = tuple(facts)
    ends = _ends(graph)
    missing = _missing_ends(ends) if frame else _missing_result(ends)
    _add_loop(graph, order, facts)
    _add_dead_ends(graph, Output if frame else Result, ends, facts)
    found = [
        Problem("error", fact.problem, name, fact.fix, fact.code, _meant(graph, order, fact))
        for name, fact in facts.items()
        if fact.problem
    ]
    return Analysis(
        nodes=facts,
        problems=(*missing, *found),
        order=order,
        parameters=sum(fact.parameters for fact in facts.values()),
        macs=sum(fact.macs for fact in facts.values()),
        activations=sum(fact.activations for fact in facts.values()),
    )


def walk(graph: Graph, frame: Frame | None) -> dict[str, NodeFacts]:
    """The facts of the nodes in an order of computation; nodes in or behind a loop are missing.

    Without a frame the graph is the inside of a block and begins with ``Source`` nodes.
    """
    ends = _ends(graph)
    facts: dict[str, NodeFacts] = {}
    for name in topological(graph):
        facts[name] = _node_facts(graph, frame, graph.by_id[name], ends, facts)
    return facts


def _node_facts(
    graph: Graph, frame: Frame | None, node: Node, ends: _Ends, known: dict[str, NodeFacts]
) -> NodeFacts:
    sources = [wire.source for wire in graph.arriving(node.id)]
    wrong = (
        _misplaced(graph, node, frame) or _wiring_problem(node, sources) or _second_end(node, ends)
    )
    if wrong is not None:
        return wrong
    for source in sources:
        if known[source].shape is None:
            return NodeFacts(waits_for=known[source].waits_for or source)
    inputs = tuple(known[source].shape or () for source in sources)
    found = layer_facts(node.layer.bind(frame) if frame else node.layer, inputs)
    if isinstance(found, Misfit):
        return _misfit(graph, frame, node, sources, found, inputs)
    seen = _seen([known[source].reach for source in sources], found.reach)
    cost = (found.parameters, found.macs, found.activations)
    return NodeFacts(found.shape, inputs, *cost, seen)


def _seen(before: list[Reach | None], own: Reach | None) -> Reach | None:
    """The image pixels behind a node: its own reach on what the branches together have seen."""
    if not before:
        return own
    joined = before[0]
    for other in before[1:]:
        joined = None if joined is None or other is None else joined.join(other)
    return None if joined is None or own is None else joined.then(own)


def _misfit(
    graph: Graph,
    frame: Frame | None,
    node: Node,
    sources: list[str],
    misfit: Misfit,
    inputs: tuple[tuple[int, ...], ...],
) -> NodeFacts:
    fix = ""
    if isinstance(misfit, TooSmall):
        side = smallest_side(graph, frame, node.id) if frame else None
        larger = f"Use images of at least {side} × {side} px, or a" if side else "Use a"
        fix = f"{larger} smaller window here or fewer steps that shrink the image before it."
    return NodeFacts(
        inputs=inputs,
        problem=misfit.told(sources),
        fix=fix,
        code=misfit.code,
        param=misfit.param or "",
    )


def _misplaced(graph: Graph, node: Node, frame: Frame | None) -> NodeFacts | None:
    if isinstance(node.layer, (Entry, Result) if frame else (Input, Output)):
        belongs = "inside a block" if frame else "to the model, not inside a block"
        use = _COUNTERPARTS[type(node.layer)]
        return NodeFacts(
            problem=f"“{node.id}” ({node.layer.title.lower()}) belongs {belongs}.",
            fix=f"Use “{use}” here instead.",
            code="FV-M002",
        )
    if isinstance(node.layer, Result) and graph.leaving(node.id):
        return NodeFacts(
            problem=f"“{node.id}” is the end of the block: nothing can follow it.",
            fix="Remove the wires that leave it.",
            code="FV-M002",
        )
    return None


_COUNTERPARTS: dict[type[Layer], str] = {
    Entry: Input.title,
    Result: Output.title,
    Input: Entry.title,
    Output: Result.title,
}


def _wiring_problem(node: Node, sources: list[str]) -> NodeFacts | None:
    least, most = node.layer.min_inputs, node.layer.max_inputs
    if len(sources) < least:
        missing = "Nothing is" if not sources else f"Only {len(sources)} of {least} inputs is"
        return NodeFacts(
            problem=f"{missing} connected to “{node.id}”.",
            fix="Draw a wire into it from the node before, or delete it.",
            code="FV-M002",
        )
    if most is not None and len(sources) > most:
        takes = "no input" if most == 0 else "one input" if most == 1 else f"{most} inputs"
        return NodeFacts(
            problem=f"“{node.id}” takes {takes}, but {len(sources)} wires arrive.",
            fix="Join the branches with “Add” or “Concatenate” first, or remove a wire.",
            code="FV-M002",
        )
    return None


def _ends(graph: Graph) -> _Ends:
    """The first node of each end, by its class."""
    found: _Ends = {}
    for node in graph.nodes:
        if isinstance(node.layer, (Input, Output, Result)):
            found.setdefault(type(node.layer), node.id)
    return found


def _second_end(node: Node, ends: _Ends) -> NodeFacts | None:
    first = ends.get(type(node.layer), node.id)
    if first == node.id:
        return None
    noun = "image input" if isinstance(node.layer, Input) else "output of class scores"
    inside = isinstance(node.layer, Result)
    noun = "output of the block" if inside else noun
    return NodeFacts(
        problem=f"“{node.id}” is a second {noun}, after “{first}”.",
        fix=f"A {'block' if inside else 'model'} has one of them: delete the other.",
        code="FV-M002",
    )


def _meant(graph: Graph, order: tuple[str, ...], fact: NodeFacts) -> tuple[str, ...]:
    """The nodes of a loop; other problems are about the node that has them."""
    return find_loop(graph, order) if fact.code == "FV-M001" else ()


def _add_loop(graph: Graph, order: tuple[str, ...], facts: dict[str, NodeFacts]) -> None:
    loop = find_loop(graph, order)
    if not loop:
        return
    first = loop[0]
    way = " → ".join((*loop[:12], "…") if len(loop) > 12 else (*loop, first))
    facts[first] = NodeFacts(
        problem=f"These nodes form a loop: {way}.",
        fix="Remove one of the wires of the loop: a model computes in one direction.",
        code="FV-M001",
    )
    for node in graph.nodes:
        if node.id not in facts:
            facts[node.id] = NodeFacts(waits_for=first)


def _add_dead_ends(
    graph: Graph, end: type[Layer], ends: _Ends, facts: dict[str, NodeFacts]
) -> None:
    if end not in ends:
        return
    for node in graph.nodes:
        fact = facts[node.id]
        if isinstance(node.layer, end) or fact.problem or fact.waits_for or graph.leaving(node.id):
            continue
        facts[node.id] = replace(
            fact,
            problem=f"“{node.id}” leads nowhere: nothing uses what it computes.",
            fix=f"Draw a wire from it towards the {end.title.lower()}, or delete it.",
            code="FV-M002",
        )


def _missing_ends(ends: _Ends) -> list[Problem]:
    missing = []
    if Input not in ends:
        fix = "Add “Image” and draw a wire from it to the first layer."
        missing.append(Problem("error", "The model has no image input.", "", fix, "FV-M002"))
    if Output not in ends:
        fix = "Add “Class scores” and draw a wire to it from the last layer."
        missing.append(Problem("error", "The model has no class scores.", "", fix, "FV-M002"))
    return missing


def _missing_result(ends: _Ends) -> list[Problem]:
    if Result in ends:
        return []
    fix = "Add “Block output” and draw a wire to it from the last layer."
    return [Problem("error", "The block has no output.", "", fix, "FV-M002")]
