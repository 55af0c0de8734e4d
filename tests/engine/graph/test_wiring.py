"""Where a wire may lead: the same answers as one question at a time, and shapes as a warning."""

import pytest

from engine.graph import edits
from engine.graph.analysis import analyse
from engine.graph.builder import GraphBuilder
from engine.graph.edits import can_connect
from engine.graph.order import find_loop, topological
from engine.graph.records import Graph, Wire
from engine.graph.wiring import Wiring
from engine.layers.activation import Relu
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input
from engine.templates import TEMPLATES
from tests.engine.graph.examples import FRAME, branched


@pytest.mark.parametrize("graph", [branched(), TEMPLATES["small_resnet"].build(FRAME)])
@pytest.mark.parametrize("backwards", [False, True])
def test_answers_equal_those_of_can_connect(graph, backwards):
    for end in graph.by_id:
        wiring = Wiring(graph, end, backwards)
        for name in graph.by_id:
            pair = (name, end) if backwards else (end, name)
            assert wiring.refusal(name) == (can_connect(graph, *pair) or "")


def test_shapes_that_do_not_fit_are_a_warning():
    graph, wide = edits.add_node(branched(), Conv2d(out_channels=5), 0, 0)
    graph = edits.connect(graph, "image", wide)
    wiring = Wiring(graph, wide, False, None, analyse(graph, FRAME), FRAME)
    assert wiring.refusal("sum") == ""
    assert "5" in wiring.misfit("sum")
    assert wiring.misfit("relu") == ""
    assert wiring.misfit("image") == "", "a refusal says enough"
    good = Wiring(graph, "stem", False, None, analyse(graph, FRAME), FRAME)
    assert good.misfit("sum") == ""
    back = Wiring(graph, "sum", True, 2, analyse(graph, FRAME), FRAME)
    assert "5" in back.misfit(wide)
    assert Wiring(graph, wide).misfit("sum") == "", "nothing is known"


class Counting(Graph):
    """A graph that counts how often its wires are looked up."""

    looked = 0

    def arriving(self, node_id):
        Counting.looked += 1
        return super().arriving(node_id)

    def leaving(self, node_id):
        Counting.looked += 1
        return super().leaving(node_id)


def long_chain(count, *, loop):
    make = GraphBuilder()
    make.add("image", Input())
    for number in range(count - 1):
        make.add(f"relu{number}", Relu())
    graph = make.graph()
    back = (Wire(f"relu{count - 2}", "relu0", 1),) if loop else ()
    return Counting(graph.nodes, graph.wires + back)


@pytest.mark.parametrize("loop", [False, True])
def test_finding_loops_takes_linear_steps(loop):
    steps = {}
    for count in (1_000, 10_000):
        graph = long_chain(count, loop=loop)
        Counting.looked = 0
        order = topological(graph)
        assert len(find_loop(graph, order)) == (count - 1 if loop else 0)
        wiring = Wiring(graph, f"relu{count // 2}")
        refused = sum(bool(wiring._blocked & {name}) for name in graph.by_id)
        assert refused == (count if loop else count // 2 + 2)
        steps[count] = Counting.looked
    assert steps[10_000] <= 10.1 * steps[1_000]
    assert steps[10_000] <= 60_000
