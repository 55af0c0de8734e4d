"""Edits of a graph's comments: pure functions that give a new graph."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from typing import Any

from engine.errors import FoveaError, suggest
from engine.graph.comments import (
    COLOURS,
    LEAST_HEIGHT,
    LEAST_WIDTH,
    LONGEST_TITLE,
    Comment,
)
from engine.graph.edits import move, remove
from engine.graph.layout import NODE_HEIGHT, NODE_WIDTH
from engine.graph.records import Graph, Node

__all__ = [
    "ABOVE",
    "LEAVING",
    "MARGIN",
    "TITLE_HEIGHT",
    "add_comment",
    "box_corner",
    "collapse",
    "comment",
    "expand",
    "fold",
    "frame_around",
    "free_comment_id",
    "inside",
    "move_comment",
    "recolour",
    "remove_comments",
    "resize",
    "retitle",
]

TITLE_HEIGHT = 24.0
MARGIN = 16.0
ABOVE, _BELOW, LEAVING = TITLE_HEIGHT + 8.0, 24.0, 24.0  # rows are 40 px apart


def comment(graph: Graph, comment_id: str) -> Comment:
    """The comment of that id; raises FoveaError FV-M009 with the nearest id."""
    found = next((c for c in graph.comments if c.id == comment_id), None)
    if found is None:
        raise FoveaError(
            "FV-M009",
            f"The model has no comment named “{comment_id!s:.60}”.",
            where=f"{comment_id!s:.60}",
            fix=suggest(str(comment_id)[:60], [c.id for c in graph.comments]),
        )
    return found


def box_corner(frame: Comment) -> tuple[float, float]:
    """Where the box of a comment lies when it is collapsed: in its first row, in the middle.

    The middle is that of the nodes: the frame leaves room for their shapes on the right.
    """
    return frame.x + (frame.width - LEAVING - NODE_WIDTH) / 2, frame.y + ABOVE


def free_comment_id(graph: Graph) -> str:
    """``comment_1``, or the next number that is free."""
    taken = {c.id for c in graph.comments}
    return next(name for number in count(1) if (name := f"comment_{number}") not in taken)


def frame_around(graph: Graph, ids: Iterable[str]) -> tuple[float, float, float, float]:
    """Corner and size of a frame around nodes, with room for its title and for their shapes.

    Raises FoveaError FV-M009 for an unknown id, ValueError for none.
    """
    nodes = [graph.node(name) for name in ids]
    left, top = min(n.x for n in nodes) - MARGIN, min(n.y for n in nodes) - ABOVE
    right = max(n.x for n in nodes) + NODE_WIDTH + MARGIN + LEAVING
    bottom = max(n.y for n in nodes) + NODE_HEIGHT + _BELOW
    return left, top, right - left, bottom - top


def add_comment(
    graph: Graph,
    title: str,
    ids: Iterable[str] = (),
    *,
    at: tuple[float, float] = (0.0, 0.0),
    colour: int = 0,
) -> tuple[Graph, str]:
    """The graph with a new comment, around nodes or at a place, and the comment's id."""
    names = tuple(ids)
    x, y, width, height = frame_around(graph, names) if names else (*at, 320.0, 200.0)
    made = Comment(free_comment_id(graph), _title(title), x, y, width, height, colour % COLOURS)
    return replace(graph, comments=(*graph.comments, made)), made.id


def inside(graph: Graph, comment_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids of the nodes and of the comments that move along with a comment, in graph order.

    Of an open frame: nodes whose middle lies in it, and frames that lie in it altogether with what
    they hold. Of a collapsed box: the nodes that it stands for, and frames around none but those.
    """
    frame = comment(graph, comment_id)
    if frame.collapsed:
        return _behind_box(graph, frame)
    inner = [c for c in graph.comments if c is not frame and _within(c, frame)]
    folded = {name for c in inner for name in c.folded}
    hidden = {name for c in graph.comments for name in c.folded} - folded
    nodes = tuple(
        n.id for n in graph.nodes if n.id in folded or (n.id not in hidden and _stands_in(n, frame))
    )
    return nodes, tuple(c.id for c in inner)


def _behind_box(graph: Graph, frame: Comment) -> tuple[tuple[str, ...], tuple[str, ...]]:
    folded = frozenset(frame.folded)
    nodes = tuple(n for n in graph.nodes if n.id in folded)
    others = [c for c in graph.comments if c is not frame and not c.collapsed]
    frames = tuple(
        c.id
        for c in others
        if any(_stands_in(n, c) for n in nodes)
        and not any(_stands_in(n, c) for n in graph.nodes if n.id not in folded)
    )
    return tuple(n.id for n in nodes), frames


def _stands_in(node: Node, frame: Comment) -> bool:
    return frame.holds(node.x + NODE_WIDTH / 2, node.y + NODE_HEIGHT / 2)


def _within(inner: Comment, outer: Comment) -> bool:
    if inner.collapsed:
        left, top = box_corner(inner)
        return outer.holds(left, top) and outer.holds(left + NODE_WIDTH, top + NODE_HEIGHT)
    far = outer.holds(inner.x + inner.width, inner.y + inner.height)
    smaller = (inner.width, inner.height) != (outer.width, outer.height)
    return smaller and far and outer.holds(inner.x, inner.y)


def move_comment(graph: Graph, comment_id: str, across: float, down: float) -> Graph:
    """The graph with a comment and everything in it moved."""
    nodes, frames = inside(graph, comment_id)
    if not across and not down:
        return graph
    moving = {*frames, comment_id}
    shifted = tuple(
        replace(c, x=c.x + across, y=c.y + down) if c.id in moving else c for c in graph.comments
    )
    places = {name: (graph.node(name).x + across, graph.node(name).y + down) for name in nodes}
    return replace(move(graph, places), comments=shifted)


def resize(graph: Graph, comment_id: str, x: float, y: float, width: float, height: float) -> Graph:
    """The graph with a comment of another size, at least 96 × 64; nodes stay."""
    size = {"width": max(width, LEAST_WIDTH), "height": max(height, LEAST_HEIGHT)}
    return _swap(graph, comment_id, x=float(x), y=float(y), **size)


def retitle(graph: Graph, comment_id: str, title: str) -> Graph:
    """The graph with another title of a comment, on one line of at most 200 characters."""
    return _swap(graph, comment_id, title=_title(title))


def recolour(graph: Graph, comment_id: str, colour: int) -> Graph:
    """The graph with a comment in another of the eight colours."""
    return _swap(graph, comment_id, colour=colour % COLOURS)


def remove_comments(graph: Graph, ids: Iterable[str], *, contents: bool = False) -> Graph:
    """The graph without some comments.

    Open frames leave their nodes, unless ``contents``. What a collapsed box stands for goes with
    it, wires healed, since whoever deletes a box means all that it shows. Unknown ids are ignored.
    """
    gone = set(ids)
    doomed = [c for c in graph.comments if c.id in gone]
    if not doomed:
        return graph
    nodes: set[str] = set()
    for frame in doomed:
        if contents or frame.collapsed:
            nodes.update(inside(graph, frame.id)[0])
    kept = tuple(c for c in graph.comments if c.id not in gone)
    return remove(replace(graph, comments=kept), nodes)


def collapse(graph: Graph, comment_id: str) -> Graph:
    """The graph with a comment drawn as one box.

    Raises FoveaError FV-M011 when no node lies in it: the box would stand for nothing.
    """
    frame = comment(graph, comment_id)
    if frame.collapsed:
        return graph
    nodes, frames = inside(graph, comment_id)
    if not nodes:
        raise FoveaError(
            "FV-M011",
            "An empty comment cannot be collapsed.",
            where=comment_id,
            why="Its box would stand for no node.",
            fix="Move nodes into the frame first.",
        )
    # A box inside gives its nodes to the larger one; open frames inside stay for the way back.
    inner = set(frames)
    held = tuple(replace(c, folded=()) if c.id in inner and c.folded else c for c in graph.comments)
    return _swap(replace(graph, comments=held), comment_id, folded=nodes)


def fold(graph: Graph, comment_id: str, ids: Iterable[str]) -> Graph:
    """The graph with a comment as the box of just these nodes, wherever they stand.

    Raises FoveaError FV-M009 for an unknown node; without any, the comment is open.
    """
    names = {graph.node(name).id for name in ids}
    kept = tuple(
        replace(c, folded=tuple(n for n in c.folded if n not in names)) if c.folded else c
        for c in graph.comments
    )
    folded = tuple(n.id for n in graph.nodes if n.id in names)
    return _swap(replace(graph, comments=kept), comment_id, folded=folded)


def expand(graph: Graph, comment_id: str) -> Graph:
    """The graph with a collapsed box opened, as it was before."""
    return _swap(graph, comment_id, folded=())


def _swap(graph: Graph, comment_id: str, **changes: Any) -> Graph:
    old = comment(graph, comment_id)
    new = replace(old, **changes)
    if new == old:
        return graph
    return replace(graph, comments=tuple(new if c is old else c for c in graph.comments))


def _title(text: str) -> str:
    """The text on one line, without what cannot be printed."""
    plain = " ".join(text.split())
    return "".join(c for c in plain if c.isprintable())[:LONGEST_TITLE]
