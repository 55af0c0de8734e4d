"""Random edits: whatever a person does, the graph stays a graph."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import FoveaError
from engine.graph import edits
from engine.graph.analysis import analyse
from engine.graph.order import topological
from engine.graph.records import Graph
from engine.layers.base import LAYERS
from engine.templates import TEMPLATES
from tests.engine.graph.examples import FRAME

OPERATIONS = (
    "add",
    "remove",
    "connect",
    "disconnect",
    "move",
    "set_layer",
    "rename",
    "insert",
    "duplicate",
    "arrange",
)
STEP = st.tuples(st.sampled_from(OPERATIONS), *[st.integers(0, 10_000)] * 3)


def _apply(graph: Graph, operation: str, a: int, b: int, c: int) -> tuple[Graph, set[str]]:
    """The edited graph and the ids of nodes that the edit may change."""
    kinds = LAYERS.kinds()
    layer = LAYERS.get(kinds[a % len(kinds)])()
    if operation == "add":
        return edits.add_node(graph, layer, b, c)[0], set()
    if not graph.nodes:
        return graph, set()
    one, two = (graph.nodes[i % len(graph.nodes)].id for i in (b, c))
    wire = graph.wires[a % len(graph.wires)] if graph.wires else None
    if operation == "remove":
        return edits.remove(graph, [one, two], heal=a % 2 == 0), {one, two}
    if operation == "connect":
        return edits.connect(graph, one, two, None if a % 2 else a % 3), set()
    if operation == "move":
        return edits.move(graph, {one: (a, c)}), {one}
    if operation == "set_layer":
        return edits.set_layer(graph, one, layer), {one}
    if operation == "rename":
        return edits.rename(graph, one, edits.free_id(graph, "renamed")), {one}
    if operation == "duplicate":
        return edits.duplicate(graph, [one, two])[0], set()
    if operation == "arrange":
        return edits.arrange(graph), set(graph.by_id)
    if wire is None:
        return graph, set()
    if operation == "disconnect":
        return edits.disconnect(graph, wire), set()
    return edits.insert_on_wire(graph, wire, layer, b, c)[0], set()


@given(st.sampled_from(sorted(TEMPLATES)), st.lists(STEP, max_size=25))
@settings(max_examples=80, deadline=None)
def test_any_edits_keep_the_graph_sound(name: str, steps: list[tuple[str, int, int, int]]) -> None:
    graph = TEMPLATES[name].build(FRAME)
    for step in steps:
        before = graph
        snapshot = before.to_json()
        try:
            graph, touched = _apply(before, *step)
        except FoveaError:
            graph, touched = before, set()
        assert before.to_json() == snapshot
        for node in graph.nodes:
            if node.id in before and node.id not in touched:
                assert node is before.by_id[node.id]
    assert Graph.from_json(graph.to_json()) == graph
    assert len(topological(graph)) == len(graph.nodes)  # edits never make a loop
    analysis = analyse(graph, FRAME)
    assert set(analysis.nodes) == set(graph.by_id)
    assert analysis.ok == (not analysis.problems)
