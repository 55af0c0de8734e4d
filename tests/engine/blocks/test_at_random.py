"""Random edits outside and inside of blocks: the model stays one, and undo has nothing to mend."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.blocks.custom import Custom
from engine.blocks.editing import definitions, expose
from engine.blocks.grouping import group, ungroup, why_no_block
from engine.blocks.paths import look, write
from engine.errors import FoveaError
from engine.graph import edits
from engine.graph.analysis import analyse
from engine.graph.records import Graph
from engine.templates import TEMPLATES
from tests.engine.graph.examples import FRAME
from tests.engine.graph.test_edits_at_random import STEP, _apply

BLOCK_STEP = st.tuples(
    st.sampled_from(("group", "ungroup", "expose", "turn", "repeat", "deeper", "out", "edit")),
    STEP,
    st.booleans(),
)


def _step(graph: Graph, operation: str, step: tuple[str, int, int, int]) -> Graph:
    """One edit of a graph, as a person could make it."""
    _, a, b, c = step
    blocks = [node for node in graph.nodes if isinstance(node.layer, Custom)]
    if operation == "group":
        order = [node.id for node in graph.nodes]
        start = a % max(1, len(order))
        chosen = order[start : start + 1 + b % 4]
        return graph if why_no_block(graph, chosen) else group(graph, chosen, "Any")[0]
    if operation == "edit":
        return _apply(graph, *step)[0]
    if not blocks:
        return graph
    node = blocks[a % len(blocks)]
    block = node.layer
    assert isinstance(block, Custom)
    if operation == "ungroup":
        return ungroup(graph, node.id)[0]
    if operation == "repeat":
        return edits.set_layer(graph, node.id, block.with_(repeats=1 + b % 4))
    if operation == "turn" and block.settings is not None:
        item = block.settings.params()[b % len(block.knobs)]
        new = block.settings.with_(**{item.name: item.default if c % 2 else 1 + c % 9})
        return edits.set_layer(graph, node.id, block.with_settings(new))
    if operation == "expose":
        settings_ = [
            f"{inner.id}.{item.name}"
            for inner in block.opened.nodes
            for item in inner.layer.params()
            if item.type in ("int", "float", "bool")
        ]
        if settings_:
            return edits.set_layer(graph, node.id, expose(block, settings_[b % len(settings_)]))
    return graph


@given(st.sampled_from(sorted(TEMPLATES)), st.lists(BLOCK_STEP, max_size=20))
@settings(max_examples=80, deadline=None)
def test_any_edits_keep_the_model_sound(
    name: str, steps: list[tuple[str, tuple[str, int, int, int], bool]]
) -> None:
    model = TEMPLATES[name].build(FRAME)
    path: tuple[str, ...] = ()
    for operation, step, everywhere in steps:
        before, snapshot = model, model.to_json()
        view = look(model, FRAME, path)
        path = view.path
        if operation == "out":
            path = path[:-1]
            continue
        if operation == "deeper":
            names = [node.id for node in view.graph.nodes]
            path = look(model, FRAME, (*path, names[step[1] % len(names)])).path if names else path
            continue
        try:
            graph = _step(view.graph, operation, step)
            model = write(model, FRAME, path, graph, everywhere=everywhere)
        except FoveaError:
            model = before
        else:
            if not everywhere:
                assert look(model, FRAME, path).graph == graph
        assert before.to_json() == snapshot
    assert Graph.from_json(model.to_json()) == model
    analysis = analyse(model, FRAME)
    assert set(analysis.nodes) == set(model.by_id)
    assert sum(found.uses for found in definitions(model)) >= bool(definitions(model))
