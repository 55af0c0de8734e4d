"""Arranging: rows follow the wires, branches stand evenly, chains stay straight, no two overlap."""

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.graph.builder import GraphBuilder
from engine.graph.layout import COLUMN, NODE_HEIGHT, NODE_WIDTH, ROW, arrange
from engine.graph.records import Graph, Node, Wire
from engine.graph.sheet import Sheet
from engine.layers.activation import Relu
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input
from engine.layers.merge import Add, Concat
from tests.engine.graph.examples import branched, chain


def module(branches: int = 4) -> Graph:
    """One node, branches of one or two nodes, and what joins them."""
    make = GraphBuilder()
    make.add("image", Input())
    ends = []
    for number in range(branches):
        first = make.add(f"first{number}", Conv2d(), "image")
        ends.append(first if number == 0 else make.add(f"second{number}", Conv2d(), first))
    make.add("join", Concat(), *ends)
    return arrange(make.graph())


def nested(depth: int) -> Graph:
    """Shortcuts within shortcuts."""
    make = GraphBuilder()
    downs = [make.add("image", Input())]
    for number in range(depth):
        downs.append(make.add(f"down{number}", Relu()))
    for number in reversed(range(depth)):
        last = make.add(f"up{number}", Relu())
        make.add(f"sum{number}", Add(), last, downs[number])
    return arrange(make.graph())


def test_a_chain_is_one_column():
    graph = arrange(chain(5))
    assert {node.x for node in graph.nodes} == {0.0}
    assert [node.y for node in graph.nodes] == [ROW * row for row in range(len(graph.nodes))]
    assert arrange(graph) is graph


def test_a_chain_with_shortcuts_stays_straight():
    for graph in (arrange(branched()), nested(6), nested(60)):
        assert {node.x for node in graph.nodes} == {0.0}


def test_branches_stand_evenly_about_what_feeds_and_joins_them():
    graph = module()
    places = [graph.node(f"first{number}").x for number in range(4)]
    assert [places[i + 1] - places[i] for i in range(3)] == [COLUMN] * 3
    middle = (places[0] + places[3]) / 2
    assert graph.node("image").x == graph.node("join").x == middle
    for number in (1, 2, 3):
        assert graph.node(f"second{number}").x == places[number]


def test_wires_do_not_cross_where_they_need_not():
    make = GraphBuilder()
    make.add("image", Input())
    for name in "abcd":
        make.add(name, Conv2d(), "image")
    for name in "dcba":  # written down the other way round
        make.add(f"{name}_next", Conv2d(), name)
    make.add("join", Concat(), *[f"{name}_next" for name in "abcd"])
    graph = arrange(make.graph())
    rows = {node.id: round(node.y / ROW) for node in graph.nodes}
    assert Sheet(graph, rows)._crossings() == 0
    order = sorted("abcd", key=lambda name: graph.node(name).x)
    assert order == sorted("abcd", key=lambda name: graph.node(f"{name}_next").x)


def test_a_part_is_arranged_where_it_stands():
    graph = arrange(chain(4))
    moved = Graph(
        tuple(Node(n.id, n.layer, n.x + 500 * i, n.y) for i, n in enumerate(graph.nodes)),
        graph.wires,
    )
    after = arrange(moved, ["conv1", "conv2", "nobody"])
    assert after.node("conv1") is moved.node("conv1")
    assert after.node("conv2").x == moved.node("conv1").x
    assert after.node("conv2").y == moved.node("conv1").y + ROW
    assert after.node("pool") is moved.node("pool")
    assert arrange(moved, ["conv1"]) is moved


WIRES = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=60)


@given(WIRES)
@settings(max_examples=150, deadline=None)
def test_any_graph_is_placed_without_overlaps_and_downward(pairs):
    ports: dict[str, int] = {}
    wires = []
    for one, other in pairs:
        target = f"n{other}"
        wires.append(Wire(f"n{one}", target, ports.get(target, 0)))
        ports[target] = ports.get(target, 0) + 1
    graph = arrange(Graph(tuple(Node(f"n{i}", Add()) for i in range(20)), tuple(wires)))
    nodes = graph.nodes
    for number, one in enumerate(nodes):
        for other in nodes[:number]:
            apart = abs(one.x - other.x) >= NODE_WIDTH or abs(one.y - other.y) >= NODE_HEIGHT
            assert apart, (one, other)
    if all(int(w.source[1:]) < int(w.target[1:]) for w in wires):
        assert all(graph.node(w.source).y < graph.node(w.target).y for w in wires)
    assert min(node.x for node in nodes) == 0
    assert arrange(graph) == graph


class CountingSheet(Sheet):
    """Counts the items that are sorted."""

    sorted_items = 0

    def _sort(self, number, links, by):
        CountingSheet.sorted_items += len(self.rows[number])
        super()._sort(number, links, by)


def test_the_work_grows_with_the_graph():
    steps = {}
    for count in (20, 200):
        make = GraphBuilder()
        last = make.add("image", Input())
        for number in range(count):
            ends = [make.add(f"b{number}_{i}", Conv2d(), last) for i in range(4)]
            last = make.add(f"join{number}", Concat(), *reversed(ends))
        graph = make.graph()
        rows = {node.id: round(node.y / ROW) for node in arrange(graph).nodes}
        CountingSheet.sorted_items = 0
        CountingSheet(graph, rows)
        steps[count] = CountingSheet.sorted_items
    assert steps[200] <= 10.5 * max(steps[20], 1)
