"""What analysis says about right and wrong graphs."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from dataclasses import replace

from engine.graph.analysis import analyse
from engine.graph.builder import GraphBuilder
from engine.graph.edits import add_node, connect, remove, set_layer
from engine.graph.facts import layer_facts
from engine.graph.records import Graph, Node, Wire
from engine.layers.activation import Relu
from engine.layers.base import Frame, Misfit
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.pooling import GlobalAvgPool, MaxPool
from engine.layers.reshape import Upsample
from tests.engine.graph.examples import FRAME, branched, chain


def test_shapes_costs_and_receptive_field_of_a_chain() -> None:
    analysis = analyse(chain(2), FRAME)
    assert analysis.ok
    assert analysis.order == ("image", "conv0", "conv1", "pool", "scores")
    conv1 = analysis.nodes["conv1"]
    assert (conv1.shape, conv1.inputs) == ((8, 28, 28), ((8, 28, 28),))
    assert (conv1.field, conv1.stride) == ((5, 5), 1)
    assert conv1.parameters == 8 * 8 * 9 + 8
    assert conv1.macs == 8 * 8 * 9 * 28 * 28
    assert analysis.nodes["pool"].field is None
    assert analysis.nodes["scores"].shape == (10,)
    assert analysis.parameters == (9 * 8 + 8) + (8 * 8 * 9 + 8) + (8 * 10 + 10)
    assert analysis.activations == 28 * 28 * (1 + 8 + 8) + 8 + 10


def test_branches_see_the_union() -> None:
    analysis = analyse(branched(), FRAME)
    assert analysis.ok
    assert analysis.nodes["sum"].field == (5, 5)


def test_branches_that_differ_name_both_shapes_and_the_parameter() -> None:
    analysis = analyse(branched(channels=12), FRAME)
    (problem,) = analysis.problems
    assert (problem.where, problem.code, problem.severity) == ("sum", "FV-M003", "error")
    assert "“conv” gives 12 × 28 × 28" in problem.message
    assert "“stem” gives 8 × 28 × 28" in problem.message
    assert "output channels" in problem.message
    followers = [analysis.nodes[name].waits_for for name in ("relu", "pool", "scores")]
    assert followers == ["sum", "sum", "sum"]
    assert analysis.nodes["conv"].shape == (12, 28, 28)


def test_groups_that_do_not_divide_name_their_parameter() -> None:
    layer = Conv2d(out_channels=9, groups=3)
    graph = set_layer(chain(2), "conv1", layer)
    fact = analyse(graph, FRAME).nodes["conv1"]
    assert (fact.param, fact.shape) == ("groups", None)
    assert "8 channels" in fact.problem


def test_an_image_that_became_too_small_names_the_size_that_would_do() -> None:
    make = GraphBuilder()
    make.add("image", Input())
    for number in range(6):
        make.add(f"pool{number}", MaxPool())
    make.add("mean", GlobalAvgPool())
    make.add("scores", Output())
    graph = make.graph()
    (problem,) = analyse(graph, FRAME).problems
    assert (problem.where, problem.code) == ("pool4", "FV-M004")
    assert "at least 32 × 32 px" in problem.fix
    (later,) = analyse(graph, Frame(1, 32, 32, 10)).problems
    assert (later.where, "at least 64 × 64 px" in later.fix) == ("pool5", True)
    assert analyse(graph, Frame(1, 64, 64, 10)).ok


def test_a_loop_is_shown_and_its_followers_wait() -> None:
    graph = branched()
    looped = replace(graph, wires=(*graph.wires, Wire("relu", "sum", 2)))
    analysis = analyse(looped, FRAME)
    (problem,) = analysis.problems
    assert problem.code == "FV-M001"
    assert "sum → relu → sum" in problem.message or "relu → sum → relu" in problem.message
    assert analysis.nodes["scores"].waits_for == problem.where
    assert analysis.nodes["conv"].shape == (8, 28, 28)
    assert "scores" not in analysis.order


def test_a_wire_onto_itself_is_a_loop() -> None:
    graph = Graph((Node("a", Relu()),), (Wire("a", "a"),))
    assert "a → a" in analyse(graph, FRAME).problems[-1].message


def test_missing_ends_and_loose_nodes_are_named() -> None:
    empty = analyse(Graph(), FRAME)
    assert [problem.code for problem in empty.problems] == ["FV-M002", "FV-M002"]
    loose, name = add_node(chain(), Relu(), 0, 0)
    (problem,) = analyse(loose, FRAME).problems
    assert (problem.where, problem.code) == (name, "FV-M002")
    dangling = connect(loose, "conv0", name)
    (problem,) = analyse(dangling, FRAME).problems
    assert "leads nowhere" in problem.message
    assert analyse(dangling, FRAME).nodes[name].shape == (8, 28, 28)


def test_second_ends_are_named() -> None:
    two, name = add_node(chain(), Input(), 0, 0)
    assert analyse(two, FRAME).problems[0].where == name
    two, name = add_node(chain(), Output(), 0, 0)
    two = connect(two, "pool", name)
    assert "second" in analyse(two, FRAME).problems[0].message


def test_too_many_wires_are_explained() -> None:
    graph = branched()
    doubled = replace(graph, wires=(*graph.wires, Wire("stem", "relu", 1)))
    fact = analyse(doubled, FRAME).nodes["relu"]
    assert "takes one input, but 2 wires" in fact.problem


def test_a_frame_without_images_or_classes_is_explained() -> None:
    assert not analyse(chain(), Frame(1, 0, 0, 0)).ok
    assert "data" in analyse(chain(), Frame(1, 28, 28, 0)).nodes["scores"].problem


def test_sizes_beyond_every_device_are_refused_in_words() -> None:
    make = GraphBuilder()
    make.add("image", Input())
    for number in range(300):
        make.add(f"up{number}", Upsample(factor=16))
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    (problem,) = analyse(make.graph(), FRAME).problems
    assert problem.code == "FV-M006"


def _calls(graph: Graph) -> int:
    """How many Python functions one analysis calls, the layers' own answers remembered."""
    analyse(graph, FRAME)
    count = 0

    def counting(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(counting)
    try:
        analyse(graph, FRAME)
    finally:
        sys.setprofile(None)
    return count


def test_work_grows_with_the_number_of_nodes() -> None:
    assert _calls(chain(400)) <= 2.1 * _calls(chain(200))


def test_analysis_and_templates_need_no_torch() -> None:
    code = (
        "import sys; from engine.graph.analysis import analyse; from engine.layers import Frame; "
        "from engine.templates import TEMPLATES; f = Frame(1, 28, 28, 10); "
        "assert all(analyse(t.build(f), f).ok for t in TEMPLATES.values()); "
        "assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_removing_the_middle_heals_to_a_model_that_fits() -> None:
    assert analyse(remove(chain(3), ["conv1"]), FRAME).ok


def test_what_is_wrong_is_remembered_without_the_frames_that_found_it() -> None:
    class Held:
        """Something in a frame that asks."""

    def ask() -> weakref.ref[Held]:
        held = Held()
        found = layer_facts(MaxPool(), ((8, 1, 1),))
        assert isinstance(found, Misfit)
        return weakref.ref(held)

    gone = ask()
    gc.collect()
    assert gone() is None
