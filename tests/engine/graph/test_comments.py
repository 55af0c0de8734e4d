"""Comments: frames that move what lies in them, boxes that stand for nodes, both in the file."""

import json

import pytest

from engine.errors import FoveaError
from engine.graph import edits
from engine.graph.comment_edits import (
    add_comment,
    collapse,
    comment,
    expand,
    inside,
    move_comment,
    recolour,
    remove_comments,
    resize,
    retitle,
)
from engine.graph.records import Graph
from tests.engine.graph.examples import branched


@pytest.fixture
def graph():
    return edits.arrange(branched())


def framed(graph, *names):
    return add_comment(graph, "Branch", names)


def test_a_frame_lies_around_its_nodes_and_moves_them(graph):
    grown, name = framed(graph, "conv", "sum")
    assert name == "comment_1"
    assert set(inside(grown, name)[0]) == {"conv", "sum"}
    moved = move_comment(grown, name, 40, -8)
    for node in ("conv", "sum"):
        before = graph.node(node)
        assert (moved.node(node).x, moved.node(node).y) == (before.x + 40, before.y - 8)
    assert moved.node("stem") is graph.node("stem")
    assert comment(moved, name).x == comment(grown, name).x + 40
    assert move_comment(moved, name, -40, 8) == grown
    assert move_comment(grown, name, 0, 0) is grown


def test_a_graph_without_comments_is_written_as_before(graph):
    assert set(graph.to_json()) == {"nodes", "wires"}


@pytest.mark.parametrize("collapsed", [False, True])
def test_comments_come_back_from_the_file(graph, collapsed):
    grown, name = framed(graph, "conv", "sum")
    grown = recolour(retitle(grown, name, "Ünïcode  \n title"), name, 11)
    grown = collapse(grown, name) if collapsed else grown
    text = json.dumps(grown.to_json())
    again = Graph.from_json(json.loads(text))
    assert again == grown
    assert json.dumps(again.to_json()) == text
    assert comment(again, name).title == "Ünïcode title"
    assert comment(again, name).colour == 3
    assert comment(again, name).collapsed == collapsed


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"size": [5, 5]}, "FV-P010"),
        ({"size": [float("nan"), 100]}, "FV-P010"),
        ({"at": "here"}, "FV-P010"),
        ({"colour": 8}, "FV-P010"),
        ({"colour": True}, "FV-P010"),
        ({"title": "two\nlines"}, "FV-P010"),
        ({"title": "x" * 201}, "FV-P010"),
        ({"folded": ["No Name"]}, "FV-P010"),
        ({"id": "__class__"}, "FV-P010"),
        ({"onload": 1}, "FV-P011"),
    ],
)
def test_wrong_comments_are_refused_with_their_place(graph, change, code):
    value = framed(graph, "conv")[0].to_json()
    value["comments"][0] |= change
    with pytest.raises(FoveaError) as caught:
        Graph.from_json(value, "/model")
    assert caught.value.code == code
    assert caught.value.where.startswith("/model/comments/0")


def test_two_comments_of_one_name_are_refused(graph):
    value = framed(graph, "conv")[0].to_json()
    value["comments"] *= 2
    with pytest.raises(FoveaError, match="Several comments"):
        Graph.from_json(value)


def test_a_box_stands_for_its_nodes_until_it_is_expanded(graph):
    grown, name = framed(graph, "conv", "sum")
    closed = collapse(grown, name)
    assert comment(closed, name).folded == ("conv", "sum")
    assert collapse(closed, name) is closed
    assert closed.nodes is grown.nodes
    lone = edits.move(closed, {"relu": (graph.node("conv").x, graph.node("conv").y)})
    assert inside(lone, name)[0] == ("conv", "sum"), "what comes later is not swallowed"
    assert expand(closed, name) == grown
    moved = expand(move_comment(closed, name, 16, 16), name)
    assert moved.node("conv").x == graph.node("conv").x + 16


def test_boxes_follow_names_and_deletions(graph):
    closed = collapse(*framed(graph, "conv", "sum"))
    assert comment(edits.rename(closed, "conv", "c"), "comment_1").folded == ("c", "sum")
    assert comment(edits.remove(closed, ["conv"]), "comment_1").folded == ("sum",)
    assert edits.remove(closed, ["conv", "sum"]).comments == ()
    assert edits.remove(closed, ["relu"]).comments is closed.comments


def test_deleting_a_frame_keeps_its_nodes_and_a_box_takes_them(graph):
    grown, name = framed(graph, "conv", "sum")
    assert remove_comments(grown, [name]) == graph
    assert "conv" not in remove_comments(grown, [name], contents=True)
    gone = remove_comments(collapse(grown, name), [name])
    assert "conv" not in gone
    assert gone.arriving("relu")[0].source == "stem", "the wire heals"
    assert remove_comments(grown, ["nobody"]) is grown


def test_frames_in_frames_move_and_come_back(graph):
    inner, one = framed(graph, "conv")
    outer, two = add_comment(inner, "All", ["stem", "conv", "sum", "relu"])
    assert inside(outer, two) == (("stem", "conv", "sum", "relu"), (one,))
    boxed = collapse(outer, one)
    assert set(inside(boxed, two)[0]) == {"stem", "conv", "sum", "relu"}
    closed = collapse(boxed, two)
    assert set(comment(closed, two).folded) == {"stem", "conv", "sum", "relu"}
    assert comment(closed, one).folded == ()
    moved = move_comment(closed, two, 8, 8)
    assert comment(moved, one).x == comment(outer, one).x + 8
    assert expand(closed, two) == outer


def test_an_empty_frame_has_no_box(graph):
    grown, name = add_comment(graph, "Note", at=(900.0, 0.0))
    with pytest.raises(FoveaError) as caught:
        collapse(grown, name)
    assert caught.value.code == "FV-M011"


def test_sizes_have_a_least_and_unknown_names_are_told(graph):
    grown, name = framed(graph, "conv")
    small = comment(resize(grown, name, 1, 2, 3, 4), name)
    assert (small.x, small.y, small.width, small.height) == (1, 2, 96, 64)
    with pytest.raises(FoveaError) as caught:
        retitle(grown, "comment_2", "x")
    assert caught.value.code == "FV-M009"
    assert "comment_1" in caught.value.fix
