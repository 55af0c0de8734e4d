"""Parts of a model as text: there and back, renamed, and hostile text refused with a sentence."""

import json

import pytest

from engine.errors import FoveaError
from engine.graph import edits
from engine.graph.clipping import LONGEST, cut_out, from_text, paste, to_text
from engine.graph.comment_edits import add_comment, collapse, comment
from engine.graph.records import Graph, Wire
from tests.engine.graph.examples import branched


@pytest.fixture
def graph():
    return edits.arrange(branched())


def test_a_piece_is_readable_text_and_comes_back_equal(graph):
    grown, name = add_comment(graph, "Branch", ["conv", "sum"])
    piece = cut_out(grown, ["conv", "sum"], [name])
    text = to_text(piece)
    assert text.startswith("Fovea model 1\n{\n")
    assert from_text(text) == piece
    assert from_text("\ufeff\r\n" + text.replace("\n", "\r\n")) == piece
    assert piece.wires == (Wire("conv", "sum", 0),)


def test_pasting_renames_what_is_taken_and_keeps_the_wires(graph):
    piece = cut_out(graph, ["stem", "conv", "sum"])
    grown, names, _ = paste(graph, piece, 1000, 2000)
    assert set(names.values()) == {"stem_2", "conv_2", "sum_2"}
    assert Wire("stem_2", "conv_2", 0) in grown.wires
    assert Wire("stem_2", "sum_2", 1) in grown.wires
    copied = set(names.values())
    assert not [w for w in grown.wires if (w.source in copied) != (w.target in copied)]
    copies = [grown.node(name) for name in names.values()]
    assert (min(n.x for n in copies), min(n.y for n in copies)) == (1000, 2000)
    assert grown.nodes[: len(graph.nodes)] == graph.nodes
    twice, again, _ = paste(grown, piece, 0, 0)
    assert not set(again.values()) & set(names.values())
    assert len(twice.nodes) == len(graph.nodes) + 6


def test_names_of_the_pasted_do_not_collide_with_each_other():
    text = to_text(
        Graph(
            tuple(
                edits.add_node(Graph(), n.layer, 0, 0, i)[0].nodes[0]
                for n, i in zip(branched().nodes[1:3], ("relu", "relu_2"), strict=True)
            )
        )
    )
    start = edits.add_node(Graph(), branched().nodes[1].layer, 0, 0, "relu")[0]
    grown, names, _ = paste(start, from_text(text), 0, 0)
    assert len(set(names.values())) == 2
    assert len(grown.nodes) == 3


def test_pasted_into_an_empty_model_names_stay(graph):
    grown, names, _ = paste(Graph(), cut_out(graph, graph.by_id), graph.nodes[0].x, 0)
    assert grown.nodes == graph.nodes
    assert all(old == new for old, new in names.items())


def test_boxes_travel_with_their_nodes(graph):
    closed = collapse(*add_comment(graph, "Branch", ["conv", "sum"]))
    piece = cut_out(closed, [], ["comment_1"])
    assert set(piece.by_id) == {"conv", "sum"}
    grown, names, frames = paste(closed, piece, 0, 0)
    assert frames == ("comment_2",)
    assert comment(grown, "comment_2").folded == (names["conv"], names["sum"])


HOSTILE = {
    "plain words": "hello",
    "nothing": "",
    "other JSON": '{"nodes": [], "wires": []}',
    "no layer": 'Fovea model 1\n{"nodes": [], "wires": []}',
    "broken": "Fovea model 1\n{",
    "newer": 'Fovea model 2\n{"nodes": [], "wires": []}',
    "deep": "Fovea model 1\n" + "[" * 100_000,
    "closing": "Fovea model 1\n" + "]" * 100_000,
    "long": "Fovea model 1\n" + " " * LONGEST,
    "not a number": 'Fovea model 1\n{"nodes": [{"id": "a", "at": [NaN, 0]}], "wires": []}',
    "huge number": 'Fovea model 1\n{"nodes": ' + "9" * 5000 + "}",
    "class name": 'Fovea model 1\n{"nodes": [{"id": "a", "layer": {"kind": "__class__"}}],'
    ' "wires": []}',
    "attribute": 'Fovea model 1\n{"nodes": [{"id": "a", "layer": {"kind": "relu",'
    ' "forward": 1}}], "wires": []}',
    "markup": 'Fovea model 1\n{"nodes": [{"id": "<b>a</b>", "layer": {"kind": "relu"}}],'
    ' "wires": []}',
    "dangling": 'Fovea model 1\n{"nodes": [{"id": "a", "layer": {"kind": "relu"}}],'
    ' "wires": [{"from": "a", "to": "b"}]}',
    "many": "Fovea model 1\n" + json.dumps({"nodes": [0] * 10_001, "wires": []}),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_refused_with_a_sentence(text):
    with pytest.raises(FoveaError) as caught:
        from_text(text)
    assert caught.value.what.endswith(".")
    assert len(caught.value.what) < 300


def test_a_node_that_stands_alone_is_put_into_a_wire(graph):
    grown, name = edits.add_node(graph, graph.node("relu").layer, 0, 0)
    wire = Wire("image", "stem", 0)
    after = edits.insert_node(grown, wire, name)
    assert after.arriving(name)[0].source == "image"
    assert after.arriving("stem")[0].source == name
    assert wire not in after.wires
    for refused in (wire, Wire("stem", "conv", 0)):
        with pytest.raises(FoveaError) as caught:
            edits.insert_node(after, refused, name)
        assert caught.value.code == "FV-M010"
