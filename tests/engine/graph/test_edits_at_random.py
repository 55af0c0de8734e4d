"""Random edits: whatever a person does, the graph stays a graph."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import FoveaError
from engine.graph import clipping, comment_edits, edits, placing
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
    "arrange_part",
    "align",
    "distribute",
    "paste",
    "insert_node",
    "comment",
    "fold",
    "move_comment",
    "remove_comment",
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
    if operation in PLACING:
        return PLACING[operation](graph, one, two, a)
    if operation in ON_COMMENTS:
        return ON_COMMENTS[operation](graph, one, two, a)
    if wire is None:
        return graph, set()
    if operation == "insert_node":
        return edits.insert_node(graph, wire, one), set()
    if operation == "disconnect":
        return edits.disconnect(graph, wire), set()
    return edits.insert_on_wire(graph, wire, layer, b, c)[0], set()


def _pasted(graph: Graph, one: str, two: str, a: int) -> tuple[Graph, set[str]]:
    piece = clipping.from_text(clipping.to_text(clipping.cut_out(graph, [one, two])))
    return clipping.paste(graph, piece, a, -a)[0], set()


def _on_a_comment(
    edit: Callable[[Graph, str], Graph],
) -> Callable[[Graph, str, str, int], tuple[Graph, set[str]]]:
    """An edit of one of the comments; it may move or delete any node in it."""

    def apply(graph: Graph, one: str, two: str, a: int) -> tuple[Graph, set[str]]:
        if not graph.comments:
            return graph, set()
        name = graph.comments[a % len(graph.comments)].id
        inner = set(comment_edits.inside(graph, name)[0])
        return edit(graph, name), inner

    return apply


PLACING = {
    "arrange_part": lambda g, one, two, a: (edits.arrange(g, [one, two]), {one, two}),
    "align": lambda g, one, two, a: (placing.align(g, [one, two], "centre"), {one, two}),
    "distribute": lambda g, one, two, a: (
        placing.distribute(g, g.by_id, "vertically"),
        set(g.by_id),
    ),
    "paste": _pasted,
}
ON_COMMENTS = {
    "comment": lambda g, one, two, a: (
        comment_edits.add_comment(g, "Part", [one, two], colour=a)[0],
        set(),
    ),
    "fold": _on_a_comment(
        lambda g, name: (
            comment_edits.expand(g, name)
            if comment_edits.comment(g, name).collapsed
            else comment_edits.collapse(g, name)
        )
    ),
    "move_comment": _on_a_comment(lambda g, name: comment_edits.move_comment(g, name, 8, -8)),
    "remove_comment": _on_a_comment(lambda g, name: comment_edits.remove_comments(g, [name])),
}


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
    for comment in graph.comments:
        assert set(comment.folded) <= set(graph.by_id)
    assert len(topological(graph)) == len(graph.nodes)  # edits never make a loop
    analysis = analyse(graph, FRAME)
    assert set(analysis.nodes) == set(graph.by_id)
    assert analysis.ok == (not analysis.problems)
