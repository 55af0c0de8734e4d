"""Whether a node is in the way of a wire, against the plain definition."""

from hypothesis import given
from hypothesis import strategies as st

from engine.graph.records import Node
from engine.layers.base import LAYERS
from gui.canvas.geometry import NODE_HEIGHT, NODE_WIDTH
from gui.canvas.obstacles import Obstacles

PLACES = st.tuples(st.integers(-60, 60), st.integers(-60, 60))


@given(st.lists(PLACES, max_size=30), PLACES, st.integers(0, 900))
def test_it_is_what_looking_at_every_node_says(places, start, length):
    relu = LAYERS.get("relu")()
    nodes = [Node(f"n{i}", relu, x * 16.0, y * 16.0) for i, (x, y) in enumerate(places)]
    x, top = start[0] * 16.0 + 3, start[1] * 16.0 + 5
    bottom = top + length
    expected = any(
        node.x <= x <= node.x + NODE_WIDTH
        and node.y < bottom - 8
        and node.y + NODE_HEIGHT >= top + 8
        for node in nodes
    )
    assert Obstacles(nodes).between(x, top, bottom) == expected
